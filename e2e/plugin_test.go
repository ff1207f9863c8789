package e2e_test

import (
	"strings"
	"testing"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	repoapi "github.com/argoproj/argo-cd/v3/reposerver/apiclient"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

const (
	configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"
	// plain is a policy that wants nothing. The first line is for Argo CD, which
	// must not take the policy for an object when it renders the directory itself.
	plain = "# +argocd:skip-file-rendering\napiVersion: safesync/v1alpha1\nkind: Policy\nrecord: false\n"
)

var safesync = &v1alpha1.ApplicationSourcePlugin{Name: "safesync"}

func TestAnApplicationIsForThePluginWhenItHasAPolicy(t *testing.T) {
	r := repo(t.TempDir())
	r.write(t, "with/web.yaml", configMap)
	r.write(t, "with/safesync.yaml", plain)
	r.write(t, "without/web.yaml", configMap)

	for app, want := range map[string]bool{"with": true, "without": false} {
		answer := r.match(t, app)
		assert.Check(t, answer.GetIsDiscoveryEnabled(), app)
		assert.Check(t, cmp.Equal(answer.GetIsSupported(), want), app)
	}
}

func TestArgoCDChoosesThePluginByThePolicy(t *testing.T) {
	r := repo(t.TempDir())
	r.write(t, "with/web.yaml", configMap)
	r.write(t, "with/safesync.yaml", plain)
	r.write(t, "without/web.yaml", configMap)

	for app, want := range map[string]string{"with": "Plugin", "without": "Directory"} {
		objects, kind, err := r.render(t, v1alpha1.ApplicationSource{Path: app})
		assert.NilError(t, err, app)
		assert.Check(t, cmp.Equal(kind, want), app)
		assert.Check(t, cmp.Len(objects, 1), app)
	}
}

// The message goes through three programs to the user's screen; none of them may
// repeat it, and it must read the same after each refresh.
func TestABrokenPolicyIsShownOnceWithItsPlace(t *testing.T) {
	r := repo(t.TempDir())
	r.write(t, "apps/web/web.yaml", configMap)
	r.write(t, "apps/web/safesync.yaml", plain+"recor: true\n")

	_, _, err := r.render(t, v1alpha1.ApplicationSource{Path: "apps/web", Plugin: safesync})
	assert.Assert(t, err != nil)
	message := err.Error()
	assert.Check(t, cmp.Equal(strings.Count(message, "safesync.yaml:5:1: recor: unknown key"), 1), message)
	assert.Check(t, cmp.Equal(strings.Count(message, `did you mean "record"?`), 1), message)
	assert.Check(t, !strings.Contains(message, sockets), "a path of this request is in the message: %s", message)

	_, _, again := r.render(t, v1alpha1.ApplicationSource{Path: "apps/web", Plugin: safesync})
	assert.Error(t, again, message)
}

// Argo CD's server asks for what an Application may set, and the values that it
// gets can be set.
func TestParametersReachTheUserInterface(t *testing.T) {
	r := repo(t.TempDir())
	r.write(t, "web/web.yaml", configMap)
	r.write(t, "web/safesync.yaml", plain+"retry: {limit: 7}\nsource:\n  directory: {include: '*.yaml'}\n")
	announced := map[string]*repoapi.ParameterAnnouncement{}
	for _, a := range r.parameters(t, "web") {
		assert.Check(t, a.Title != "" && a.Tooltip != "" && a.CollectionType != "", a.Name)
		announced[a.Name] = a
	}
	for name, want := range map[string]string{"source.type": "directory", "source.directory.include": "*.yaml", "retry.limit": "7", "record": "false"} {
		assert.Assert(t, announced[name] != nil, name)
		assert.Check(t, cmp.Equal(announced[name].String_, want), name)
	}
	assert.Check(t, announced["source.helm.releaseName"] == nil, "an option of another type of source")

	plugin := safesync.DeepCopy()
	for name, a := range announced {
		plugin.Parameters = append(plugin.Parameters, v1alpha1.ApplicationSourcePluginParameter{Name: name, String_: &a.String_})
	}
	_, _, err := r.render(t, v1alpha1.ApplicationSource{Path: "web", Plugin: plugin})
	assert.NilError(t, err)
}

// A parameter of the Application is stronger than the policy in its directory.
func TestParametersOverrideTheSourceOfThePolicy(t *testing.T) {
	r := repo(t.TempDir())
	r.write(t, "web/a.yaml", configMap)
	r.write(t, "web/b.yaml", strings.ReplaceAll(configMap, "web", "other"))
	r.write(t, "web/safesync.yaml", plain+"source:\n  directory: {include: 'a.*'}\n")
	plugin := safesync.DeepCopy()
	plugin.Parameters = v1alpha1.ApplicationSourcePluginParameters{{Name: "source.directory.include", String_: new("b.*")}}
	objects, _, err := r.render(t, v1alpha1.ApplicationSource{Path: "web", Plugin: plugin})
	assert.NilError(t, err)
	assert.Assert(t, cmp.Len(objects, 1))
	assert.Check(t, strings.Contains(objects[0], `"name":"other"`), objects[0])

	r.write(t, "kustomized/kustomization.yaml", "resources: [web.yaml]\n")
	r.write(t, "kustomized/web.yaml", configMap)
	r.write(t, "kustomized/safesync.yaml", plain)
	plugin.Parameters = v1alpha1.ApplicationSourcePluginParameters{
		{Name: "source.kustomize.namePrefix", String_: new("a-")},
		{Name: "source.kustomize.commonAnnotations", OptionalMap: &v1alpha1.OptionalMap{Map: map[string]string{"x": "1"}}},
		{Name: "source.kustomize.patches", OptionalArray: &v1alpha1.OptionalArray{Array: []string{`{"patch": "{apiVersion: v1, kind: ConfigMap, metadata: {name: web}, data: {b: c}}"}`}}},
	}
	objects, _, err = r.render(t, v1alpha1.ApplicationSource{Path: "kustomized", Plugin: plugin})
	assert.NilError(t, err)
	for _, want := range []string{`"name":"a-web"`, `"x":"1"`, `"data":{"b":"c"}`} {
		assert.Check(t, strings.Contains(objects[0], want), objects[0])
	}
}

func TestAnUnknownParameterIsRefused(t *testing.T) {
	r := repo(t.TempDir())
	r.write(t, "web/web.yaml", configMap)
	r.write(t, "web/safesync.yaml", plain)
	plugin := safesync.DeepCopy()
	plugin.Parameters = v1alpha1.ApplicationSourcePluginParameters{{Name: "no.such.key", String_: new("1")}}
	_, _, err := r.render(t, v1alpha1.ApplicationSource{Path: "web", Plugin: plugin})
	assert.ErrorContains(t, err, "no.such.key")
}
