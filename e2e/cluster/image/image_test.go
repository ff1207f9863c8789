package image

import (
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

func TestEveryRecipeButOursHasADockerfile(t *testing.T) {
	for _, name := range Names() {
		_, err := fs.Stat(files, name+"/Dockerfile")
		assert.Equal(t, err == nil, name != Ours, name)
	}
}

func TestAnImageThatNobodyMakesIsNamedWithTheOthers(t *testing.T) {
	_, err := find("trafik")
	assert.ErrorContains(t, err, `want one of ["safesync" "base"`)
	assert.ErrorContains(t, err, `got "trafik"`)
}

// The cluster runs our image under the name that the hook Jobs have, so that
// nothing of what users install is changed for the test.
func TestOurImageHasTheNameThatHookJobsUse(t *testing.T) {
	root, err := filepath.Abs("../../..")
	assert.NilError(t, err)
	got, err := (&Builder{Root: root}).Reference(Ours)
	assert.NilError(t, err)
	options, err := os.ReadFile(filepath.Join(root, "cmd", "argocd-safesync", "options.go"))
	assert.NilError(t, err)
	want := regexp.MustCompile(`defaultRunnerImage = "(.*)"`).FindSubmatch(options)
	assert.Assert(t, want != nil)
	assert.Equal(t, got, string(want[1]))
}

func TestAnotherProgramOrAnotherBaseIsAnotherImage(t *testing.T) {
	program := filepath.Join(t.TempDir(), "traefik")
	b := &Builder{Tool: func(string) string { return program }}
	digest := func(text string) string {
		t.Helper()
		assert.NilError(t, os.WriteFile(program, []byte(text), 0o600))
		m, err := b.prepare(t.Context(), "traefik")
		assert.NilError(t, err)
		return m.digest
	}
	first := digest("one")
	assert.Equal(t, digest("one"), first)
	assert.Assert(t, digest("two") != first)

	m, err := b.prepare(t.Context(), "traefik")
	assert.NilError(t, err)
	before := m.digest
	m.on[0].digest = "other"
	after, err := b.digest(m)
	assert.NilError(t, err)
	assert.Assert(t, after != before)
}

// checkout is a project of one program that says text.
func checkout(t *testing.T, text string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range map[string]string{
		"go.mod":           "module example.org/project\n",
		"cmd/tool/main.go": "package main\n\nfunc main() { println(\"" + text + "\") }\n",
	} {
		file := filepath.Join(root, name)
		assert.NilError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		assert.NilError(t, os.WriteFile(file, []byte(content), 0o600))
	}
	return root
}

func TestTwoCheckoutsDoNotMixTheirPrograms(t *testing.T) {
	one := &Builder{Cache: t.TempDir(), Root: checkout(t, "one"), Log: io.Discard}
	two := &Builder{Cache: one.Cache, Root: checkout(t, "two"), Log: io.Discard}
	made := map[*Builder]making{}
	for _, b := range []*Builder{one, two} {
		stale := filepath.Join(b.Programs(Ours), "gone")
		assert.NilError(t, os.MkdirAll(filepath.Dir(stale), 0o755))
		assert.NilError(t, os.WriteFile(stale, nil, 0o600))
		m := making{recipe: recipe{Name: Ours, Go: []string{"./cmd/..."}}, programs: map[string]string{}}
		assert.NilError(t, b.compile(t.Context(), &m))
		assert.DeepEqual(t, m.programs, map[string]string{"out/tool": filepath.Join(b.Programs(Ours), "tool")})
		made[b] = m
	}
	for b, want := range map[*Builder]string{one: "one\n", two: "two\n"} {
		said, err := exec.Command(made[b].programs["out/tool"]).CombinedOutput()
		assert.NilError(t, err)
		assert.Equal(t, string(said), want)
	}
}

func TestAnArchiveIsForgottenOnceNobodyUsesIt(t *testing.T) {
	b := &Builder{Cache: t.TempDir()}
	now := time.Now()
	for name, used := range map[string]time.Time{
		"barman-0123456789abcdef.tar":         now.Add(-keep - time.Hour),
		"barman-1123456789abcdef.tar":         now.Add(-keep + time.Hour),
		"barman-sidecar-0123456789abcdef.tar": now.Add(-keep - time.Hour), // another recipe's
	} {
		file := filepath.Join(b.Cache, name)
		assert.NilError(t, os.WriteFile(file, nil, 0o600))
		assert.NilError(t, os.Chtimes(file, used, used))
	}
	assert.NilError(t, b.forget("barman", now.Add(-keep)))
	left, err := filepath.Glob(filepath.Join(b.Cache, "*"))
	assert.NilError(t, err)
	assert.DeepEqual(t, left, []string{
		filepath.Join(b.Cache, "barman-1123456789abcdef.tar"), filepath.Join(b.Cache, "barman-sidecar-0123456789abcdef.tar"),
	})
}
