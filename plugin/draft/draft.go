// Package draft writes a first policy for an application from what it renders
// to: the presets whose system is there, and for the other Deployments a rolling
// update and a check of the Service in front.
//
// It knows the language of policies and what a workload looks like. It knows no
// system, and it decides nothing for good: what it writes is for a person to
// read and change.
package draft

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
)

// schema is where editors find how to complete and check a policy.
const schema = "https://raw.githubusercontent.com/argocd-safesync/argocd-safesync/main/docs/policy-v1alpha1.json"

const head = `# +argocd:skip-file-rendering
# yaml-language-server: $schema=` + schema + `
apiVersion: safesync/v1alpha1
kind: Policy
`

// nothing is for a directory that only has hooks, because the chart is another
// source of the Application.
const nothing = `
# Nothing is rendered from this directory: if the chart is another source of the
# Application, this one has the hooks.
source:
  type: none

# presets:
# - name: … # one of those that argocd-safesync presets lists
`

// tail proposes what every application that syncs by itself wants.
const tail = `
# How often Argo CD tries a failed sync again. It counts where this
# application's own Application is rendered, by an app of apps with a policy.
retry:
  limit: 5
  refresh: true # with the newest commit, so that a fix is not blocked
  backoff:
    duration: 10s
    factor: 2
    maxDuration: 3m
`

// Policy returns the text of a policy for an application that renders to
// objects.
func Policy(objects []manifest.Object, env preset.Env) (string, error) {
	known, err := preset.Recognise(objects, env)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(head)
	if len(objects) == 0 {
		b.WriteString(nothing)
	}
	presets(&b, known)
	web(&b, deployments(objects, known, env))
	b.WriteString(tail)
	return b.String(), nil
}

// presets writes the presets and, as comments, what each finds by itself.
func presets(b *strings.Builder, known []preset.Recognised) {
	if len(known) == 0 {
		return
	}
	b.WriteString("\npresets:\n")
	for _, r := range known {
		fmt.Fprintf(b, "# %s\n", r.Description)
		for _, o := range r.Because {
			fmt.Fprintf(b, "# Found: %s in %s.\n", o.Ref(), o.Origin())
		}
		fmt.Fprintf(b, "- name: %s\n", r.Name)
		inputs(b, r)
	}
}

// inputs writes what a preset found as comments, because it will find it again
// when it changes, and what it cannot find as something to fill in.
func inputs(b *strings.Builder, r preset.Recognised) {
	if len(r.Problems) > 0 {
		b.WriteString("  # To be filled in, because it is not clear from the objects:\n")
		for _, p := range r.Problems {
			fmt.Fprintf(b, "  #   %s: %s\n", p.Path[strings.LastIndex(p.Path, ".")+1:], oneLine(p.Msg))
		}
	}
	if len(r.Found) == 0 {
		return
	}
	b.WriteString("  # Found in the objects; write a value under with to use another one:\n  # with:\n")
	for _, f := range r.Found {
		fmt.Fprintf(b, "  #   %s: %s # %s\n", f.Name, scalar(f.Value), oneLine(f.Description))
	}
}

// scalar writes v so that the comment can be made a line of YAML.
func scalar(v any) string {
	out, err := yaml.Marshal(v)
	if err != nil {
		return oneLine(fmt.Sprint(v))
	}
	return oneLine(strings.TrimSpace(string(out)))
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
