// Package kustomize builds kustomizations with kustomize's own library, inside a
// jail: nothing outside the repository is read, nothing is written, and no other
// host is asked unless that is allowed.
//
// It knows kustomize and how to say what is wrong in the words of our problems;
// it does not know policies, Argo CD or the front. Only the program
// safesync-render-kustomize imports it: the library is large and slow to start.
package kustomize

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"unicode"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

// Options say what to build and what it may do.
type Options struct {
	// RepoRoot is the absolute path of the repository, App the slash path of the
	// kustomization's directory in it.
	RepoRoot, App string
	// LoadRestrictor is "" or rootOnly to keep a kustomization to files in its own
	// directory, none to let it use those of the whole repository.
	LoadRestrictor string
	// AllowRemote lets kustomizations use bases and files of other hosts.
	AllowRemote bool
	// Edits are made in the kustomization before it is built.
	Edits renderer.Edits
	// Notes gets a line for renderer.ParseNote, which says why a build may take long,
	// before it does; nil gets none.
	Notes io.Writer
	// Charts let the kustomization inflate charts; nil does not.
	Charts *renderer.Charts
	// InSight leaves the schemas of definitions where they are, so that a test can
	// compare.
	InSight bool
}

// Build writes the objects of a kustomization to w, as kustomize build does, each
// with a comment that names its source. It writes nothing unless all is right.
// What the user's files do wrong is a diag.Problem.
func Build(w io.Writer, opts Options) error {
	fsys, err := newJail(opts)
	if err != nil {
		return err
	}
	defer fsys.close()
	if !opts.AllowRemote {
		defer fsys.refuseNetwork()()
	}
	options := inKindOrder()
	if opts.LoadRestrictor == "none" {
		options.LoadRestrictions = types.LoadRestrictionsNone
	}
	undo, err := fsys.allowCharts(options.PluginConfig)
	if err != nil {
		return err
	}
	defer undo()
	if err := fsys.edit(); err != nil {
		return err
	}
	managed := fsys.managedBy()
	build := func() (resmap.ResMap, error) {
		built, err := krusty.MakeKustomizer(options).Run(fsys, filepath.Join(fsys.root, filepath.FromSlash(opts.App)))
		if err == nil {
			fsys.hidden.restore(built)
			managed.correct(built)
		}
		return built, err
	}
	objects, err := fsys.objects(build)
	if err != nil {
		return err
	}
	return write(w, objects)
}

// objects builds the kustomization without the schemas of definitions, if nothing
// looks at them and that goes well, else with them.
func (j *jail) objects(build func() (resmap.ResMap, error)) ([]object, error) {
	before := *j
	if !j.opts.InSight {
		j.hide()
	}
	if j.hidden != nil {
		objects, err := j.inPartsOrAtOnce(build)
		if err == nil && !j.hidden.leaks(objects) {
			return objects, nil
		}
		*j = before // what is wrong is said of the files as they are
	}
	return j.inPartsOrAtOnce(build)
}

func (j *jail) inPartsOrAtOnce(build func() (resmap.ResMap, error)) ([]object, error) {
	objects, err := j.sharded(build)
	if err != nil {
		j.note(err)
		return j.atOnce(build)
	}
	return objects, nil
}

// note says why all objects are built at once, if there may be many.
func (j *jail) note(why error) {
	if j.opts.Notes == nil || !errors.Is(why, errAtOnce) || errors.Is(why, errFew) {
		return
	}
	file, _, err := j.ownKustomization()
	if err != nil {
		return
	}
	if file, err = j.inside(file); err != nil {
		return
	}
	problem := diag.Pos{File: filepath.ToSlash(file)}.
		Problemf("kustomize takes all objects at once, in a time that grows with the square of their number, because %s", why).
		WithHint("split it into several applications, or do without that; docs/performance.md has the whole list")
	_, _ = j.opts.Notes.Write(renderer.FormatProblem(problem))
}

// atOnce builds the kustomization.
func (j *jail) atOnce(build func() (resmap.ResMap, error)) ([]object, error) {
	j.read = 0
	built, err := build()
	if err != nil {
		j.culprit = j.blamed(err, func() error { _, err := build(); return err })
		return nil, j.explain(err)
	}
	j.origins.fallback = j.kustomization()
	if j.charts != nil {
		if err := j.charts.addTo(&j.origins); err != nil {
			return nil, err
		}
	}
	objects := make([]object, built.Size())
	for i, res := range built.Resources() {
		source := j.origins.of(res.CurId())
		text, err := asYAML(res, j.hidden)
		if err != nil {
			return nil, j.unwritten(source, res.CurId().String(), err)
		}
		objects[i] = object{id: res.CurId(), text: text, file: source}
	}
	return objects, nil
}

// inKindOrder are the command's defaults: objects come in the order of their kinds.
func inKindOrder() *krusty.Options {
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionUnspecified
	return options
}

// write prints objects as kustomize does.
func write(w io.Writer, objects []object) error {
	if buf, ok := w.(*bytes.Buffer); ok {
		size := 0
		for _, o := range objects {
			size += len(o.text) + len(o.file) + len(manifest.SourcePrefix+"---\n\n")
		}
		buf.Grow(size)
	}
	for i, o := range objects {
		head := ""
		if i > 0 {
			head = "---\n"
		}
		// A line feed in a file's name would end the comment.
		if !strings.ContainsFunc(o.file, unicode.IsControl) {
			head += manifest.SourcePrefix + o.file + "\n"
		}
		if _, err := io.WriteString(w, head); err != nil {
			return err
		}
		if _, err := w.Write(o.text); err != nil {
			return err
		}
	}
	return nil
}
