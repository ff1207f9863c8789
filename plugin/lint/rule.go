package lint

import (
	"slices"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// A Rule is one thing that is looked for. Its page is docs/rules/<Name>.md.
type Rule struct {
	Name string
	// Severity is that of its findings, unless one says otherwise.
	Severity diag.Severity
	// Title is one sentence: what it finds.
	Title string
	// ask finds it in an application; nil if the pipeline does, or if it takes
	// more than one application.
	ask func(*App) []diag.Problem
}

// Generate is the rule of whatever keeps an application from being generated
// and has no rule of its own.
const Generate = "generate"

// sharedObject takes more than one application; see Shared.
const sharedObject = "shared-object"

// leftOut is the pipeline's, and that of an Application that lint cannot read.
const leftOut = "left-out"

// retryLimitRule is asked of Applications that nobody renders, too.
const retryLimitRule = "retry-limit"

// rules are asked in this order. The first of them are the pipeline's: it asks
// them in every run.
var rules = []Rule{
	{Generate, diag.Error, "the application cannot be generated, or not all of what its policy asks for", nil},
	{"object-identity", diag.Error, "an object has no apiVersion, kind or name", nil},
	{"text-only", diag.Error, "an annotation or a label is not text, such as an unquoted wave", nil},
	{"job-name", diag.Error, "the name of a Job is too long for its pods", nil},
	{"unknown-hook", diag.Warning, "a hook annotation has a value that Argo CD does not know", nil},
	{"same-object", diag.Warning, "an application renders the same object twice", nil},

	{leftOut, diag.Warning, "a file among the manifests cannot be read, and is left out without a word", nil},
	{"skip-marker", diag.Warning, "a policy could be taken for a manifest", skipMarker},
	{"plugin-name", diag.Warning, "an Application does not name the plugin, or has something else render the directory", pluginName},
	{"hook-deadline", diag.Warning, "a hook Job or Pod may run for ever", each(hookDeadline)},
	{"hook-ttl", diag.Warning, "a hook Job deletes itself, and its log, when it ends", each(hookTTL)},
	{"hook-generate-name", diag.Warning, "a hook has a new name in every sync", each(hookGenerateName)},
	{"hook-stays", diag.Warning, "a hook is not deleted before it runs again, and its old result counts", each(hookStays)},
	{"last-wave", diag.Warning, "nothing comes after the last hook: Argo CD can take the one of the sync before for it", lastWave},
	{"unknown-delete-policy", diag.Warning, "a delete policy has a value that Argo CD does not know", each(unknownDeletePolicy)},
	{"helm-and-argo-hook", diag.Warning, "an object is a hook of Helm and of Argo CD", each(helmAndArgoHook)},
	{"hooked-custom-resource", diag.Warning, "a custom resource is a Helm hook: deleted and made again in every sync", each(hookedCustomResource)},
	{"hook-on-pod-template", diag.Warning, "a hook annotation stands on a pod template, where Argo CD does not look", each(hookOnPodTemplate)},
	{"wave-not-a-number", diag.Warning, "a wave is not a whole number, and counts as 0", each(waveNotANumber)},
	{"first-install", diag.Error, "a hook needs an object that is applied after it: the first sync never ends", firstInstall},
	{"hook-in-use", diag.Warning, "a claim, or what other pods use, is a hook: deleted in every sync", hookInUse},
	{"closed-port", diag.Warning, "a hook asks a port that its Service, or its pods, do not have", closedPort},
	{"hibernated", diag.Warning, "a sync waits for an object that is switched off", hibernated},
	{"image-tag", diag.Warning, "an image has no tag, or one that moves", each(imageTag)},
	{retryLimitRule, diag.Warning, "a retry has no limit, or none that ends", each(retryLimit)},
	{"surge-conflict", diag.Warning, "a rolling update starts a second pod for which there is no port or volume", surgeConflict},
	{"no-readiness-probe", diag.Warning, "a rolling update cannot see whether a new pod works", noReadinessProbe},
	{"unstable-render", diag.Warning, "an object is different in every rendering", unstableRender},
	{"generate-paths", diag.Warning, "manifest-generate-paths leaves out what the application is made of", generatePaths},
	{sharedObject, diag.Warning, "two applications emit the same object", nil},
	{twoSources, diag.Warning, "two sources of one Application emit the same object, as two policies do", nil},
}

// Rules returns all rules, in the order of the documentation.
func Rules() []Rule { return slices.Clone(rules) }

// Page is the address of the rule's page.
func (r Rule) Page() string {
	return "https://github.com/argocd-safesync/argocd-safesync/blob/main/docs/rules/" + r.Name + ".md"
}

// each asks about one object after the other.
func each(ask func(manifest.Object) []diag.Problem) func(*App) []diag.Problem {
	return func(app *App) []diag.Problem {
		var out []diag.Problem
		for _, o := range app.Objects {
			out = append(out, ask(o)...)
		}
		return out
	}
}
