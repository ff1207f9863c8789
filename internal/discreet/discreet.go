// Package discreet tells messages without the secrets of an application: of what it
// was given as values it knows which look secret, and takes these out of a text.
//
// What is secret: the value of a key that says so, what a Secret object holds, what
// stands behind such a word within another text, and what the caller says is. Not a
// word that only configures something, such as true or default, and no text of
// fewer than four bytes: they are everywhere.
//
// What is hidden: a secret wherever it is, as it is or as quotes, JSON, YAML, HTML or
// an address write it, and in base64 whatever is beside it there. One that is a
// single word, or a number, is the name of other things too: it is hidden where it
// stands alone, and stays as a part of a longer word, of a path, of a key with dots
// or of a name with hyphens. Of what libraries quote because they could not read it,
// parts of a secret are hidden too.
//
// What stays: everything else, so that a message still says what to mend. Keys,
// paths and names of templates are not secret, and a caller that has them apart
// from the reason does not ask.
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
	"unicode/utf8"
)

// least is how many bytes a text has that is hidden.
const least = 4

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
	case map[any]any: // YAML's keys may be numbers
		fields := make(map[string]any, len(value))
		for key, value := range value {
			fields[fmt.Sprint(key)] = value
		}
		v.addMap(fields, isSecret)
	case []any:
		for _, item := range value {
			v.add(item, isSecret)
		}
	case float64: // a template may print it in both ways
		v.add(strconv.FormatFloat(value, 'f', -1, 64), isSecret)
		v.add(fmt.Sprint(value), isSecret)
	case nil, bool:
	default:
		text := fmt.Sprint(value)
		if isSecret {
			v.keep(text)
		}
		v.keepParts(text)
	}
}

// addMap knows besides keys the entries that have a name and a value, such as those of
// env, and Secrets.
func (v *Values) addMap(fields map[string]any, isSecret bool) {
	name, _ := fields["name"].(string)
	isObject := fields["kind"] == "Secret"
	for key, value := range fields {
		switch {
		case isObject && (key == "data" || key == "stringData"):
			v.add(value, true)
			v.addDecoded(value)
		case key == "value" && looksSecret(name):
			v.add(value, true)
		case describes(key):
			v.add(value, false)
		default:
			v.add(value, isSecret || looksSecret(key))
		}
	}
}

// addDecoded notes what the data of a Secret stands for.
func (v *Values) addDecoded(data any) {
	fields, _ := data.(map[string]any)
	for _, value := range fields {
		text, _ := value.(string)
		if plain, err := base64.StdEncoding.DecodeString(text); err == nil && utf8.Valid(plain) {
			v.add(string(plain), true)
		}
	}
}

// configures are words that are given for a secret and are none.
var configures = []string{"true", "false", "null", "none", "default", "enabled", "disabled", "enable", "disable", "auto", "automatic"}

// keyAlone is a line of a configuration that has no value.
var keyAlone = regexp.MustCompile(`^[\w.-]+:$`)

// keep notes a text, and what is left of it where lines are taken apart.
func (v *Values) keep(text string) {
	if v.texts == nil {
		v.texts = map[string]bool{}
	}
	for _, part := range append([]string{text, strings.Join(strings.Fields(text), " ")}, strings.Split(text, "\n")...) {
		part = strings.TrimSpace(part)
		if len(part) >= least && !slices.Contains(configures, strings.ToLower(part)) && !keyAlone.MatchString(part) {
			v.texts[part] = true
		}
	}
}

var (
	// assigned are keys and what is behind them in a text, such as an argument or a
	// connection string.
	assigned = regexp.MustCompile(`(?i)([a-z0-9_.-]*(?:pass|pwd|secret|token|credential|key)[a-z0-9_.-]*)["']?\s*[=:]\s*["']?([^\s"',;&]+)`)
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
	for _, m := range assigned.FindAllStringSubmatch(text, -1) {
		if looksSecret(m[1]) {
			v.keep(m[2])
		}
	}
	for _, m := range inAddress.FindAllStringSubmatch(text, -1) {
		v.keep(m[1])
	}
}
