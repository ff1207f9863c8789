// Package http asks a URL once and judges the answer.
//
// It knows HTTP and what an answer is compared with; it reads no more than it
// was allowed to and waits no longer than one request may take. It knows nothing
// of any product: what a 404 of Traefik means is a hint in a preset.
package http

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// maxHeaderBytes bounds the header of an answer; Kubernetes' own probes and
// common servers stay far below.
const maxHeaderBytes = 64 << 10

// maxRedirects is what browsers and curl would call a loop.
const maxRedirects = 10

// Config is what a step says, with its references resolved.
type Config struct {
	hookspec.HTTP             // every key has its value
	Client        *tls.Config // whom to trust; nil is the system's choice
	Credentials   Credentials
	// Place is what messages say was asked; "" is the method and the URL. A long
	// query is better left out of it.
	Place string
}

// Credentials go into the request's header. At most one kind is set.
type Credentials struct {
	Basic              bool
	Username, Password probe.Secret
	Bearer             *probe.Secret
}

// New returns a probe that sends one request each time it is asked.
func New(c Config) probe.Probe { return newAsker(c) }

func newAsker(c Config) *asker {
	client := &http.Client{
		Transport: &http.Transport{
			// No proxy: the way to a Service leads through the cluster's network.
			Proxy:           nil,
			TLSClientConfig: c.Client,
			// Each question goes through the Service anew, to any of its pods; a
			// connection that was kept would ask the same pod, perhaps an old one.
			DisableKeepAlives: true,
			// A small compressed body can hold gigabytes.
			DisableCompression:     true,
			MaxResponseHeaderBytes: maxHeaderBytes,
		},
		CheckRedirect: redirectPolicy(c.HTTP),
	}
	return &asker{Config: c, client: client, place: cmp.Or(c.Place, c.Method+" "+c.URL)}
}

// redirectPolicy judges a redirect like any other answer unless it is to be
// followed. What a step says to one host it does not say to another.
func redirectPolicy(step hookspec.HTTP) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		switch {
		case !step.FollowRedirects:
			return http.ErrUseLastResponse
		case len(via) >= maxRedirects:
			return errRedirects
		case req.URL.Scheme != "https" && via[0].URL.Scheme == "https":
			return errDowngrade // it would carry credentials in the clear
		case req.URL.Host != via[0].URL.Host:
			req.Header.Del("Authorization") // Go would send it to a subdomain
			for name := range step.Headers {
				req.Header.Del(name)
			}
		}
		return nil
	}
}

var (
	errRedirects = fmt.Errorf("more than %d redirects", maxRedirects)
	errDowngrade = errors.New("redirected from https to http")
)

type asker struct {
	Config
	client *http.Client
	place  string
}

// Ask sends the request and judges the answer.
func (a *asker) Ask(ctx context.Context) (probe.Yes, error) {
	limited, cancel := context.WithTimeout(ctx, a.RequestTimeout.Std())
	defer cancel()
	started := time.Now()
	resp, err := a.send(ctx, limited)
	if err != nil {
		return probe.Yes{}, err
	}
	defer resp.Body.Close()
	if err := a.judge(resp); err != nil {
		return probe.Yes{}, err
	}
	return probe.Yes{Saw: fmt.Sprintf("%s in %s", statusText(resp), time.Since(started).Round(time.Millisecond))}, nil
}

// send sends the request within limited, which ends before ctx, the step's. Its
// error is an answer.
func (a *asker) send(ctx, limited context.Context) (*http.Response, error) {
	req, err := a.request(limited)
	if err != nil {
		return nil, probe.No(probe.Other, "%s: %w", a.place, err)
	}
	resp, err := a.client.Do(req)
	if err != nil {
		return nil, a.transportAnswer(ctx, err)
	}
	return resp, nil
}

func (a *asker) request(ctx context.Context) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, a.Method, a.URL, strings.NewReader(a.Body))
	if err != nil {
		return nil, err
	}
	for name, value := range a.Headers {
		req.Header.Set(name, value)
	}
	if a.Host != "" {
		req.Host = a.Host
	}
	switch {
	case a.Credentials.Basic:
		req.SetBasicAuth(a.Credentials.Username.Reveal(), a.Credentials.Password.Reveal())
	case a.Credentials.Bearer != nil:
		req.Header.Set("Authorization", "Bearer "+a.Credentials.Bearer.Reveal())
	}
	return req, nil
}

// transportAnswer says why there was no answer to judge. ctx is that of the
// step: when it is over, the request was cut off.
func (a *asker) transportAnswer(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return probe.NotYet(probe.Timeout, "%s: no answer yet", a.place)
	case errors.Is(err, errRedirects), errors.Is(err, errDowngrade):
		return probe.NotYet(probe.Content, "%s: %w", a.place, errors.Unwrap(err))
	case isTimeout(err):
		return probe.NotYet(probe.Timeout, "%s: no answer within %s", a.place, a.RequestTimeout)
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return probe.NotYet(probe.TLS, "%s: want https, got an answer in plain HTTP", a.place)
	case strings.Contains(err.Error(), "malformed HTTP"), strings.Contains(err.Error(), "malformed MIME header"), strings.Contains(err.Error(), "response headers exceeded"):
		return probe.NotYet(probe.Content, "%s: want an HTTP answer, got something else", a.place)
	case strings.Contains(err.Error(), "parse Location header"):
		return probe.NotYet(probe.Content, "%s: want a redirect to an address, got one to something else", a.place)
	}
	return probe.Network(a.place, err)
}

func isTimeout(err error) bool {
	if _, isDNS := errors.AsType[*net.DNSError](err); isDNS {
		return false
	}
	t, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return errors.Is(err, context.DeadlineExceeded) || (ok && t.Timeout())
}

// read returns the body, or the answer that there is no complete one within
// the limits.
func (a *asker) read(resp *http.Response) ([]byte, error) {
	limit := int64(a.MaxBytes)
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case int64(len(body)) > limit:
		return nil, probe.No(probe.Content, "%s: %s with more than %d bytes, which is maxBytes", a.place, statusText(resp), limit)
	case err == nil:
		return body, nil
	case resp.Request.Context().Err() != nil:
		return nil, probe.NotYet(probe.Timeout, "%s: %s and then no complete body within %s, got %d bytes", a.place, statusText(resp), a.RequestTimeout, len(body))
	}
	return nil, probe.NotYet(probe.Content, "%s: %s and then the connection ended in the middle of the body, got %d bytes", a.place, statusText(resp), len(body))
}
