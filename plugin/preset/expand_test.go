package preset_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
)

// TestExpand holds what a policy with presets becomes, for itself and for the
// parent that renders its Application. An archive has the policy, the presets of
// the repository, and, where there are any, objects.yaml and env.yaml.
func TestExpand(t *testing.T) {
	files, err := filepath.Glob("testdata/expand/*.txtar")
	assert.NilError(t, err)
	assert.Assert(t, len(files) > 0)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			repo := repoOf(t, file)
			p, warnings, err := policy.Parse(policy.FileName, repo.files[policy.FileName], nil)
			assert.NilError(t, err)
			assert.Equal(t, len(warnings), 0)
			got := "== the application\n" + expanded(t, p, repo) + "== its parent\n" + forParent(t, p, repo)
			golden.Assert(t, got, filepath.Join("expand", name+".want.txt"))
		})
	}
}

// A repo is a small repository and what is known about its application.
type repo struct {
	files   map[string][]byte
	objects []manifest.Object
	env     preset.Env
}

func repoOf(t *testing.T, file string) repo {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	assert.NilError(t, err)
	r := repo{files: map[string][]byte{}}
	for _, f := range archive.Files {
		r.files[f.Name] = f.Data
	}
	r.objects, err = manifest.Decode(r.files["objects.yaml"], "objects.yaml")
	assert.NilError(t, err)
	var env struct{ Name, Namespace string }
	assert.NilError(t, yaml.Unmarshal(r.files["env.yaml"], &env))
	r.env = preset.Env{AppName: env.Name, AppNamespace: env.Namespace}
	return r
}

func (r repo) read(path string) ([]byte, error) {
	data, ok := r.files[path]
	if !ok {
		return nil, os.ErrNotExist
	}
	return data, nil
}

func expanded(t *testing.T, p policy.Policy, r repo) string {
	t.Helper()
	out, warnings, err := preset.Expand(p, r.objects, r.env, r.read)
	if err != nil {
		return said(warnings, err)
	}
	assert.Equal(t, len(out.Presets), 0)
	return said(warnings, nil) + out.String()
}

func forParent(t *testing.T, p policy.Policy, r repo) string {
	t.Helper()
	retry, charts, err := preset.ExpandForParent(p, r.env, r.read)
	if err != nil {
		return said(nil, err)
	}
	return policy.Policy{Retry: retry, Charts: charts}.String()
}

// TestExpandPlaces holds the places that later steps put into their messages:
// what a person can change. That is the policy, even for what a built-in preset
// says, and the preset's file for what a preset of the repository says.
func TestExpandPlaces(t *testing.T) {
	r := repoOf(t, "testdata/places.txtar")
	p, _, err := policy.Parse(policy.FileName, r.files[policy.FileName], nil)
	assert.NilError(t, err)
	out, _, err := preset.Expand(p, nil, r.env, r.read)
	assert.NilError(t, err)
	assert.Equal(t, len(out.Hooks), 3)
	places := []diag.Pos{
		out.Hooks[0].At, out.Hooks[0].AccountAt, out.Hooks[2].At, out.Hooks[2].AccountAt,
		out.Retry.At, out.Retry.LimitAt, out.Retry.Backoff.At, out.Job.ImageAt, out.Rollout[0].At, out.Charts[0].At, out.Hooks[2].Container.ImageAt,
	}
	var got strings.Builder
	for _, at := range places {
		got.WriteString(at.Problemf("here").Error() + "\n")
	}
	golden.Assert(t, got.String(), "places.want.txt")
}

// TestExpandTooMany holds that a small policy cannot ask for any amount of work.
func TestExpandTooMany(t *testing.T) {
	text := "apiVersion: safesync/v1alpha1\nkind: Policy\npresets:\n" + strings.Repeat("- name: traefik\n", 65)
	p, _, err := policy.Parse(policy.FileName, []byte(text), nil)
	assert.NilError(t, err)
	_, _, err = preset.Expand(p, nil, preset.Env{}, noFiles)
	assert.Error(t, err, "safesync.yaml:68:3: presets[64]: want at most 64 presets, got 65")
}
