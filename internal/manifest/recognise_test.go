package manifest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"
	yamlutil "k8s.io/apimachinery/pkg/util/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// agreement holds a document that the recogniser accepts against two parsers:
// sigs.k8s.io/yaml, which Argo CD reads with, and yaml.v3, which has a tree of
// its own making. It returns the document as JSON; ok is false if it is refused.
func agreement(text []byte) (asJSON string, ok bool, err error) {
	var r recogniser
	if !r.recognise(text) {
		return "", false, nil
	}
	if len(r.nodes) == 0 {
		raw, err := toJSON(text, diag.Pos{})
		if err != nil || string(raw) != "null" {
			return "", true, fmt.Errorf("empty, and yet %s, %w", raw, err)
		}
		return "null", true, nil
	}
	t := tree{text, r.nodes}
	if !t.resolvable() {
		return "", false, nil
	}
	value, _ := t.value(0)
	got, err := json.Marshal(value)
	if err != nil {
		return "", true, err
	}
	if err := agreesWithSigs(text, got); err != nil {
		return "", true, err
	}
	return string(got), true, agreesWithV3(t)
}

func agreesWithSigs(text, got []byte) error {
	raw, err := toJSON(text, diag.Pos{})
	if err != nil {
		return fmt.Errorf("sigs.k8s.io/yaml refuses it: %w", err)
	}
	fields, err := fieldsOf(raw, diag.Pos{})
	if err != nil {
		return fmt.Errorf("sigs.k8s.io/yaml reads no object: %w", err)
	}
	want, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("sigs.k8s.io/yaml reads\n%s\nwe\n%s", want, got)
	}
	return nil
}

func agreesWithV3(t tree) error {
	decoder := yaml.NewDecoder(bytes.NewReader(t.text))
	var doc, next yaml.Node
	if err := decoder.Decode(&doc); err != nil {
		return fmt.Errorf("yaml.v3 refuses it: %w", err)
	}
	if err := decoder.Decode(&next); !errors.Is(err, io.EOF) {
		return errors.New("yaml.v3 finds another document")
	}
	after, err := t.equals(0, doc.Content[0])
	if err == nil && after != len(t.nodes) {
		err = fmt.Errorf("%d nodes, and the root ends at %d", len(t.nodes), after)
	}
	return err
}

// equals compares the node at i with one of yaml.v3: kind, style and text.
func (t tree) equals(i int, want *yaml.Node) (after int, err error) {
	n := t.nodes[i]
	kinds := map[kind]yaml.Kind{blockMap: yaml.MappingNode, flowMap: yaml.MappingNode, blockList: yaml.SequenceNode, flowList: yaml.SequenceNode}
	wantKind, isCollection := kinds[n.kind]
	if !isCollection {
		wantKind = yaml.ScalarNode
	}
	styles := map[kind]yaml.Style{single: yaml.SingleQuotedStyle, double: yaml.DoubleQuotedStyle, literal: yaml.LiteralStyle, folded: yaml.FoldedStyle, flowMap: yaml.FlowStyle, flowList: yaml.FlowStyle}
	if want.Kind != wantKind || n.kind != keyNode && want.Style != styles[n.kind] || want.Anchor != "" {
		return 0, fmt.Errorf("yaml.v3 has kind %d, style %d on line %d, we %d", want.Kind, want.Style, want.Line, n.kind)
	}
	if !isCollection {
		if got := n.text(t.text); got != want.Value {
			return 0, fmt.Errorf("yaml.v3 has %q on line %d, we %q", want.Value, want.Line, got)
		}
		return i + 1, nil
	}
	after = i + 1
	for _, child := range want.Content {
		if after >= int(n.next) {
			return 0, fmt.Errorf("yaml.v3 has more children on line %d", want.Line)
		}
		if after, err = t.equals(after, child); err != nil {
			return 0, err
		}
	}
	if after != int(n.next) {
		return 0, fmt.Errorf("yaml.v3 has fewer children on line %d", want.Line)
	}
	return after, nil
}

// shapes are documents, each of which shows one thing that YAML allows, or does
// not.
func shapes(t testing.TB) []txtar.File {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/shapes.txtar")
	assert.NilError(t, err)
	assert.Assert(t, len(archive.Files) > 50)
	return archive.Files
}

// TestShapes shows what the recogniser accepts, and as what.
func TestShapes(t *testing.T) {
	var got strings.Builder
	for _, f := range shapes(t) {
		text := strings.NewReplacer("<TAB>", "\t", "<CR>", "\r", "<NEL>", "\u0085", "<LS>", "\u2028", "<BOM>", "\uFEFF", "<DEL>", "\x7F").Replace(string(f.Data))
		asJSON, ok, err := agreement([]byte(text))
		assert.NilError(t, err, f.Name)
		if !ok {
			asJSON = "refused"
		}
		fmt.Fprintf(&got, "%s: %s\n", f.Name, asJSON)
	}
	golden.Assert(t, got.String(), "shapes.want")
}

func FuzzRecognise(f *testing.F) {
	for _, shape := range shapes(f) {
		f.Add(shape.Data)
	}
	names, err := filepath.Glob("testdata/odd/*.in")
	assert.NilError(f, err)
	for _, name := range names {
		data, err := os.ReadFile(name)
		assert.NilError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		data = UTF8(data)
		reader := yamlutil.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
		for rest := normalised(data); len(rest) > 0; {
			chunk, after, ok := cutDocument(rest)
			want, err := reader.Read()
			if len(after) == 0 && losesLastLine(data) {
				return // it is refused
			}
			assert.Equal(t, ok, err == nil, "%v", err)
			if !ok {
				return
			}
			assert.Equal(t, string(chunk), string(want))
			text := keepable(chunk)
			if len(text) > 0 {
				_, _, err := agreement(text)
				assert.NilError(t, err, "%q", text)
			}
			rest = after
		}
	})
}

// TestRecogniserNeedsNoMemory holds that a document costs no allocation once the
// recogniser has seen one of its size.
func TestRecogniserNeedsNoMemory(t *testing.T) {
	text := []byte("kind: A\nmetadata:\n  name: x # y\nspec:\n- {a: [b, 'c']}\n- d: |\n    e\n  f: \"g\\n\n    h\"\n")
	var r recogniser
	got := testing.AllocsPerRun(100, func() {
		if !r.recognise(text) {
			t.Error("refused")
		}
	})
	assert.Equal(t, got, 0.0)
}
