package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
	"gotest.tools/v3/golden"
)

// Every folder in testdata/directory is an application of plain files. A policy
// in it may have a source.directory, which Argo CD is given as well.
func TestADirectoryRendersAsInArgoCD(t *testing.T) {
	for name, r := range repositories(t, "testdata/directory") {
		t.Run(name, func(t *testing.T) { assertSame(t, r, ".", "Directory") })
	}
}

// Every folder in testdata/kustomize is a repository with an application in its
// folder app.
func TestAKustomizationRendersAsInArgoCD(t *testing.T) {
	for name, r := range repositories(t, "testdata/kustomize") {
		t.Run(name, func(t *testing.T) { assertSame(t, r, "app", "Kustomize") })
	}
}

// Every folder in testdata/refused renders in Argo CD to something that no
// cluster takes. The plugin says so before the sync, in the words of
// refused-NAME.txt.
func TestWhatNoClusterTakesIsRefused(t *testing.T) {
	for name, r := range repositories(t, "testdata/refused") {
		t.Run(name, func(t *testing.T) {
			r.write(t, "safesync.yaml", plain)
			_, _, err := r.render(t, v1alpha1.ApplicationSource{Path: ".", Plugin: safesync})
			assert.Assert(t, err != nil)
			_, message, _ := strings.Cut(err.Error(), "exit status 1: ")
			golden.Assert(t, message+"\n", "refused-"+name+".txt")

			t.Setenv("ARGOCD_PLUGINSOCKFILEPATH", t.TempDir()) // no plugin here
			_, _, err = r.render(t, v1alpha1.ApplicationSource{Path: "."})
			assert.NilError(t, err)
		})
	}
}

// What an editor or a checkout may change is written here, not in files.
func TestOddBytesRenderAsInArgoCD(t *testing.T) {
	utf16 := func(bom string, swap int) string {
		text := bom
		for _, c := range []byte(configMap) {
			text += string([]byte{c, 0}[swap]) + string([]byte{c, 0}[1-swap])
		}
		return text
	}
	for name, text := range map[string]string{
		"CRLF":                         "apiVersion: v1\r\nkind: ConfigMap\r\nmetadata:\r\n  name: web\r\ndata:\r\n  a: |\r\n    one\r\n    two\r\n",
		"CRLF between documents":       "apiVersion: v1\r\nkind: ConfigMap\r\nmetadata: {name: a}\r\n---\r\napiVersion: v1\r\nkind: ConfigMap\r\nmetadata: {name: b}\r\n",
		"UTF-8 with a byte order mark": "\ufeff" + configMap,
		"UTF-16 little endian":         utf16("\xff\xfe", 0),
		"UTF-16 big endian":            utf16("\xfe\xff", 1),
		"no newline at the end":        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}",
		"not UTF-8":                    configMap + "data: {a: \"\xff\"}\n",
		"a null byte":                  configMap + "data: {a: \"\x00\"}\n",
		"only a comment":               "# nothing\n",
		"empty":                        "",
	} {
		t.Run(name, func(t *testing.T) {
			r := repo(t.TempDir())
			r.write(t, "safesync.yaml", plain)
			r.write(t, "always.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: always}\n")
			r.write(t, "odd.yaml", text)
			assertSame(t, r, ".", "Directory")
		})
	}
}

// repositories checks out every folder of dir.
func repositories(t *testing.T, dir string) map[string]repo {
	t.Helper()
	folders, err := os.ReadDir(dir)
	assert.NilError(t, err)
	assert.Assert(t, len(folders) > 0, "no case in %s", dir)
	found := map[string]repo{}
	for _, folder := range folders {
		found[folder.Name()] = checkout(t, filepath.Join(dir, folder.Name()))
	}
	return found
}

// assertSame renders an application by Argo CD itself and through the plugin,
// with a policy that wants nothing. Both must refuse it, or give the same objects.
func assertSame(t *testing.T, r repo, path, wantKind string) {
	t.Helper()
	policy := filepath.Join(string(r), path, "safesync.yaml")
	if _, err := os.Stat(policy); err != nil {
		r.write(t, filepath.Join(path, "safesync.yaml"), plain)
	}
	got, _, pluginErr := r.render(t, v1alpha1.ApplicationSource{Path: path, Plugin: safesync})

	var told struct {
		Source struct {
			Directory *v1alpha1.ApplicationSourceDirectory `json:"directory"`
		} `json:"source"`
	}
	readYAML(t, policy, &told)
	t.Setenv("ARGOCD_PLUGINSOCKFILEPATH", t.TempDir()) // no plugin here
	want, kind, nativeErr := r.render(t, v1alpha1.ApplicationSource{Path: path, Directory: told.Source.Directory})

	if nativeErr != nil {
		assert.Assert(t, pluginErr != nil, "only Argo CD refuses it: %v", nativeErr)
		assert.Check(t, !strings.Contains(pluginErr.Error(), "exit status 3"), "the user's file is at fault, not the program: %v", pluginErr)
		t.Logf("Argo CD: %v\nplugin: %v", nativeErr, pluginErr)
		return
	}
	assert.Check(t, cmp.Equal(kind, wantKind))
	assert.NilError(t, pluginErr)
	assert.Assert(t, len(want) > 0, "nothing is rendered, so nothing is compared")
	assertObjects(t, got, want)
}
