package kustomize

import (
	"bytes"
	"path"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/resid"
)

// origins says which file an object was read from. Kustomize knows, but tells
// only by adding annotations while it builds, which patches could notice. So this
// looks at the lines of the files that were read; it serves messages alone, and
// may miss an object that is written in an unusual way.
type origins struct {
	// files are those that were read, by the kinds and names of what is in them.
	files map[identity]string
	// fallback is the file of everything else: what is generated, and so on.
	fallback string
}

type identity struct{ kind, name string }

// add looks through one file that kustomize has read.
func (o *origins) add(file string, data []byte) {
	if ext := path.Ext(file); ext != ".yaml" && ext != ".yml" {
		return
	}
	var id identity
	inMetadata := false
	for line := range bytes.Lines(data) {
		if bytes.HasPrefix(line, []byte("   ")) {
			continue // too deep to say what an object is
		}
		text := string(bytes.TrimRight(line, " \t\r\n"))
		key, value, _ := strings.Cut(text, ":")
		value = strings.Trim(value, ` "'`)
		switch {
		case strings.HasPrefix(text, "---"):
			id, inMetadata = identity{}, false
		case key == "kind":
			id.kind = value
		case inMetadata && key == "  name":
			id.name = value
		case text != "" && text[0] != ' ' && text[0] != '#':
			inMetadata = key == "metadata"
		}
		if id.kind != "" && id.name != "" {
			o.know(id, file)
		}
	}
}

// know adds the file of an object. The first one counts.
func (o *origins) know(id identity, file string) {
	if o.files == nil {
		o.files = map[identity]string{}
	}
	if _, known := o.files[id]; !known {
		o.files[id] = file
	}
}

// of returns the file of an object. Its name may have got a prefix and a suffix
// since: the longest name of its kind that is a part of it counts then.
func (o *origins) of(id resid.ResId) string {
	if file, ok := o.files[identity{id.Kind, id.Name}]; ok {
		return file
	}
	longest, found := "", o.fallback
	for known, file := range o.files {
		if known.kind != id.Kind || !strings.Contains(id.Name, known.name) {
			continue
		}
		if len(known.name) > len(longest) || len(known.name) == len(longest) && known.name < longest {
			longest, found = known.name, file
		}
	}
	return found
}
