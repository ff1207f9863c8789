// Package prometheus asks Prometheus whether it is ready, runs what it was
// configured with, and reaches its targets.
//
// It knows Prometheus' HTTP API and what its answers mean; every replica is
// asked, because each has its own view. It knows nothing about waiting, and how
// the replicas are found is its caller's concern.
package prometheus

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	probehttp "github.com/argocd-safesync/argocd-safesync/internal/probe/http"
)

// A Replica is one of several that answer for themselves.
type Replica struct {
	Name string // of its pod
	IP   string
}

// Access is how the probes of this package ask.
type Access struct {
	// At says what to ask; every key has its value.
	At hookspec.Prometheus
	// HTTP has trust and credentials; the request is made of At.
	HTTP probehttp.Config
	// Replicas lists the pods to ask; nil asks At's URL. Its error is an answer.
	Replicas func(ctx context.Context) ([]Replica, error)
	Now      func() time.Time
}

// An instance is one Prometheus that can be asked.
type instance struct {
	name   string // of its pod; "" where a Service stands for it
	base   string // URL without a slash at the end
	server string // name that its certificate is for; "" is the URL's host
}

// instances are all that have to be asked.
func (a Access) instances(ctx context.Context) ([]instance, error) {
	base := strings.TrimRight(a.At.URL, "/")
	if a.Replicas == nil {
		return []instance{{base: base}}, nil
	}
	replicas, err := a.Replicas(ctx)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(base)
	if err != nil {
		return nil, probe.No(probe.Other, "want a URL, got %q", base)
	}
	server := u.Hostname() // what a certificate is for; the pod's address is in none
	out := make([]instance, len(replicas))
	for i, r := range replicas {
		own := *u
		own.Host = net.JoinHostPort(r.IP, a.port(u))
		out[i] = instance{name: r.Name, base: own.String(), server: server}
	}
	return out, nil
}

func (a Access) port(u *url.URL) string {
	switch {
	case a.At.PodPort != 0:
		return strconv.Itoa(a.At.PodPort)
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// get asks one instance for path.
func (a Access) get(ctx context.Context, i instance, path string) (*probehttp.Answer, error) {
	c := a.HTTP
	c.HTTP = a.At.Request()
	c.URL = i.base + path
	bare, _, _ := strings.Cut(c.URL, "?")
	c.Place = c.Method + " " + bare
	if i.server != "" {
		c.Client = probe.Named(c.Client, i.server)
	}
	return probehttp.Fetch(ctx, c)
}

// ask returns the data that the API answers a path with. It is generic because
// every path has data of another shape in the same envelope.
func ask[T any](ctx context.Context, a Access, i instance, path string) (data T, err error) {
	answer, err := a.get(ctx, i, path)
	if err != nil {
		return data, err
	}
	var said struct {
		Status, ErrorType, Error string
		Data                     T
	}
	readable := answer.JSON(&said)
	switch {
	case readable == nil && said.Status == "error":
		return data, refused(answer, said.ErrorType, said.Error)
	case answer.Status != http.StatusOK:
		return data, answer.Unexpected("200")
	case readable != nil:
		return data, readable
	case said.Status != "success":
		return data, probe.NotYet(probe.Content, "%s: want an answer of Prometheus' API, got JSON without its status", answer.Place)
	}
	return said.Data, nil
}

// refused is an answer of the API that explains itself. What it calls bad data
// stays bad; the rest, such as a query that took too long, may pass.
func refused(answer *probehttp.Answer, kind, why string) error {
	text := fmt.Sprintf("%s: %d %s: %s", answer.Place, answer.Status, kind, probehttp.Line(why))
	if kind == "bad_data" {
		return probe.No(probe.Content, "%s", text)
	}
	return probe.NotYet(probe.Content, "%s", text)
}

// called is how messages call an instance: its pod, or what was asked.
func (i instance) called(path string) string {
	if i.name != "" {
		return i.name
	}
	return i.base + path
}

// of names the instance after something that was seen there; "" where there is
// only one.
func (i instance) of() string {
	if i.name == "" {
		return ""
	}
	return " of " + i.name
}
