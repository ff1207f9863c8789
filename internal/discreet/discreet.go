// Package discreet tells messages without the secrets of an application: of what it
// was given as values it knows which look secret, and takes these out of a text.
//
// It knows keys and texts; it does not know Helm, Jsonnet or kustomize, nor whose
// message it is. docs/security.md has its rule for people.
package discreet

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	// least is how many bytes a text has that is hidden: shorter ones are everywhere.
	least = 4
	// hidden stands for a text.
	hidden = "(hidden)"
)

// Values are the texts that must not be told. The zero value has none.
type Values struct{ texts map[string]bool }

// Add looks through values, as YAML and JSON have them.
func (v *Values) Add(tree any) { v.add(tree, false) }

// AddNamed looks at one value by its name, which may be a path such as db.password.
func (v *Values) AddNamed(name string, value any) { v.add(value, looksSecret(name)) }

// AddSecret notes a text that is secret whatever it is called.
func (v *Values) AddSecret(text string) { v.add(text, true) }

func (v *Values) add(value any, isSecret bool) {
	switch value := value.(type) {
	case map[string]any:
		v.addMap(value, isSecret)
	case []any:
		for _, item := range value {
			v.add(item, isSecret)
		}
	case float64: // a template may print it in both ways
		v.add(strconv.FormatFloat(value, 'f', -1, 64), isSecret)
		v.add(fmt.Sprint(value), isSecret)
	case nil, bool:
	default:
		if text := fmt.Sprint(value); isSecret {
			v.keep(text)
		} else {
			v.keepParts(text)
		}
	}
}

// addMap knows besides keys the entries that have a name and a value, such as those of
// env, and Secrets.
func (v *Values) addMap(fields map[string]any, isSecret bool) {
	name, _ := fields["name"].(string)
	kind, _ := fields["kind"].(string)
	for key, value := range fields {
		switch {
		case key == "value" && looksSecret(name), kind == "Secret" && (key == "data" || key == "stringData"):
			v.add(value, true)
		case describes(key):
			v.add(value, false)
		default:
			v.add(value, isSecret || looksSecret(key))
		}
	}
}

// keep notes a text, and what is left of it where lines are taken apart.
func (v *Values) keep(text string) {
	if v.texts == nil {
		v.texts = map[string]bool{}
	}
	for _, part := range append([]string{text, strings.Join(strings.Fields(text), " ")}, strings.Split(text, "\n")...) {
		if part = strings.TrimSpace(part); len(part) >= least {
			v.texts[part] = true
		}
	}
}

var (
	// assigned are secrets in a text, such as an argument or a connection string.
	assigned = regexp.MustCompile(`(?i)(?:passw(?:or)?d|passphrase|pwd|secret|token|credential|(?:api|access|private)[_-]?key)[a-z0-9_.-]*["']?\s*[=:]\s*["']?([^\s"',;&]+)`)
	// inAddress is the password in an address.
	inAddress = regexp.MustCompile(`://[^\s/:@]*:([^\s@]+)@`)
	// privateKey is the beginning of one.
	privateKey = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)
)

// keepParts notes what looks secret in a text that does not look so itself.
func (v *Values) keepParts(text string) {
	if privateKey.MatchString(text) {
		v.keep(text)
		return
	}
	for _, form := range []*regexp.Regexp{assigned, inAddress} {
		for _, m := range form.FindAllStringSubmatch(text, -1) {
			v.keep(m[1])
		}
	}
}

// quoted is a text in quotes, as libraries quote what they could not read.
var quoted = regexp.MustCompile("\"[^\"]+\"|`[^`]+`|'[^']+'")

// Hide returns a message without the texts: as they are, as a quoted text or in
// base64 has them, and without parts of them that stand in quotes.
func (v *Values) Hide(message string) string {
	if len(v.texts) == 0 {
		return message
	}
	var forms []string
	for text := range v.texts {
		inQuotes := strconv.Quote(text)
		forms = append(forms, text, inQuotes[1:len(inQuotes)-1], base64.StdEncoding.EncodeToString([]byte(text)))
	}
	// The longest goes first: another one may be part of it.
	slices.SortFunc(forms, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	for _, form := range forms {
		message = strings.ReplaceAll(message, form, hidden)
	}
	return quoted.ReplaceAllStringFunc(message, func(part string) string {
		inside := part[1 : len(part)-1]
		for _, form := range forms {
			if len(inside) >= least && strings.Contains(form, inside) {
				return part[:1] + hidden + part[:1]
			}
		}
		return part
	})
}
