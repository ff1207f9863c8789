package manifest

import (
	"bytes"
	"strings"

	yamlv2 "go.yaml.in/yaml/v2"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// maxExpanded bounds what aliases may grow a document to.
const maxExpanded = 16 << 20

// Grows reports whether aliases make more of a document than a run may take: the
// bound of Decode, for those who read a document in another way. What is no YAML
// does not grow.
func Grows(doc []byte) bool {
	if !bytes.ContainsRune(doc, '&') || !mayAlias(doc) {
		return false
	}
	var tree any
	if err := yamlv2.Unmarshal(doc, &tree); err != nil {
		return strings.Contains(err.Error(), "excessive aliasing")
	}
	return expanded(tree, max(maxExpanded, len(doc))) < 0
}

// refuseGrowth refuses aliases that expand to far more than their document:
// converting it to JSON would write out each of them.
func refuseGrowth(chunk []byte, at diag.Pos) error {
	if !bytes.ContainsRune(chunk, '&') || !mayAlias(chunk) {
		return nil
	}
	var tree any
	if err := yamlv2.Unmarshal(chunk, &tree); err != nil {
		return yamlProblem(err, at)
	}
	if size := expanded(tree, max(maxExpanded, len(chunk))); size < 0 {
		return at.Problemf("aliases make the document larger than %d MB", maxExpanded>>20)
	}
	return nil
}

// expanded returns how much of budget is left after writing v out, less than 0
// if it does not suffice.
func expanded(v any, budget int) int {
	switch v := v.(type) {
	case map[any]any:
		for key, value := range v {
			if budget = expanded(value, expanded(key, budget)); budget < 0 {
				return budget
			}
		}
	case []any:
		for _, value := range v {
			if budget = expanded(value, budget); budget < 0 {
				return budget
			}
		}
	case string:
		budget -= len(v)
	}
	return budget - 1
}

// mayAlias reports whether a document has what may be an alias; text that looks like
// one only costs time.
func mayAlias(doc []byte) bool {
	for i := 0; ; i++ {
		next := bytes.IndexByte(doc[i:], '*')
		if next < 0 {
			return false
		}
		i += next
		begins := i == 0 || bytes.IndexByte([]byte("\t\n\f\r ,[{:?-"), doc[i-1]) >= 0
		if begins && i+1 < len(doc) && bytes.IndexByte([]byte("\t\n\f\r *"), doc[i+1]) < 0 {
			return true
		}
	}
}
