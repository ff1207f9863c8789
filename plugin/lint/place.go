package lint

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/lazy"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// placed moves a finding about an object to the line of its field in the file
// that the object comes from: only now, because nothing keeps lines while
// everything goes well. Of a field that is not there, or not in this file, it is
// what is nearest above it. Where the file does not tell, p stays as it is.
func (app *App) placed(p diag.Problem) diag.Problem {
	if p.Path == "" || p.File == "" || p.File == app.PolicyFile || app.Read == nil {
		return p
	}
	o, ok := app.about(p)
	if !ok {
		return p
	}
	if line, col := fieldIn(app.source(p.File), p.Line, o.Ref(), steps(p.Path)); line > 0 {
		p.Line, p.Col = line, col
	}
	return p
}

// source is a file, which is read once.
func (app *App) source(file string) []*sourceDocument {
	docs, known := app.sources[file]
	if known {
		return docs
	}
	if app.sources == nil {
		app.sources = map[string][]*sourceDocument{}
	}
	docs = documents(app.Read(file))
	app.sources[file] = docs
	return docs
}

// A subject is what a finding tells of the object that it is about.
type subject struct {
	file string
	line int
	name string
}

// about is the object that a finding is about: its message begins with it.
func (app *App) about(p diag.Problem) (manifest.Object, bool) {
	if app.subjects == nil {
		app.subjects = map[subject]manifest.Object{}
		for _, list := range [][]manifest.Object{app.Rendered, app.Objects} {
			for _, o := range list {
				at := o.Origin()
				app.subjects[subject{at.File, at.Line, o.Ref().Kind}] = o
				app.subjects[subject{at.File, at.Line, called(o)}] = o
			}
		}
	}
	name, _, _ := strings.Cut(p.Msg, ": ")
	o, ok := app.subjects[subject{p.File, p.Line, name}]
	return o, ok
}

// fieldIn finds a field in a file. The object is the document at the
// line, or without a line the only one that can be it; line is 0 if there is
// none.
func fieldIn(docs []*sourceDocument, at int, ref manifest.Ref, path []any) (line, col int) {
	var found *yaml.Node
	for _, d := range docs {
		if at > 0 && (at < d.line || at >= d.line+d.lines) {
			continue
		}
		switch root := d.object(ref, at > 0); {
		case root == nil:
		case found != nil:
			return 0, 0 // it may be either
		default:
			found = root
		}
	}
	if found == nil {
		return 0, 0
	}
	return nearest(found, path)
}

// nearest is where the field at path begins, or the last part of the path that
// is there.
func nearest(at *yaml.Node, path []any) (line, col int) {
	line, col = at.Line, at.Column
	for _, step := range path {
		key, value := child(at, step)
		if key == nil {
			break
		}
		line, col, at = key.Line, key.Column, value
	}
	return line, col
}

// child is what stands at a step, and where it begins: an entry with its key.
func child(at *yaml.Node, step any) (key, value *yaml.Node) {
	if at.Kind == yaml.AliasNode {
		at = at.Alias
	}
	switch step := step.(type) {
	case string:
		for i := 0; at.Kind == yaml.MappingNode && i+1 < len(at.Content); i += 2 {
			if at.Content[i].Value == step {
				return at.Content[i], at.Content[i+1]
			}
		}
	case int:
		if at.Kind == yaml.SequenceNode && step < len(at.Content) {
			return at.Content[step], at.Content[step]
		}
	}
	return nil, nil
}

// A sourceDocument is one of a YAML file, with the line that it begins at.
type sourceDocument struct {
	text        []byte
	line, lines int
	// parsed is made of the text when it is first asked for; nil if it is no YAML.
	parsed *yaml.Node
	tried  bool
}

// documents cuts a file. A separator belongs to the document before it, whose
// lines count it.
func documents(text []byte) []*sourceDocument {
	var out []*sourceDocument
	start, line, first := 0, 1, 1
	for at := 0; at < len(text); line++ {
		end := len(text)
		if n := bytes.IndexByte(text[at:], '\n'); n >= 0 {
			end = at + n + 1
		}
		if bytes.HasPrefix(text[at:end], []byte("---")) {
			out = append(out, &sourceDocument{text: text[start:at], line: first, lines: line + 1 - first})
			start, first = end, line+1
		}
		at = end
	}
	return append(out, &sourceDocument{text: text[start:], line: first, lines: line + 1 - first})
}

