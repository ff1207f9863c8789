package hookspec

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/lazy"
)

// What a step names ends up in a Role. These are the forms that Kubernetes
// itself takes, so that no name can be a wildcard, a subresource or a second
// path in disguise.
var (
	// dnsLabel is RFC 1123: names of namespaces.
	dnsLabel = form(63, `^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
	// wordLabel is RFC 1035: versions and resources, which begin with a letter.
	wordLabel = form(63, `^[a-z]([-a-z0-9]*[a-z0-9])?$`)
	// kindName is the same with capitals, as a CustomResourceDefinition may have it.
	kindName = form(63, `^[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?$`)
	// objectName has colons and capitals too, which names of Roles may have.
	objectName = form(253, `^[A-Za-z0-9]([-A-Za-z0-9._:]*[A-Za-z0-9])?$`)
)

// A nameForm is a pattern and the bytes it may have. A pattern that counts them
// itself takes a millisecond.
type nameForm struct {
	longest int
	pattern func() *regexp.Regexp
}

func form(longest int, pattern string) nameForm {
	return nameForm{longest, lazy.Regexp(pattern)}
}

// MatchString reports whether a name has the form.
func (f nameForm) MatchString(name string) bool {
	return len(name) <= f.longest && f.pattern().MatchString(name)
}

// reporter takes what is wrong with the value of a key.
type reporter = func(key, msg, hint string)

// checkName wants the name of one object. Like the checks below it leaves to the
// decoder what is not there: it knows which keys are required.
func checkName(key, name string, report reporter) {
	if name != "" && !objectName.MatchString(name) {
		report(key, fmt.Sprintf("want the name of one object, got %q", name), "letters, digits, dashes and dots")
	}
}

// checkNamespace wants one namespace.
func checkNamespace(namespace string, report reporter) {
	if namespace != "" && !dnsLabel.MatchString(namespace) {
		report("namespace", fmt.Sprintf("want the name of one namespace, got %q", namespace), "small letters, digits and dashes, 63 at most")
	}
}

// checkAPIVersion wants a group and a version, or a version alone for the core
// group.
func checkAPIVersion(text string, report reporter) {
	if text == "" {
		return
	}
	group, version, found := strings.Cut(text, "/")
	if !found {
		group, version = "", text
	}
	if !wordLabel.MatchString(version) || found && !isGroup(group) {
		report("apiVersion", fmt.Sprintf("want a group and a version, got %q", text), "write it like apps/v1, or v1 for the core group")
	}
}

// isGroup is RFC 1123's subdomain.
func isGroup(group string) bool {
	for label := range strings.SplitSeq(group, ".") {
		if !dnsLabel.MatchString(label) {
			return false
		}
	}
	return len(group) <= 253
}

// checkKind wants a kind, and the resource that it is served under, in words
// that RBAC takes for themselves.
func checkKind(k *Kubernetes, report reporter) {
	checkAPIVersion(k.APIVersion, report)
	if k.Kind != "" && !kindName.MatchString(k.Kind) {
		report("kind", fmt.Sprintf("want a kind, got %q", k.Kind), "write it like Deployment")
	}
	if k.Resource != "" && !wordLabel.MatchString(k.Resource) {
		report("resource", fmt.Sprintf("want the plural name of a kind, without a subresource, got %q", k.Resource), "write it like deployments")
	}
	if k.Group() != "" || k.Plural() != secrets {
		return
	}
	key := "kind"
	if k.Resource != "" {
		key = "resource"
	}
	report(key, "want no Secrets: a hook may not read them, and the permission to look at one is the permission to read it", "look at what depends on it or what makes it, such as a Certificate")
}

// secrets is what the core group calls the one kind that no hook may read.
const secrets = "secrets"
