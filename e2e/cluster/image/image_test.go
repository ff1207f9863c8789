package image

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"

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