// action is one of a chart's template.
var action = lazy.Regexp(`(?s)\{\{.*?\}\}`)

// object is the node of the object in d; nil if it cannot be that one.
func (d *sourceDocument) object(ref manifest.Ref, sure bool) *yaml.Node {
	if !bytes.Contains(d.text, []byte(ref.Kind)) {
		return nil
	}
	root := d.root()
	if items := valueAt(root, "items"); items != nil && items.Kind == yaml.SequenceNode {
		return item(items, ref)
	}
	if root == nil || textOf(root, "kind") != ref.Kind {
		return nil
	}
	if (!sure || d.isTemplate()) && !mayBe(root, ref) {
		return nil
	}
	return root
}

func (d *sourceDocument) isTemplate() bool { return bytes.Contains(d.text, []byte("{{")) }

// root is what d holds, with the lines of the file. Of a chart's template the
// actions are left out as far as that leaves YAML.
func (d *sourceDocument) root() *yaml.Node {
	if d.tried {
		return d.parsed
	}
	d.tried = true
	text := d.text
	if d.isTemplate() {
		text = withoutActions(text)
	}
	var doc yaml.Node
	if yaml.Unmarshal(text, &doc) != nil || len(doc.Content) == 0 {
		return nil
	}
	d.parsed = doc.Content[0]
	moved(d.parsed, d.line-1)
	return d.parsed
}

// item is the object in a list of them.
func item(items *yaml.Node, ref manifest.Ref) *yaml.Node {
	i := slices.IndexFunc(items.Content, func(n *yaml.Node) bool {
		return textOf(n, "kind") == ref.Kind && textOf(valueAt(n, "metadata"), "name") == ref.Name
	})
	if i < 0 {
		return nil
	}
	return items.Content[i]
}

// filled stands in a template for what an action prints.
const filled = "filled-in"

// withoutActions leaves of a template the lines that are not only actions, so
// that all of them stay where they are.
func withoutActions(text []byte) []byte {
	text = action().ReplaceAllFunc(text, func(a []byte) []byte {
		return append([]byte(filled), bytes.Repeat([]byte("\n"), bytes.Count(a, []byte("\n")))...)
	})
	lines := bytes.Split(text, []byte("\n"))
	for i, line := range lines {
		if len(bytes.TrimSpace(bytes.ReplaceAll(line, []byte(filled), nil))) == 0 {
			lines[i] = nil
		}
	}
	return bytes.Join(lines, []byte("\n"))
}

// mayBe reports whether an object of this name can come from the node: a
// kustomization puts something before or after the name, and a template fills
// something in.
func mayBe(root *yaml.Node, ref manifest.Ref) bool {
	name := textOf(valueAt(root, "metadata"), "name")
	if strings.Contains(name, filled) {
		for part := range strings.SplitSeq(name, filled) {
			if !strings.Contains(ref.Name, part) {
				return false
			}
		}
		return true
	}
	return strings.Contains(ref.Name, name)
}

// moved adds lines to all that is in the node.
func moved(n *yaml.Node, lines int) {
	n.Line += lines
	for _, c := range n.Content {
		moved(c, lines)
	}
}

func valueAt(n *yaml.Node, key string) *yaml.Node {
	if n == nil {
		return nil
	}
	_, value := child(n, key)
	return value
}

func textOf(n *yaml.Node, key string) string {
	if v := valueAt(n, key); v != nil {
		return v.Value
	}
	return ""
}

// step is one of a path as manifest.PathString writes it.
var step = lazy.Regexp(`^(?:\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\.?([^.\[]+))`)

// steps reads a path; what is no path has none.
func steps(path string) []any {
	var out []any
	for path != "" {
		m := step().FindStringSubmatch(path)
		switch {
		case m == nil:
			return nil
		case m[1] != "":
			n, _ := strconv.Atoi(m[1])
			out = append(out, n)
		case m[2] != "":
			key, _ := strconv.Unquote(m[2])
			out = append(out, key)
		default:
			out = append(out, m[3])
		}
		path = path[len(m[0]):]
	}
	return out
}
