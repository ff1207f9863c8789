// Package kustomization knows the kustomizations that do nothing but list files and
// directories, and the objects that kustomize hands on as they are.
//
// It answers for what it is certain of, and leaves everything else to kustomize
// itself. It knows kustomize's rules and not its library, so that the front can have
// it; it does not know files.
package kustomization

import (
	"bytes"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// names are the texts that fields of a kustomization must have.
var names = map[string]string{"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}

// Resources reads a kustomization that has nothing but resources, each a path of
// plain letters, and returns them. Ok is false if it is any other one.
func Resources(data []byte) (entries []string, ok bool) {
	if !utf8.Valid(data) {
		return nil, false
	}
	if len(data) > 0 && data[len(data)-1] != '\n' {
		data = append(data[:len(data):len(data)], '\n')
	}
	root, ok := manifest.Read(data)
	if !ok || bytes.Contains(data, []byte("\n---")) {
		return nil, false
	}
	for key, value := range root.Entries() {
		switch {
		case key.Text() == "resources":
			if entries, ok = paths(value); !ok {
				return nil, false
			}
		case names[key.Text()] == "" || names[key.Text()] != value.Text() || value.Sense() != manifest.SenseText:
			return nil, false
		}
	}
	return entries, len(entries) > 0
}

// paths are the items of a list.
func paths(list manifest.Part) (out []string, ok bool) {
	for item := range list.Items() {
		if item.Sense() != manifest.SenseText || !isPath(item.Text()) {
			return nil, false
		}
		out = append(out, item.Text())
	}
	return out, true
}

// isPath reports whether an entry can be nothing but a path below the directory of
// its kustomization or one above it: no address, and nothing that kustomize could
// warn of.
func isPath(entry string) bool {
	lower := strings.ToLower(entry)
	if entry == "" || entry[0] == '/' || strings.HasPrefix(lower, "github.com") || strings.HasPrefix(lower, "www.") {
		return false
	}
	for _, c := range []byte(entry) {
		if !isLetter(c) && !isDigit(c) && strings.IndexByte("._-/", c) < 0 {
			return false
		}
	}
	for part := range strings.SplitSeq(entry, "/") {
		if part != ".." && strings.Contains(part, "..") {
			return false
		}
	}
	clean := path.Clean(entry)
	return entry == clean || entry == "./"+clean || entry == clean+"/"
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
