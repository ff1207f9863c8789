package kustomization

import (
	"bytes"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// Keeper returns a function that reports whether kustomize surely hands an object on
// as Argo CD reads it from the file, and finds nothing wrong with it.
func Keeper() (keeps func(object manifest.Part) bool) {
	refer := references()
	return func(object manifest.Part) bool {
		if !hasIdentity(object) || !hasLabels(object) || !bindsAccounts(object) || !refer.allow(object) {
			return false
		}
		var t texts
		return t.annotations(object) && t.collection(object) && (!t.rewritten || !t.fragile)
	}
}

// hasIdentity wants what an object is known by, in the forms that Kubernetes has.
func hasIdentity(object manifest.Part) bool {
	version, kind := line(object, "apiVersion"), line(object, "kind")
	namespace, has := object.Get("metadata", "namespace")
	return isVersion(version) && !bytes.HasPrefix(version, []byte("kustomize.config.k8s.io/")) && isKind(kind) &&
		line(object, "metadata", "name") != nil && (!has || isLine(namespace))
}

// line is the text at a path, nil if there is none on one line.
func line(object manifest.Part, path ...any) []byte {
	if part, ok := object.Get(path...); ok && isLine(part) {
		return part.Bytes()
	}
	return nil
}

// isLine reports whether a part is a text of one line that is not empty.
func isLine(part manifest.Part) bool {
	if part.Sense() != manifest.SenseText {
		return false
	}
	line := part.Bytes()
	return len(line) > 0 && bytes.IndexByte(line, '\n') < 0
}

// isVersion reports whether a text is a version, with or without a group.
func isVersion(s []byte) bool {
	for _, c := range s {
		if (c < 'a' || c > 'z') && !isDigit(c) && strings.IndexByte("./-", c) < 0 {
			return false
		}
	}
	return len(s) > 0 && bytes.Count(s, []byte("/")) < 2 && s[0] != '/' && s[len(s)-1] != '/'
}

// isKind reports whether a text is a kind. Kustomize opens what ends with List.
func isKind(s []byte) bool {
	for _, c := range s {
		if !isLetter(c) && !isDigit(c) {
			return false
		}
	}
	return len(s) > 0 && !bytes.HasSuffix(s, []byte("List"))
}

// hasLabels wants labels that are texts, or none.
func hasLabels(object manifest.Part) bool {
	labels, ok := object.Get("metadata", "labels")
	if !ok {
		return true
	}
	for _, value := range labels.Entries() {
		if value.Sense() != manifest.SenseText {
			return false
		}
	}
	return labels.Len() > 0 && isMap(labels)
}

func isMap(p manifest.Part) bool {
	return p.Form() == manifest.FormMap || p.Form() == manifest.FormFlowMap
}

func isList(p manifest.Part) bool {
	return p.Form() == manifest.FormList || p.Form() == manifest.FormFlowList
}

// bindsAccounts wants subjects, where there are some, that have a kind: kustomize
// crashes without.
func bindsAccounts(object manifest.Part) bool {
	subjects, ok := object.Get("subjects")
	if !ok {
		return true
	}
	for subject := range subjects.Items() {
		namespace, has := subject.Get("namespace")
		if line(subject, "kind") == nil || line(subject, "name") == nil || has && !isLine(namespace) {
			return false
		}
	}
	return isList(subjects)
}

// texts is what is known of the texts of an object. Kustomize writes some texts in
// other forms than it read them, and then writes and reads the whole object several
// times; there are texts that do not survive it.
type texts struct{ rewritten, fragile bool }

// annotations looks at the annotations, which kustomize writes anew. Those that are
// its own mean something to it.
func (t *texts) annotations(object manifest.Part) bool {
	annotations, ok := object.Get("metadata", "annotations")
	if !ok {
		return true
	}
	for key, value := range annotations.Entries() {
		name := key.Text()
		if !key.SurelyText() || strings.Contains(name, "config.kubernetes.io") || strings.Contains(name, "config.k8s.io") ||
			value.Sense() != manifest.SenseText {
			return false
		}
		if text := value.Bytes(); len(text) == 0 || bytes.IndexByte(text, '\n') >= 0 && !manifest.IsLiteral(text) {
			t.rewritten = true
		}
	}
	return annotations.Len() > 0 && isMap(annotations)
}

// collection looks at everything in a mapping or a list.
func (t *texts) collection(p manifest.Part) bool {
	for key, value := range p.Entries() {
		if key.Sense() == manifest.SenseUnsure && key.Form() == manifest.FormPlain || string(key.Bytes()) == "<<" {
			return false
		}
		if value.Sense() != manifest.SenseNull && !t.value(value) {
			return false
		}
	}
	for item := range p.Items() {
		if !t.value(item) {
			return false
		}
	}
	return true
}

// value looks at a value, which is no null: those that are items get lost. Plain
// texts have no blanks at the ends of their lines.
func (t *texts) value(p manifest.Part) bool {
	switch form := p.Form(); form {
	case manifest.FormMap, manifest.FormFlowMap, manifest.FormList, manifest.FormFlowList:
		return t.collection(p)
	case manifest.FormPlain:
		sense := p.Sense()
		return sense == manifest.SenseText || sense == manifest.SenseOther
	case manifest.FormSingle, manifest.FormDouble, manifest.FormLiteral, manifest.FormFolded:
		return t.scalar(form, p.Bytes())
	default:
		return false
	}
}

// scalar looks at a text in quotes or in a block. Only double quotes can hide what is
// not printable.
func (t *texts) scalar(form manifest.Form, text []byte) bool {
	t.fragile = t.fragile || isFragile(text)
	switch form {
	case manifest.FormDouble:
		return manifest.Printable(text)
	case manifest.FormLiteral:
		t.rewritten = t.rewritten || !manifest.IsLiteral(text)
	case manifest.FormFolded:
		t.rewritten = true
		return bytes.IndexByte(bytes.TrimSuffix(text, []byte("\n")), '\n') < 0
	default:
	}
	return true
}

// isFragile reports whether a text has blanks where they can get lost.
func isFragile(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	last := text[len(text)-1]
	return text[0] == ' ' || text[0] == '\n' || last == ' ' || bytes.IndexByte(text, '\t') >= 0 ||
		bytes.Contains(text, []byte(" \n")) || bytes.HasSuffix(text, []byte("\n\n"))
}
