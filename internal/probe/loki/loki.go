// Package loki asks Loki whether it is ready, whether it answers queries, and
// whether what is written to it can be read again.
//
// It knows Loki's HTTP API and what its answers mean. It knows nothing about
// waiting.
package loki

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	probehttp "github.com/argocd-safesync/argocd-safesync/internal/probe/http"
)

// Access is how the probes of this package ask.
type Access struct {
	// At says what to ask; every key has its value.
	At hookspec.Loki
	// HTTP has trust and credentials; the request is made of At.
	HTTP probehttp.Config
	Now  func() time.Time
}

// send sends a request to path below base.
func (a Access) send(ctx context.Context, method, base, path, body string) (*probehttp.Answer, error) {
	c := a.HTTP
	c.HTTP = a.At.Request()
	c.Method, c.URL, c.Body = method, strings.TrimRight(base, "/")+path, body
	bare, _, _ := strings.Cut(c.URL, "?")
	c.Place = method + " " + bare
	if body != "" {
		if c.Headers == nil {
			c.Headers = map[string]string{}
		}
		c.Headers["Content-Type"] = "application/json"
	}
	return probehttp.Fetch(ctx, c)
}

// get asks path and wants 200.
func (a Access) get(ctx context.Context, path string) (*probehttp.Answer, error) {
	answer, err := a.send(ctx, http.MethodGet, a.At.URL, path, "")
	if err != nil {
		return nil, err
	}
	if answer.Status != http.StatusOK {
		return nil, a.unexpected(answer, "200")
	}
	return answer, nil
}

// unexpected tells the two kinds of 401 apart: Loki wants a tenant, and a
// gateway before it wants a password.
func (a Access) unexpected(answer *probehttp.Answer, want string) error {
	switch {
	case answer.Status != http.StatusUnauthorized:
		return answer.Unexpected(want)
	case strings.Contains(answer.Text(), "no org id"):
		return probe.Refusal("%s: 401 no org id: set tenant", answer.Place)
	case a.At.Auth == nil:
		return probe.Refusal("%s: 401 Unauthorized: set auth, a gateway wants to know who asks", answer.Place)
	}
	return probe.Refusal("%s: 401 Unauthorized: the credentials of auth are not those that are wanted", answer.Place)
}

// success wants the envelope of an answer that is not an error, and reads it
// into v.
func success(answer *probehttp.Answer, status *string, v any) error {
	if err := answer.JSON(v); err != nil {
		return err
	}
	if *status != "success" {
		return probe.NotYet(probe.Content, "%s: want an answer of Loki's API, got JSON without status success", answer.Place)
	}
	return nil
}
