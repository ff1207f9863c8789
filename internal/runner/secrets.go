package runner

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// secrets holds every secret that a run has read, so that none of them leaves
// it: a server may answer with what it was sent.
type secrets struct{ values []string }

// add remembers value. Longer ones are replaced first, because one can hold
// another.
func (s *secrets) add(value string) {
	if value == "" {
		return
	}
	s.values = append(s.values, value)
	slices.SortFunc(s.values, func(a, b string) int { return len(b) - len(a) })
}

// redact replaces the secrets in text.
func (s *secrets) redact(text string) string {
	for _, v := range s.values {
		text = strings.ReplaceAll(text, v, probe.Secret{}.String())
	}
	return text
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
