package e2e_test

import (
	"strings"
	"testing"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
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

func TestParametersReachTheUserInterface(t *testing.T) {
	cfg, err := config()
	assert.NilError(t, err)
	var names []string
	for _, p := range cfg.Spec.Parameters.Static {
		assert.Check(t, p.Title != "" && p.Tooltip != "" && p.CollectionType == "string", p.Name)
		names = append(names, p.Name)
	}
	assert.DeepEqual(t, names, []string{"source.type", "source.helm.releaseName", "retry.limit", "record"})
}

// A name that plugin.yaml offers must be one that the policy knows.
func TestEachParameterOfPluginYAMLIsAccepted(t *testing.T) {
	r := repo(t.TempDir())
	r.write(t, "web/web.yaml", configMap)
	r.write(t, "web/safesync.yaml", plain)
	for name, value := range map[string]string{
		"source.type": "directory", "source.helm.releaseName": "web", "retry.limit": "5", "record": "false",
	} {
		plugin := safesync.DeepCopy()
		plugin.Parameters = v1alpha1.ApplicationSourcePluginParameters{{Name: name, String_: &value}}
		_, _, err := r.render(t, v1alpha1.ApplicationSource{Path: "web", Plugin: plugin})
		assert.Check(t, err, "%s: %v", name, err)
	}
	plugin := safesync.DeepCopy()
	plugin.Parameters = v1alpha1.ApplicationSourcePluginParameters{{Name: "no.such.key", String_: new("1")}}
	_, _, err := r.render(t, v1alpha1.ApplicationSource{Path: "web", Plugin: plugin})
	assert.ErrorContains(t, err, "no.such.key")
}
