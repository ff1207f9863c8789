package inject_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/inject"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

func TestCasesKeepEveryObject(t *testing.T) {
	for _, c := range readCases(t) {
		t.Run(c.name, func(t *testing.T) { keepsEveryObject(t, c) })
	}
}

// FuzzKeepsEveryObject gives one policy to the application and to each of its
// Applications.
func FuzzKeepsEveryObject(f *testing.F) {
	for _, c := range readCases(f) {
		f.Add(readFile(f, "testdata", c.name, "in.yaml"), readFile(f, "testdata", c.name, "policy.yaml"))
		for path := range c.children {
			f.Add(readFile(f, "testdata", c.name, "in.yaml"), readFile(f, "testdata", c.name, "repo", path, policy.FileName))
		}
	}
	f.Fuzz(func(t *testing.T, in, pol []byte) {
		objects, err := manifest.Decode(in, "in.yaml")
		if err != nil {
			return
		}
		p, _, err := policy.Parse("safesync.yaml", pol, nil)
		if err != nil {
			return
		}
		c := testCase{objects: objects, policy: policy.Merge(policy.Builtin(), p), env: testEnv, children: map[string]inject.Child{}}
		for _, path := range inject.ChildPaths(objects, testEnv) {
			c.children[path] = inject.Child{Retry: p.Retry, Charts: p.Charts}
		}
		keepsEveryObject(t, c)
	})
}

// keepsEveryObject holds that every object of the application is still there, in
// order, unchanged but for the fields that a policy can name; that the arguments
// stay as they were; and that a second run gives the same.
func keepsEveryObject(t *testing.T, c testCase) {
	t.Helper()
	before := encode(t, c.objects)
	out, _, err := c.all()
	assert.Equal(t, encode(t, c.objects), before, "the arguments changed")
	again, _, errAgain := c.all()
	assert.Equal(t, encode(t, out), encode(t, again))
	if err != nil {
		assert.ErrorContains(t, errAgain, err.Error())
		assert.Equal(t, len(out), 0)
		return
	}
	assert.Assert(t, len(out) >= len(c.objects))
	for i, was := range c.objects {
		is := out[i]
		assert.Equal(t, is.Origin(), was.Origin())
		named := namedFields(was, c.policy)
		if named == nil {
			assert.Equal(t, encode(t, []manifest.Object{is}), encode(t, []manifest.Object{was}))
			continue
		}
		assert.Equal(t, without(t, is, named), without(t, was, named))
	}
}

// namedFields are the fields of o that the policy can name.
func namedFields(o manifest.Object, pol policy.Policy) [][]any {
	var out [][]any
	if hook := o.Annotation("helm.sh/hook"); pol.HelmTests != "" && strings.Contains(hook, "test") {
		for _, key := range []string{"argocd.argoproj.io/hook", "argocd.argoproj.io/hook-delete-policy", "helm.sh/hook", "helm.sh/hook-delete-policy"} {
			out = append(out, []any{"metadata", "annotations", key})
		}
		out = append(out, []any{"spec", "activeDeadlineSeconds"})
	}
	return append(out, workloadFields(o)...)
}

// workloadFields are those of kinds that a policy knows.
func workloadFields(o manifest.Object) [][]any {
	r := o.Ref()
	switch {
	case r.Group == "apps" && r.Kind == "Deployment":
		return [][]any{{"spec", "strategy"}, {"spec", "minReadySeconds"}}
	case r.Group == "apps" && (r.Kind == "StatefulSet" || r.Kind == "DaemonSet"), r.Group == "monitoring.coreos.com" && r.Kind == "Prometheus":
		return [][]any{{"spec", "updateStrategy"}, {"spec", "minReadySeconds"}}
	case r.Group == "argoproj.io" && r.Kind == "Application":
		return applicationFields(o, "spec")
	case r.Group == "argoproj.io" && r.Kind == "ApplicationSet":
		return applicationFields(o, "spec", "template", "spec")
	}
	return nil
}

func applicationFields(o manifest.Object, spec ...any) [][]any {
	at := func(more ...any) []any { return append(slices.Clone(spec), more...) }
	out := [][]any{at("syncPolicy", "retry"), at("source", "helm", "parameters")}
	list, _ := o.Get(at("sources")...)
	sources, _ := list.([]any)
	for i := range sources {
		out = append(out, at("sources", i, "helm", "parameters"))
	}
	return out
}

// without is o as JSON, without the fields at paths and without what is then
// empty.
func without(t *testing.T, o manifest.Object, paths [][]any) string {
	t.Helper()
	for _, path := range paths {
		if _, ok := o.Get(path...); ok {
			changed, err := o.Set(nil, path...)
			assert.NilError(t, err)
			o = changed
		}
	}
	text, err := json.Marshal(pruned(o.Fields()))
	assert.NilError(t, err)
	return string(text)
}

// pruned is v without nulls and empty mappings.
func pruned(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			if v[key] = pruned(inner); v[key] == nil {
				delete(v, key)
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for i := range v {
			v[i] = pruned(v[i])
		}
	}
	return v
}

func encode(t *testing.T, objects []manifest.Object) string {
	t.Helper()
	var b bytes.Buffer
	assert.NilError(t, manifest.Encode(&b, objects))
	return b.String()
}
