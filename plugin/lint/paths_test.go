package lint_test

import (
	"fmt"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/plugin/lint"
)

// TestPathsThatLeaveOutWhatAnApplicationIsMadeOf says which files have no path. The
// application in apps/web has a base, a preset and a child, and something of
// another repository.
func TestPathsThatLeaveOutWhatAnApplicationIsMadeOf(t *testing.T) {
	const child = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: %[1]s}\nspec: {source: {path: %[1]s, repoURL: %[2]s}}\n"
	for paths, want := range map[string]string{
		"":                                     "",
		".":                                    "child/safesync.yaml, policies/web.yaml, shared/base/web.yaml",
		" . ; /shared/;;/policies;../../child": "",
		"/":                                    "",
		"../..":                                "",
		"/apps/web;/shared/base/web.yaml;/pol*/web.yaml;/child": "",
		"/shared;/policies;/child":                              "apps/web/safesync.yaml",
		"/app;/shared/bas;/policies;/child":                     "apps/web/safesync.yaml, shared/base/web.yaml",
		"nothing":                                               "apps/web/safesync.yaml, child/safesync.yaml, policies/web.yaml and 1 more",
	} {
		t.Run(paths, func(t *testing.T) {
			var known lint.Applications
			text := fmt.Appendf(nil, annotatedApplication, paths, "")
			known.Add("argocd/web.yaml", text)
			app := lint.App{
				Dir: "apps/web", PolicyFile: "apps/web/safesync.yaml", PolicyText: []byte("# +argocd:skip-file-rendering\n"), To: known.Of("apps/web"),
				Rendered: decode(t, "shared/base/web.yaml", web),
				Objects: append(decode(t, "policies/web.yaml", webInShop), append(
					decode(t, "https://example.org/base?ref=1/web.yaml", role),
					decode(t, "shared/base/web.yaml", fmt.Sprintf(child, "child", "r")+"---\n"+fmt.Sprintf(child, "foreign", "x")+"---\n"+fmt.Sprintf(child, "gone", "r"))...)...),
				Read: func(file string) []byte {
					if file == "argocd/web.yaml" {
						return text
					}
					if strings.HasPrefix(file, "https:") || strings.HasPrefix(file, "gone/") {
						return nil
					}
					return []byte("a")
				},
			}
			got := lint.Judge(app, nil)
			if want == "" {
				assert.Equal(t, len(got), 0, "%v", got)
				return
			}
			assert.Equal(t, len(got), 1, "%v", got)
			assert.Equal(t, got[0].Msg, "Application web: want a path to each file that it is made of, got none to "+want+": after a commit that touches nothing else Argo CD keeps the old manifests")
			assert.DeepEqual(t, got[0].Pos, diag.Pos{File: "argocd/web.yaml", Line: 3, Col: 37, Path: `metadata.annotations["argocd.argoproj.io/manifest-generate-paths"]`})
		})
	}
}

// TestPathsDoNotCountWhereArgoCDRendersFromElsewhere: a hydrator has paths of its
// own, and an ApplicationSet has its annotations in a template.
func TestPathsDoNotCountWhereArgoCDRendersFromElsewhere(t *testing.T) {
	for _, text := range []string{
		fmt.Sprintf(annotatedApplication, "nothing", ", sourceHydrator: {drySource: {path: a}}"),
		`apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: all, annotations: {argocd.argoproj.io/manifest-generate-paths: nothing}}
spec:
  generators: [{git: {directories: [{path: apps/*}]}}]
  template: {metadata: {name: "{{path.basename}}"}, spec: {source: {path: "{{path}}", plugin: {name: safesync}}, destination: {namespace: shop}}}
`,
	} {
		var known lint.Applications
		known.Add("argocd/web.yaml", []byte(text))
		app := lint.App{
			Dir: "apps/web", PolicyFile: "apps/web/safesync.yaml", PolicyText: []byte("# +argocd:skip-file-rendering\n"), To: known.Of("apps/web"),
			Read: func(string) []byte { return []byte("a") },
		}
		assert.Equal(t, len(app.To), 1)
		got := lint.Judge(app, []string{"plugin-name"})
		assert.Equal(t, len(got), 0, "%v", got)
	}
}

const annotatedApplication = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, annotations: {argocd.argoproj.io/manifest-generate-paths: %q}}
spec: {source: {path: apps/web, repoURL: r, plugin: {name: safesync}}%s}
`
