package inject

import (
	"fmt"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

const kindConfigMap = "ConfigMap"

// record returns the ConfigMap that shows the policy to Argo CD, or nothing.
//
// Argo CD does not compare hooks, so that a commit which changes only them would
// trigger nothing; this object is compared. It must change when the policy does
// and never because of the plugin: it holds no image and no default. Without a
// hook there is no need for it: everything else shows in the objects themselves.
func record(pol policy.Policy, env Env, ns string) []manifest.Object {
	if (len(pol.Hooks) == 0 && pol.HelmTests == "") || (pol.Record != nil && !*pol.Record) {
		return nil
	}
	metadata := map[string]any{
		"name":   ownName(env.App, "safesync-record"),
		"labels": map[string]any{labelManagedBy: managedBy},
	}
	if ns != "" {
		metadata["namespace"] = ns
	}
	return []manifest.Object{manifest.New(map[string]any{
		"apiVersion": "v1", "kind": kindConfigMap, "metadata": metadata,
		"data": map[string]any{"policy": env.Record, "hooks": hookLines(pol.Hooks) + env.tests},
	}, pol.At)}
}

// testLines has a line for each test of a chart that becomes a hook: nothing else
// would show a changed one to Argo CD.
func testLines(objects []manifest.Object, pol policy.Policy) string {
	if pol.HelmTests == "" {
		return ""
	}
	var b strings.Builder
	for _, o := range objects {
		if isHelmTest(o) {
			fmt.Fprintf(&b, "%s/%d/%s\n", pol.HelmTests, argocd.WaveOf(o), o.Ref().Name)
		}
	}
	return b.String()
}

// hookLines has a line for each hook: its phase, wave and name.
func hookLines(hooks []policy.Hook) string {
	var b strings.Builder
	for _, h := range hooks {
		fmt.Fprintf(&b, "%s/%d/%s\n", h.Phase, h.Wave, h.Name)
	}
	return b.String()
}
