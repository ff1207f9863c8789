package deploy_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

// An instruction of a Dockerfile: its first word in capitals and the rest.
type instruction struct{ word, rest string }

func TestImageHoldsWhatThePluginServerNeedsAndNoMore(t *testing.T) {
	last := lastStage(t)
	assert.Equal(t, last[0], instruction{"FROM", "scratch"})
	for _, want := range []instruction{
		{"COPY", "--from=build /out/ /usr/local/bin/"},
		{"COPY", "--from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt"},
		{"COPY", "plugin.yaml /home/argocd/cmp-server/config/plugin.yaml"},
		{"USER", "999:999"},
		{"ENTRYPOINT", `["/var/run/argocd/argocd-cmp-server"]`},
	} {
		assert.Check(t, cmp.Contains(last, want))
	}
	for _, i := range last {
		assert.Check(t, !slices.Contains([]string{"RUN", "SHELL", "CMD", "ADD"}, i.word), "%s %s", i.word, i.rest)
	}
}

func TestImageHoldsEveryProgramWithoutLibraries(t *testing.T) {
	var builds []string
	for _, i := range dockerfile(t) {
		if i.word == "RUN" && strings.Contains(i.rest, "go build") {
			builds = append(builds, i.rest)
		}
	}
	assert.Assert(t, cmp.Len(builds, 1))
	for _, want := range []string{"CGO_ENABLED=0", "-trimpath", `-ldflags "-s -w"`, "-o /out/ ./cmd/..."} {
		assert.Check(t, cmp.Contains(builds[0], want))
	}
}

func TestImageIsBuiltWithTheGoOfTheModule(t *testing.T) {
	mod, err := os.ReadFile("../go.mod")
	assert.NilError(t, err)
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(string(mod))
	assert.Assert(t, version != nil)
	assert.Check(t, cmp.Contains(dockerfile(t)[0].rest, "golang:"+version[1]+"-"))
}

func lastStage(t *testing.T) (stage []instruction) {
	t.Helper()
	for _, i := range dockerfile(t) {
		if i.word == "FROM" {
			stage = nil
		}
		stage = append(stage, i)
	}
	return stage
}

// dockerfile reads the instructions, without comments and with continued lines
// joined.
func dockerfile(t *testing.T) (instructions []instruction) {
	t.Helper()
	text, err := os.ReadFile("../Dockerfile")
	assert.NilError(t, err)
	joined := regexp.MustCompile(`\\\n\s*`).ReplaceAllString(string(text), "")
	for line := range strings.Lines(joined) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if word != "" && word != "#" {
			instructions = append(instructions, instruction{strings.ToUpper(word), rest})
		}
	}
	return instructions
}
