package inject_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"
	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/inject"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// A testCase is a directory below testdata: in.yaml has the rendered objects and
// policy.yaml the policy, both may be missing; env.yaml has what differs from
// testEnv; repo/ has the policies of rendered Applications. What All makes of it
// is in want.yaml, after its messages.
type testCase struct {
	name     string
	objects  []manifest.Object
	policy   policy.Policy
	env      inject.Env
	children map[string]inject.Child
}

var testEnv = inject.Env{
	App: "shop", Namespace: "shop", Revision: "0123456789abcdef0123456789abcdef01234567",
	RepoURL: "https://git.example.org/team/gitops.git", RunnerImage: "registry.example.org/safesync:test",
}

func (c testCase) all() ([]manifest.Object, []diag.Problem, error) {
	return inject.All(c.objects, c.policy, c.env, c.children)
}

func TestCases(t *testing.T) {
	for _, c := range readCases(t) {
		t.Run(c.name, func(t *testing.T) {
			out, warnings, err := c.all()
			var text bytes.Buffer
			for _, w := range warnings {
				comment(&text, w.Error())
			}
			if err != nil {
				assert.Assert(t, len(diag.Problems(err)) > 0, "not a problem: %v", err)
				comment(&text, err.Error())
			}
			assert.NilError(t, manifest.Encode(&text, out))
			golden.Assert(t, text.String(), filepath.Join(c.name, "want.yaml"))
		})
	}
}

func TestStepsFitIntoAnArgument(t *testing.T) {
	text := "apiVersion: safesync/v1alpha1\nkind: Policy\nhooks:\n- name: big\n  phase: PostSync\n  steps:\n" +
		"  - {name: web, http: {url: http://web/, expect: {contains: [" + strings.Repeat("x", 110<<10) + "]}}}\n"
	_, _, err := inject.All(nil, readPolicy(t, "safesync.yaml", []byte(text)), testEnv, nil)
	assert.Error(t, err, "safesync.yaml:4:3: hooks[0].steps: want steps of at most 100 KiB, got 110 KiB: they travel in one argument of the runner\n"+
		"\thint: make it two hooks")
}

func comment(b *bytes.Buffer, text string) {
	b.WriteString("# " + strings.ReplaceAll(text, "\n", "\n# ") + "\n")
}

func readCases(t testing.TB) []testCase {
	t.Helper()
	dirs, err := filepath.Glob("testdata/*")
	assert.NilError(t, err)
	assert.Assert(t, len(dirs) > 0)
	cases := make([]testCase, len(dirs))
	for i, dir := range dirs {
		cases[i] = readCase(t, dir)
	}
	return cases
}

func readCase(t testing.TB, dir string) testCase {
	t.Helper()
	c := testCase{name: filepath.Base(dir), env: testEnv, children: map[string]inject.Child{}}
	var err error
	c.objects, err = manifest.Decode(readFile(t, dir, "in.yaml"), "in.yaml")
	assert.NilError(t, err)
	text := readFile(t, dir, "policy.yaml")
	c.policy = readPolicy(t, "safesync.yaml", text)
	c.env.Record = string(text)
	assert.NilError(t, yaml.UnmarshalStrict(readFile(t, dir, "env.yaml"), &c.env))
	for _, path := range inject.ChildPaths(c.objects, c.env) {
		if text := readFile(t, dir, "repo", path, policy.FileName); text != nil {
			p := readPolicy(t, path+"/"+policy.FileName, text)
			c.children[path] = inject.Child{Retry: p.Retry, Charts: p.Charts}
		}
	}
	return c
}

func readFile(t testing.TB, path ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if !errors.Is(err, fs.ErrNotExist) {
		assert.NilError(t, err)
	}
	return text
}

func readPolicy(t testing.TB, file string, text []byte) policy.Policy {
	t.Helper()
	if text == nil {
		return policy.Policy{}
	}
	p, _, err := policy.Parse(file, text, nil)
	assert.NilError(t, err)
	return policy.Merge(policy.Builtin(), p)
}

func TestAnAccountThatTheHooksMakeIsThereInTime(t *testing.T) {
	_, warnings, err := inject.All(nil, readPolicy(t, "safesync.yaml", []byte(`apiVersion: safesync/v1alpha1
kind: Policy
hooks:
- {name: a, phase: PreSync, serviceAccountName: shop-safesync, container: {image: x}}
- name: b
  phase: PreSync
  steps:
  - name: pod
    kubernetes: {apiVersion: v1, kind: Pod, name: a}
`)), testEnv, nil)
	assert.NilError(t, err)
	assert.Equal(t, len(warnings), 0)
}
