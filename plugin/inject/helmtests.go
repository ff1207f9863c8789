package inject

import (
	"maps"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// testDeadline is how many seconds a test may take that says nothing itself:
// helm test gives up after as long. Argo CD waits for a hook for ever.
const testDeadline = int64(300)

// helmTests makes the tests of a chart hooks of Argo CD, which ignores them
// otherwise.
func helmTests(objects []manifest.Object, pol policy.Policy, said *diag.List) []manifest.Object {
	if pol.HelmTests == "" {
		return objects
	}
	out := slices.Clone(objects)
	found := false
	for i, o := range out {
		if isHelmTest(o) {
			found = true
			out[i] = testHook(o, pol, said)
		}
	}
	switch {
	case found:
	case pol.Source != nil && pol.Source.Helm != nil && pol.Source.Helm.SkipTests:
		said.Add(pol.HelmTestsAt.Warningf("source.helm.skipTests leaves out the tests that would run"))
	default:
		said.Add(pol.HelmTestsAt.Problemf("want a chart with tests, got no object with the annotation %s: test", argocd.HelmHook).
			WithHint("leave helmTests out, or write a hook of your own"))
	}
	return out
}

// isHelmTest reports whether helm test would run o. Where Argo CD's annotation
// is there too, the author has decided what it is.
func isHelmTest(o manifest.Object) bool {
	if o.Annotation(argocd.Hook) != "" {
		return false
	}
	for item := range strings.SplitSeq(o.Annotation(argocd.HelmHook), ",") {
		if item = strings.TrimSpace(item); item == "test" || item == "test-success" {
			return true
		}
	}
	return false
}

// testHook is o as a hook of the phase, and of those that its other Helm hooks
// stand for. Helm's two annotations go together: Argo CD would still read the
// delete policy. Its weight stays, which is the wave.
func testHook(o manifest.Object, pol policy.Policy, said *diag.List) manifest.Object {
	phases := argocd.RoleOf(o).Phases
	if !slices.Contains(phases, pol.HelmTests) {
		phases = append(phases, pol.HelmTests)
	}
	annotations := maps.Clone(mapAt(o, "metadata", "annotations"))
	delete(annotations, argocd.HelmHook)
	delete(annotations, argocd.HelmDeletePolicy)
	annotations[argocd.Hook] = strings.Join(phases, ",")
	annotations[argocd.DeletePolicy] = policy.BeforeHookCreation
	e := edit{object: o, asked: pol.HelmTestsAt, said: said}
	e.set(annotations, "metadata", "annotations")
	e.endTest()
	return e.object
}

// endTest sees to it that a test ends.
func (e *edit) endTest() {
	r := e.object.Ref()
	if !r.Is("", kindPod) && !r.Is("batch", kindJob) {
		return
	}
	if restart := e.object.Text("spec", "restartPolicy"); r.Kind == kindPod && restart != "Never" {
		got := restart
		if got == "" {
			got = "none, which is Always"
		}
		e.said.Add(e.asked.Problemf("%s: want restartPolicy Never in a test, got %s: Kubernetes would run one that fails again and again, and the sync would wait for it", place(e.object), got).
			WithHint("change the chart, or its values"))
	}
	if v, _ := e.object.Get("spec", "activeDeadlineSeconds"); v == nil {
		e.set(testDeadline, "spec", "activeDeadlineSeconds")
	}
}
