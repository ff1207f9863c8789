// Package render turns an application's directory into Kubernetes objects,
// exactly as Argo CD would render it.
//
// It reads plain directories itself, and kustomizations that only list files, and
// starts a program of its own for each other kind of source. It knows how Argo CD finds and reads manifests and how to
// stop a renderer; it does not know policies or hooks, changes no object, and
// writes nothing into the repository.
package render

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

// The kinds of sources, as the policy's source.type names them.
const (
	TypeDirectory = "directory"
	TypeKustomize = "kustomize"
	TypeHelm      = "helm"
	TypeNone      = "none"
)

// A Source says how an application is rendered: what the policy's source says,
// already validated.
type Source struct {
	// Type is one of the constants above; "" finds it out.
	Type      string
	Directory Directory
	Kustomize Kustomize
	Helm      Helm
	// At is the place that says so; unknown if nothing does.
	At diag.Pos
}

// Directory are the options of a plain directory, as Argo CD's source.directory.
type Directory struct {
	Recurse bool
	// Include and Exclude are globs over paths relative to the application's
	// directory, in which * matches slashes too; "" is no restriction.
	Include, Exclude string
	Jsonnet          Jsonnet
}

// Kustomize are the options of a kustomization.
type Kustomize struct {
	// LoadRestrictor is rootOnly, none, or "" for rootOnly.
	LoadRestrictor string
	// AllowRemote lets bases and files come from other hosts.
	AllowRemote bool
	// EnableHelm lets it inflate charts, which see KubeVersion and APIVersions, or
	// those of the Target.
	EnableHelm  bool
	KubeVersion string
	APIVersions []string
	// Edits are made in the kustomization first, with Argo CD's variables replaced;
	// in annotations only if CommonAnnotationsEnvsubst says so.
	renderer.Edits
	CommonAnnotationsEnvsubst bool
}

// Programs are the absolute paths of the renderers that are programs of their own.
type Programs struct{ Kustomize, Helm, Jsonnet string }

// A Request is one application to render.
type Request struct {
	// Repo is the repository. It must be a jail, such as os.Root.FS gives: nothing
	// outside it can be read, symlinks included.
	Repo fs.FS
	// RepoDir is the same directory as an absolute path, for renderers that are
	// programs of their own.
	RepoDir string
	// App is the slash path of the application's directory inside Repo; "." is
	// the root.
	App    string
	Source Source
	// Skip are names of files in App that are never manifests: the policy.
	Skip     []string
	Programs Programs
	// Target is what Helm charts see of the application.
	Target Target
	// CacheDir keeps charts that others depend on, for all runs; "" keeps none.
	CacheDir string
	// Env is what a renderer sees of the environment: KEY=VALUE, sorted.
	Env []string
	// MemoryLimits are those on all that runs beside a renderer, as renderer.MemoryFor
	// reads them; nil is none.
	MemoryLimits func() []string
	// Warn is told what does not stop the render; nil is not.
	Warn func(diag.Problem)
	// Store, if there is one, keeps the texts of objects.
	Store manifest.Store
}

// memory is how many bytes a renderer may take.
func (req Request) memory() int64 {
	if req.MemoryLimits == nil {
		return renderer.MemoryFor()
	}
	return renderer.MemoryFor(req.MemoryLimits()...)
}

// Dir renders an application. Objects come in the order in which Argo CD reads
// them; none at all is no problem here. What the user's files do wrong is a
// diag.Problem whose file is relative to the repository. When ctx ends, so do the
// programs that were started.
func Dir(ctx context.Context, req Request) ([]manifest.Object, error) {
	req.App = path.Clean(req.App)
	kind := req.Source.Type
	if kind == "" {
		var err error
		if kind, err = Detect(req.Repo, req.App); err != nil {
			return nil, err
		}
	}
	switch kind {
	case TypeDirectory:
		return directory(ctx, req)
	case TypeKustomize:
		return kustomize(ctx, req)
	case TypeHelm:
		return chart(ctx, req)
	case TypeNone:
		return nil, nil
	default:
		return nil, diag.Pos{Path: "source.type"}.
			Problemf("want one of %s, %s, %s, %s, got %q", TypeDirectory, TypeKustomize, TypeHelm, TypeNone, kind)
	}
}

// Stream reads objects that something else has rendered, as YAML or JSON. It
// reads at most what Argo CD accepts from a plugin, 100 MB. Store may be nil.
func Stream(r io.Reader, store manifest.Store) ([]manifest.Object, error) {
	in := &input{r: r}
	decoder := manifest.Decoder{Store: store}
	objects, err := decoder.ReadAll(in, "stdin")
	if in.err != nil {
		return nil, fmt.Errorf("read standard input: %w", in.err)
	}
	return objects, err
}

// An input remembers why it could not be read.
type input struct {
	r   io.Reader
	err error
}

func (in *input) Read(p []byte) (int, error) {
	n, err := in.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		in.err = err
	}
	return n, err
}

// Detect says which kind of source a directory of the repository is, as Argo CD
// does: the last file by name that tells decides, so a chart with a kustomization
// is a kustomization.
func Detect(repo fs.FS, app string) (kind string, err error) {
	names, err := names(repo, app)
	if err != nil {
		return "", fmt.Errorf("read the application's directory: %w", err)
	}
	kind = TypeDirectory
	for _, name := range names {
		of := ""
		switch {
		case strings.HasSuffix(name, chartFile):
			of = TypeHelm
		case isKustomization(name):
			of = TypeKustomize
		default:
			continue
		}
		if info, err := fs.Lstat(repo, path.Join(app, name)); err == nil && !info.IsDir() {
			kind = of
		}
	}
	return kind, nil
}

// names lists a directory, sorted. Where it can it does not look at each file: all
// but a few do not matter.
func names(repo fs.FS, dir string) ([]string, error) {
	f, err := repo.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lister, ok := f.(interface{ Readdirnames(n int) ([]string, error) })
	if ok {
		out, err := lister.Readdirnames(-1)
		slices.Sort(out)
		return out, err
	}
	entries, err := fs.ReadDir(repo, dir)
	out := make([]string, len(entries))
	for i, entry := range entries {
		out[i] = entry.Name()
	}
	return out, err
}
