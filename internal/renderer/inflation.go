package renderer

import "fmt"

const (
	// HelmCommand is the name under which the Helm renderer acts as the helm
	// command that kustomize calls. InflationFile is beside it then.
	HelmCommand = "helm"
	// InflationFile holds an Inflation as JSON.
	InflationFile = "inflation.json"
	// RefusalFile is where the Helm renderer leaves the problem because of which it
	// did not do what kustomize asked for, beside it too: kustomize would repeat it
	// among words of its own.
	RefusalFile = "refusal.json"
	// InflatingFile has the path in the repository of the chart that is being
	// rendered, beside it too.
	InflatingFile = "inflating"
)

// Charts let the kustomize renderer inflate the charts of a kustomization.
type Charts struct {
	// Program is the absolute path of the Helm renderer.
	Program string `json:"program"`
	// KubeVersion and APIVersions are what charts see of the cluster where the
	// kustomization does not say.
	KubeVersion string   `json:"kubeVersion,omitempty"`
	APIVersions []string `json:"apiVersions,omitempty"`
	// CacheDir keeps charts that were downloaded, for all runs; "" keeps none.
	CacheDir string `json:"cacheDir,omitempty"`
}

// An Inflation is what the Helm renderer may touch when kustomize calls it. All
// paths are absolute.
type Inflation struct {
	// RepoRoot is the repository, without symlinks.
	RepoRoot string `json:"repoRoot"`
	// Pulled gets the charts of other hosts, at the paths below RepoRoot where
	// kustomize wants them: nothing is written into the repository.
	Pulled string `json:"pulled"`
	// Scratch is the directory for temporary files in which kustomize writes values.
	Scratch string `json:"scratch"`
	// AllowRemote lets charts come from other hosts.
	AllowRemote bool `json:"allowRemote,omitempty"`
	// CacheDir is that of Charts.
	CacheDir string `json:"cacheDir,omitempty"`
	// Notes gets an InflatingFile, and files with the objects that were made, named
	// by NotesFile; "" gets none.
	Notes string `json:"notes,omitempty"`
	// Output gets what helm template would print; "" prints it.
	Output string `json:"output,omitempty"`
}

// NotesFile is the name of the file with the objects of the nth chart, as a JSON
// list of Made.
func NotesFile(n int) string { return fmt.Sprintf("made-%04d.json", n) }

// A Made is an object that a chart made, and the file that made it: its path in the
// repository, or as Helm names it.
type Made struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	File string `json:"file"`
}
