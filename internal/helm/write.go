package helm

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode"

	chart "helm.sh/helm/v4/pkg/chart/v2"
	release "helm.sh/helm/v4/pkg/release/v1"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

// hookAnnotation makes an object a hook of Helm's. Argo CD makes its own hooks of
// them, so they are printed like any object.
const hookAnnotation = "helm.sh/hook"

// hookEvents are those that Helm knows: an object with another one is left out.
// The value says that it is a test.
var hookEvents = map[string]bool{
	"pre-install": false, "post-install": false, "pre-delete": false, "post-delete": false, "pre-upgrade": false,
	"post-upgrade": false, "pre-rollback": false, "post-rollback": false, "test": true, "test-success": true,
}

// write prints the chart's custom resource definitions and what its templates
// rendered to. It does not sort objects by kind as Helm does: Argo CD has an order
// of its own, and among objects with one name the order stays Helm's.
func (r *run) write(w io.Writer, c *chart.Chart, files map[string]string) error {
	var out, hooks bytes.Buffer
	out.Grow(r.size(c, files))
	if !r.opts.SkipCRDs {
		for _, crd := range c.CRDObjects() {
			writeDefinitions(&out, crd.Filename, crd.File.Data)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasSuffix(name, "NOTES.txt") || strings.HasPrefix(path.Base(name), "_") {
			continue
		}
		for _, doc := range documents(files[name]) {
			to := &out
			if strings.Contains(doc, hookAnnotation) {
				isHook, keep, err := r.hook(name, doc)
				switch {
				case err != nil:
					return r.broken(err, files[name])
				case !keep:
					continue
				case isHook:
					to = &hooks
				}
			}
			writeDocument(to, name, doc)
		}
	}
	if buf, ok := w.(*bytes.Buffer); ok {
		buf.Grow(out.Len() + hooks.Len())
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return err
	}
	_, err := w.Write(hooks.Bytes())
	return err
}

// size is about how much write prints: room for it is taken once.
func (r *run) size(c *chart.Chart, files map[string]string) int {
	const comments = 1 << 10
	size := 0
	for _, text := range files {
		size += len(text) + comments
	}
	if !r.opts.SkipCRDs {
		for _, crd := range c.CRDObjects() {
			size += len(crd.File.Data) + comments
		}
	}
	return size
}

// writeAsHelm prints what helm template does, in its order: by kind, and hooks last.
// Kustomize keeps the order where a kustomization says so. Made are the objects of
// the templates, by the names that Helm has for these.
func (r *run) writeAsHelm(w io.Writer, c *chart.Chart, files map[string]string, noHooks bool) (made []renderer.Made, err error) {
	maps.DeleteFunc(files, func(name, _ string) bool { return strings.HasSuffix(name, "NOTES.txt") })
	hooks, objects, err := releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	if err != nil {
		return nil, r.notYAML(err, files)
	}
	var out bytes.Buffer
	if !r.opts.SkipCRDs {
		for _, crd := range c.CRDObjects() {
			writeDocument(&out, crd.Filename, string(crd.File.Data))
		}
	}
	for _, o := range objects {
		writeDocument(&out, o.Name, o.Content)
		if o.Head.Metadata != nil {
			made = append(made, renderer.Made{Kind: o.Head.Kind, Name: o.Head.Metadata.Name, File: o.Name})
		}
	}
	all := append(bytes.TrimSpace(out.Bytes()), '\n')
	out = *bytes.NewBuffer(all)
	for _, h := range hooks {
		isSkipped := r.opts.SkipTests && slices.Contains(h.Events, release.HookTest)
		if noHooks || isSkipped {
			continue
		}
		writeDocument(&out, h.Path, h.Manifest)
		made = append(made, renderer.Made{Kind: h.Kind, Name: h.Name, File: h.Path})
	}
	_, err = w.Write(out.Bytes())
	return made, err
}

// notYAML is Helm's reason for what one of the files rendered to.
func (r *run) notYAML(err error, files map[string]string) error {
	rest, _ := strings.CutPrefix(err.Error(), "YAML parse error on ")
	name, reason, found := strings.Cut(rest, ": ")
	if !found {
		return r.at(chartFile).Problemf("%s", short(err.Error()))
	}
	return r.broken(yamlProblem(diag.Pos{File: name}, short(reason)), files[name])
}

// broken puts a problem with what a template rendered to at the template's line: it
// has that of the rendered text, which nobody has.
func (r *run) broken(err error, rendered string) error {
	p, ok := errors.AsType[diag.Problem](err)
	if !ok {
		return err
	}
	p.Line, p.Col, p.File = 0, 0, r.fileOf(p.File)
	template, err := r.readFile(diag.Pos{File: p.File})
	if err != nil {
		template = nil // it is in an archive, or somebody took it away
	}
	return renderer.Broken(p, documents(rendered), string(template))
}

func writeDocument(w *bytes.Buffer, source, text string) {
	w.WriteString("---\n" + manifest.SourcePrefix + source + "\n")
	w.WriteString(text)
	w.WriteByte('\n')
}

// writeDefinitions prints a file of the crds directory, which is no template and
// may hold several documents.
func writeDefinitions(w *bytes.Buffer, source string, data []byte) {
	comment := manifest.SourcePrefix + source + "\n"
	w.WriteString("---\n" + comment)
	rest := bytes.TrimPrefix(data, []byte("---\n"))
	for {
		before, after, more := bytes.Cut(rest, []byte("\n---\n"))
		w.Write(before)
		if !more {
			break
		}
		w.WriteString("\n---\n" + comment)
		rest = after
	}
	w.WriteByte('\n')
}

// documents splits what a template rendered to, exactly as Helm does: three
// dashes that begin a line separate, whatever follows them, and white space in
// front of a document is dropped, that of its first line too.
func documents(text string) (docs []string) {
	const marker = "---"
	add := func(doc string) {
		if doc = strings.TrimLeftFunc(doc, unicode.IsSpace); doc != "" {
			docs = append(docs, doc)
		}
	}
	text = strings.TrimLeftFunc(text, unicode.IsSpace)
	text = strings.TrimPrefix(text, marker)
	for {
		end := strings.Index(text, "\n"+marker)
		if end < 0 {
			add(text)
			return docs
		}
		add(text[:end+1])
		text = strings.TrimLeft(text[end+1+len(marker):], " \t")
	}
}

// hook says whether a document is a hook of Helm's, and whether it is printed.
func (r *run) hook(name, doc string) (isHook, keep bool, err error) {
	var head struct {
		Metadata struct {
			Annotations map[string]string `json:"annotations"`
		} `json:"metadata"`
	}
	if err := yaml.Unmarshal([]byte(doc), &head); err != nil {
		return false, false, yamlProblem(diag.Pos{File: name}, short(err.Error()))
	}
	events, isHook := head.Metadata.Annotations[hookAnnotation]
	if !isHook {
		return false, true, nil
	}
	for event := range strings.SplitSeq(events, ",") {
		isTest, known := hookEvents[strings.ToLower(strings.TrimSpace(event))]
		if !known || isTest && r.opts.SkipTests {
			return true, false, nil
		}
	}
	return true, true, nil
}
