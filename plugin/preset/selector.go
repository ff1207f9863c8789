package preset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/lazy"
)

// A selector holds requirements on labels; all must hold. It exists because the
// library that has one costs every start of the plugin more than this file.
type selector []requirement

// A requirement is on one key: that it has one of the values, or that it has
// none of them; without values, that it is there at all.
type requirement struct {
	key    string
	values []string
	exists bool
	not    bool
}

// requirementForms are the ways to write one: key, !key, key=value, key==value,
// key!=value, key in (a, b), key notin (a, b).
var requirementForms = lazy.Regexp(
	`^\s*(?:(!?)\s*([\w./-]+)|([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)|([\w./-]+)\s+(in|notin)\s*\(([^()]*)\))\s*(?:,|$)`)

// parseSelector reads a selector as kubectl takes it.
func parseSelector(text string) (selector, error) {
	var out selector
	for rest := text; strings.TrimSpace(rest) != ""; {
		m := requirementForms().FindStringSubmatch(rest)
		if m == nil {
			return nil, fmt.Errorf("want requirements such as key=value with commas between, got %q", text)
		}
		rest = rest[len(m[0]):]
		switch {
		case m[2] != "":
			out = append(out, requirement{key: m[2], exists: true, not: m[1] != ""})
		case m[3] != "":
			out = append(out, requirement{key: m[3], values: []string{m[5]}, not: m[4] == "!="})
		default:
			out = append(out, requirement{key: m[6], values: splitValues(m[8]), not: m[7] == "notin"})
		}
	}
	return out, nil
}

func splitValues(text string) []string {
	values := strings.Split(text, ",")
	for i, v := range values {
		values[i] = strings.TrimSpace(v)
	}
	return values
}

// matches reports whether labels, which is what stands in an object, meet every
// requirement. As in Kubernetes, an absent label meets != and notin.
func (s selector) matches(labels any) bool {
	m, _ := labels.(map[string]any)
	for _, r := range s {
		value, there := m[r.key].(string)
		holds := there
		if !r.exists {
			holds = there && slices.Contains(r.values, value)
		}
		if holds == r.not {
			return false
		}
	}
	return true
}
