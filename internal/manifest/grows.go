package manifest

import (
	"bytes"
	"strings"

	yamlv2 "go.yaml.in/yaml/v2"
)

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
