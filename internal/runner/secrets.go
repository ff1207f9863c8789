package runner

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// secrets holds every secret that a run has read, so that none of them leaves
// it: a server may answer with what it was sent.
type secrets struct {
	// forms are the secrets as they can stand in a text, longer ones first because
	// one can hold another.
	forms []string
}

// add remembers value, and how it looks in quotes, in JSON in quotes and in a
// URL: messages quote what a server says.
func (s *secrets) add(value string) {
	if value == "" {
		return
	}
	s.forms = append(s.forms, value, quoted(value), quoted(quoted(value)), url.QueryEscape(value), url.PathEscape(value))
	slices.SortFunc(s.forms, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	s.forms = slices.Compact(s.forms)
}

func quoted(s string) string {
	q := strconv.Quote(s)
	return q[1 : len(q)-1]
}

// redact replaces the secrets in text, and their beginnings where text is cut.
func (s *secrets) redact(text string) string {
	for _, form := range s.forms {
		text = strings.ReplaceAll(text, form, redacted)
		text = redactCut(text, form)
	}
	return text
}

const (
	redacted = "[redacted]"
	// cut is what a message ends a text with that it shows only the beginning of.
	cut = "…"
	// shortest is how much of a secret may show at such a place.
	shortest = 3
)

func redactCut(text, form string) string {
	if !strings.Contains(text, cut) {
		return text
	}
	for n := len(form) - 1; n > shortest; n-- {
		text = strings.ReplaceAll(text, form[:n]+cut, redacted+cut)
	}
	return text
}

// clean makes text fit for one line of a log or a message: no secrets, and no
// control characters, which a system that we ask could send to the terminal of
// whoever reads them.
func (r *run) clean(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, r.secrets.redact(text))
}

func (s *secrets) redactErr(err error) error { return errors.New(s.redact(err.Error())) }

// secret reads what ref, which is at path below a step's kind, refers to. The
// error begins with the path.
func (r *run) secret(ref *hookspec.SecretRef, path string) (probe.Secret, error) {
	var value string
	switch {
	case ref.Secret != "":
		return probe.Secret{}, fmt.Errorf("%s.secret: want env or file, got a Secret: the plugin turns one into an environment variable of the Job", path)
	case ref.Env != "":
		v, ok := r.env.Getenv(ref.Env)
		if !ok && ref.Optional {
			return probe.Secret{}, &absentSecret{path: path, variable: ref.Env}
		}
		if !ok {
			return probe.Secret{}, fmt.Errorf("%s.env: want the environment variable %s, it is not set", path, ref.Env)
		}
		value = v
	default:
		text, err := r.env.ReadFile(ref.File)
		if err != nil {
			return probe.Secret{}, fmt.Errorf("%s.file: %w", path, err)
		}
		value = strings.TrimRight(string(text), "\r\n") // editors and echo add one
	}
	if value == "" {
		return probe.Secret{}, fmt.Errorf("%s: want a value, got an empty one", path)
	}
	r.secrets.add(value)
	return probe.NewSecret(value), nil
}

// An absentSecret is a reference that may lead nowhere, and does. Steps that can
// go on without it, or say more about it, look for it.
type absentSecret struct{ path, variable string }

// Error begins with the path.
func (a *absentSecret) Error() string {
	return fmt.Sprintf("%s: want a value in the environment variable %s, the Secret that it comes from does not exist or has no such key", a.path, a.variable)
}

// answer is what a step says that needs the secret.
func (a *absentSecret) answer() error {
	return probe.No(probe.Absent, "%s", strings.TrimPrefix(a.Error(), "."))
}

// basic reads a user name and a password, and remembers the form in which they
// travel.
func (r *run) basic(auth *hookspec.BasicAuth, path string) (user, password probe.Secret, err error) {
	if user, err = r.secret(auth.Username, path+".username"); err != nil {
		return user, password, err
	}
	if password, err = r.secret(auth.Password, path+".password"); err != nil {
		return user, password, err
	}
	r.secrets.add(base64.StdEncoding.EncodeToString([]byte(user.Reveal() + ":" + password.Reveal())))
	return user, password, nil
}
