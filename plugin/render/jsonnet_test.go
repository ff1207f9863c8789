package render_test

import (
	"os"
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/plugin/render"
)

// evaluated asks for a directory with two Jsonnet files around a YAML file; the
// test binary in a role evaluates them.
func evaluated(t *testing.T, role string) render.Request {
	t.Helper()
	req := played(t, role)
	req.Source.Type = render.TypeDirectory
	req.Programs.Jsonnet, req.Programs.Kustomize = req.Programs.Kustomize, ""
	for name, text := range map[string]string{"a.jsonnet": "not read here", "b.yaml": "kind: Plain\n", "c.jsonnet": "", "d.jsonnet": "# +argocd:skip-file-rendering\n"} {
		assert.NilError(t, os.WriteFile(filepath.Join(req.RepoDir, "app", name), []byte(text), 0o600))
	}
	return req
}

func TestJsonnetObjectsStandWhereTheirFileDoes(t *testing.T) {
	objects, err := render.Dir(t.Context(), evaluated(t, "jsonnet"))
	assert.Equal(t, show(t, objects, err), `# app/a.jsonnet A 
# app/b.yaml:1:1 Plain 
# app/c.jsonnet C 
kind: A
---
kind: Plain
---
kind: C
`)
}

func TestJsonnetIsToldWhatThePolicySays(t *testing.T) {
	req := evaluated(t, "spec")
	req.Env = append(req.Env, "KUBE_VERSION=1.33.0")
	req.Source.Directory.Jsonnet = render.Jsonnet{
		Libs:    []string{"vendor"},
		ExtVars: []render.JsonnetVar{{Name: "name", Value: "$ARGOCD_APP_NAME-${ARGOCD_APP_NAMESPACE}-$KUBE_VERSION-$$HOME"}},
		TLAs:    []render.JsonnetVar{{Name: "n", Value: "1", Code: true}},
	}
	objects, err := render.Dir(t.Context(), req)
	assert.NilError(t, err)
	assert.Equal(t, objects[0].Text("spec"), `{"RepoRoot":"`+req.RepoDir+`","App":"app","Files":["app/a.jsonnet","app/c.jsonnet"],"Libs":["vendor"],`+
		`"ExtVars":[{"Name":"name","Value":"web---$HOME","Code":false}],"TLAs":[{"Name":"n","Value":"1","Code":true}]}`)
}

func TestJsonnetThatDoesNotSucceedHasAPlace(t *testing.T) {
	for role, want := range map[string]string{
		"problem": "base/k.yaml:2:3: resources[0]: want x, [31mgot y\n\thint: write x",
		"guard":   "app/a.jsonnet: the renderer crashed: boom",
		"good":    `read what the renderer of jsonnet printed: no file "base/a.yaml"`,
	} {
		_, err := render.Dir(t.Context(), evaluated(t, role))
		assert.Error(t, err, want)
	}
}
