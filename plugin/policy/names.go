package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/lazy"
)

// The forms of names are Kubernetes' own: RFC 1123 labels and subdomains, and label
// keys and values (k8s.io/apimachinery/pkg/util/validation).
var labelValue = lazy.Regexp(`^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$`)

// isLabel reports whether name has the characters of an RFC 1123 label.
func isLabel(name string) bool {
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && !isDigit(c) && (c != '-' || i == 0 || i+1 == len(name)) {
			return false
		}
	}
	return name != ""
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

const (
	maxLabel      = 63
	maxSubdomain  = 253
	subdomainForm = "a name that Kubernetes takes"
	nameHint      = "use lower case letters, digits and -, with a letter or digit at both ends"
)

// checkLabel wants name to be an RFC 1123 label of at most limit characters.
func checkLabel(at, name string, limit int, report report) {
	switch {
	case len(name) > limit:
		report(at, fmt.Sprintf("want at most %d characters, got %d", limit, len(name)), "")
	case !isLabel(name):
		report(at, fmt.Sprintf("want %s, got %q", subdomainForm, name), nameHint)
	}
}

// checkSubdomain wants name, if it is given, to be an RFC 1123 subdomain.
func checkSubdomain(at, name string, report report) {
	if name != "" && !isSubdomain(name) {
		report(at, fmt.Sprintf("want %s, got %.80q", subdomainForm, name), nameHint)
	}
}

// isSubdomain reports whether name is an RFC 1123 subdomain: labels with dots
// between.
func isSubdomain(name string) bool {
	for part := range strings.SplitSeq(name, ".") {
		if !isLabel(part) {
			return false
		}
	}
	return len(name) <= maxSubdomain
}

func checkLabels(at string, labels map[string]string, report report) {
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		value := labels[key]
		if !isLabelKey(key) {
			report(at+"."+key, fmt.Sprintf("want a label's name as the key, got %.80q", key), "")
		}
		if len(value) > maxLabel || !labelValue().MatchString(value) {
			report(at+"."+key, fmt.Sprintf("want a label's value, got %.80q", value), "use at most 63 letters, digits, -, _ and ., with a letter or digit at both ends")
		}
	}
}

func isLabelKey(key string) bool {
	prefix, name, found := strings.Cut(key, "/")
	if !found {
		prefix, name = "", key
	}
	return name != "" && len(name) <= maxLabel && labelValue().MatchString(name) && (!found || isSubdomain(prefix))
}

// matches reports whether name is what pattern describes, in which a * stands
// for any text.
func matches(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(name, parts[0])
	if len(parts) == 1 || !ok {
		return ok && rest == ""
	}
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}

func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, name) })
}
