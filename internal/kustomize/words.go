package kustomize

import "go.yaml.in/yaml/v3"

// A word stands for a text that may be a name.
type word int32

// words numbers texts.
type words struct {
	index map[string]word
	texts []string
	// last is where each word was seen last, current the texts of what is read.
	last    []int
	turn    int
	current []word
}

// longestName is that of a text that may be a name.
const longestName = 512

func (w *words) of(text string) word {
	n, ok := w.index[text]
	if !ok {
		n = word(len(w.texts))
		w.index[text] = n
		w.texts = append(w.texts, text)
		w.last = append(w.last, 0)
	}
	return n
}

func (w *words) text(n word) string { return w.texts[n] }

// begin begins an object.
func (w *words) begin() { w.turn, w.current = w.turn+1, w.current[:0] }

// see adds a text to what is read, once. One that nothing can be called is left out.
func (w *words) see(text []byte) {
	if len(text) == 0 || len(text) > longestName {
		return
	}
	n, ok := w.index[string(text)]
	if !ok {
		n = w.of(string(text))
	}
	if w.last[n] != w.turn {
		w.last[n] = w.turn
		w.current = append(w.current, n)
	}
}

// seen are the texts since begin, each once.
func (w *words) seen() []word { return append([]word(nil), w.current...) }

// in returns the texts of a tree, each once.
func (w *words) in(node *yaml.Node) []word {
	w.begin()
	w.walk(node)
	return w.seen()
}

func (w *words) walk(n *yaml.Node) {
	switch n.Kind {
	case yaml.ScalarNode:
		w.see([]byte(n.Value))
	case yaml.MappingNode:
		for i := 1; i < len(n.Content); i += 2 {
			w.walk(n.Content[i])
		}
	default:
		for _, child := range n.Content {
			w.walk(child)
		}
	}
}

// inText returns the texts of a stream.
func (w *words) inText(text []byte) (out []word, err error) {
	for _, doc := range cut(string(text)) {
		var node yaml.Node
		if err := yaml.Unmarshal([]byte(doc), &node); err != nil {
			return nil, err
		}
		out = append(out, w.in(&node)...)
	}
	return out, nil
}
