// Package draft writes a first policy for an application from what it renders
// to: the presets whose system is there, for other Deployments a rolling update,
// and for all other workloads a check of the Service in front.
//
// It knows the language of policies and what a workload looks like. It knows no
// system, and it decides nothing for good: what it writes is for a person to
// read and change.
package draft

import (
	"fmt"
	"slices"
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

// elsewhere is for a directory that only has hooks.
const elsewhere = `
# Nothing is rendered from this directory: the chart is another source of the
# Application, and this one has the hooks.
source:
  type: none
`

// charts is for a kustomization that has some.
const charts = `
# The kustomization has charts. This inflates them, as kustomize build
# --enable-helm does.
source:
  kustomize:
    enableHelm: true
`

// onFailure is for a policy with hooks.
const onFailure = `
# When a sync fails, the Application's operation state names the hook that failed
# and its reason. Argo CD alone shows no more than an exit code.
onFailure: {}
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

// A Draft is a first policy.
type Draft struct {
	Text string
	// Open is how many inputs of presets somebody has to fill in before the policy
	// can be used.
	Open int
	// Silent is how many hooks wait for a rollout and ask nothing.
	Silent int
	// Nowhere says that the hooks need the application's namespace, which Argo CD
	// knows and nobody here does.
	Nowhere bool
	// Bare says that nothing was found that a hook could wait for: the policy has
	// none.
	Bare bool
}

// WithCharts adds that charts of the kustomization are inflated.
func (d Draft) WithCharts() Draft {
	d.Text = strings.Replace(d.Text, head, head+charts, 1)
	return d
}

// Policy returns a policy for an application whose directory renders to objects.
func Policy(objects []manifest.Object, env preset.Env) (Draft, error) {
	return write(objects, env, false)
}

// Hooks returns a policy for a directory that renders to nothing: the objects
// come from another source of the Application, where the plugin does not see
// them. So it says what it found in them.
func Hooks(objects []manifest.Object, env preset.Env) (Draft, error) {
	return write(objects, env, true)
}

func write(objects []manifest.Object, env preset.Env, hooksOnly bool) (Draft, error) {
	known, err := systems(objects, env)
	if err != nil {
		return Draft{}, err
	}
	var b strings.Builder
	b.WriteString(head)
	if hooksOnly {
		b.WriteString(elsewhere)
	}
	presets(&b, known, hooksOnly)
	alike(&b, objects, known)
	others := workloads(objects, known, env)
	web(&b, others, hooksOnly)
	bare := len(known) == 0 && !slices.ContainsFunc(others, workload.hasHook)
	if !bare {
		b.WriteString(onFailure)
	}
	b.WriteString(tail)
	d := Draft{Text: b.String(), Silent: silent(others), Nowhere: !bare && env.AppNamespace == "", Bare: bare}
	for _, r := range known {
		d.Open += len(r.toFill())
	}
	return d, nil
}

// presets writes the presets and, as comments, what each finds by itself.
func presets(b *strings.Builder, known []system, hooksOnly bool) {
	if len(known) == 0 {
		return
	}
	b.WriteString("\npresets:\n")
	for _, r := range known {
		fmt.Fprintf(b, "# %s\n", r.Description)
		for _, o := range r.Because {
			fmt.Fprintf(b, "# Found: %s in %s.\n", o.Ref(), o.Origin())
		}
		for _, o := range r.Unwatched {
			fmt.Fprintf(b, "# The rollout of %s is not waited for: no input of the preset finds it%s.\n", o.Ref(), byParts(r.Name, o))
		}
		if len(r.Off) > 0 {
			b.WriteString("# Here without what is switched off below.\n")
		}
		for _, why := range r.LeftOut {
			fmt.Fprintf(b, "# A part is left out for as long as this is so: %s.\n", oneLine(why))
		}
		fmt.Fprintf(b, "- name: %s\n", r.Name)
		toFillIn(b, r)
		inputs(b, r, hooksOnly)
		assumed(b, r.Assumed)
	}
}

// byParts says by what a preset would find a workload; "" for one that says itself
// which part it is, and so none that the preset knows.
func byParts(name string, workload manifest.Object) string {
	parts := preset.Parts(name)
	label, _, _ := strings.Cut(parts, " ")
	if parts == "" || workload.Label(label) != "" {
		return ""
	}
	return ", which would know it by the label " + parts
}

// toFillIn writes what a preset cannot find.
func toFillIn(b *strings.Builder, r system) {
	open := r.toFill()
	if len(open) == 0 {
		return
	}
	b.WriteString("  # To be filled in, because it is not clear from the objects:\n")
	for _, o := range open {
		fmt.Fprintf(b, "  #   %s: %s\n", o.name, oneLine(o.why))
	}
}

// inputs writes what a preset found as comments, because it will find it again
// when it changes. What it will not find is given, and what cannot be right by
// default stands there without a value, so that no hook is made before it has
// one.
func inputs(b *strings.Builder, r system, hooksOnly bool) {
	var given, found []preset.Found
	for _, f := range r.Found {
		if hooksOnly || slices.Contains(r.given, f.Name) {
			given = append(given, f)
		} else {
			found = append(found, f)
		}
	}
	open := r.toFill()
	with := len(given)+len(open)+len(r.Off)+len(r.chosen) > 0
	if with {
		b.WriteString("  with:\n")
	}
	for _, c := range r.chosen {
		if c.why != "" {
			fmt.Fprintf(b, "    # %s:\n", c.why)
		}
		values(b, "    ", []preset.Found{c.Found})
	}
	for _, off := range r.Off {
		fmt.Fprintf(b, "    # Switched off: %s.\n", oneLine(off.Why))
		values(b, "    ", []preset.Found{off.Found})
	}
	for _, o := range open {
		fmt.Fprintf(b, "    %s: # to be filled in\n", o.name)
	}
	if len(given) > 0 && hooksOnly {
		b.WriteString("    # Found in the objects of the chart, which this directory does not see:\n")
	} else if len(given) > 0 {
		b.WriteString("    # Found in the objects, but not by the preset, which knows a Service by its labels and a port by its name:\n")
	}
	values(b, "    ", given)
	if len(found) == 0 {
		return
	}
	b.WriteString("  # Found in the objects; write a value under with to use another one:\n")
	if !with {
		b.WriteString("  # with:\n")
	}
	values(b, "  #   ", found)
}

func values(b *strings.Builder, indent string, list []preset.Found) {
	for _, f := range list {
		fmt.Fprintf(b, "%s%s: %s # %s\n", indent, f.Name, scalar(f.Value), oneLine(f.Description))
	}
}

// assumed writes what a preset looked for in vain, which is where to look when a
// check fails.
func assumed(b *strings.Builder, list []preset.Found) {
	list = slices.DeleteFunc(slices.Clone(list), func(f preset.Found) bool { return f.Idle })
	if len(list) == 0 {
		return
	}
	b.WriteString("  # Not found in the objects, so that these count unless they are given under with:\n")
	values(b, "  #   ", list)
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
