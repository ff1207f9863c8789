package renderer

import "encoding/json"

// A Chart is what the front asks the Helm renderer for. It travels as a JSON
// file and not as flags: values may be secret and larger than a command line.
type Chart struct {
	// RepoRoot is the absolute path of the repository, App the slash path of the
	// chart's directory in it.
	RepoRoot string `json:"repoRoot"`
	App      string `json:"app"`
	// Release and Namespace are the name and namespace that templates see.
	Release   string `json:"release"`
	Namespace string `json:"namespace,omitempty"`
	// KubeVersion is the cluster's version; "" is the one that Helm was built for.
	KubeVersion string `json:"kubeVersion,omitempty"`
	// APIVersions are the cluster's, besides those that Helm knows.
	APIVersions []string `json:"apiVersions,omitempty"`
	// ValueFiles are merged in this order, Values over them. Paths are relative to
	// the chart, or to the repository with a leading slash; they may be globs, and
	// URLs where RemoteValues allows it.
	ValueFiles          []string        `json:"valueFiles,omitempty"`
	IgnoreMissingValues bool            `json:"ignoreMissingValues,omitempty"`
	RemoteValues        bool            `json:"remoteValues,omitempty"`
	Values              json.RawMessage `json:"values,omitempty"`
	// Parameters are set over all values, and then FileParameters.
	Parameters     []ChartParameter `json:"parameters,omitempty"`
	FileParameters []ChartFile      `json:"fileParameters,omitempty"`
	SkipCRDs       bool             `json:"skipCRDs,omitempty"`
	SkipTests      bool             `json:"skipTests,omitempty"`
	SkipSchema     bool             `json:"skipSchema,omitempty"`
	// CacheDir keeps charts that were downloaded, for all runs; "" keeps none.
	CacheDir string `json:"cacheDir,omitempty"`
}

// A ChartParameter is a value by its path, as helm --set; --set-string if
// ForceString.
type ChartParameter struct {
	Name        string `json:"name"`
	Value       string `json:"value"`
	ForceString bool   `json:"forceString,omitempty"`
}

// A ChartFile is a value by its path that a file holds, as helm --set-file.
type ChartFile struct {
	Name string `json:"name"`
	Path string `json:"path"`
}
