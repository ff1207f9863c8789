package runner

import (
	"fmt"
	"net/url"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/syncfail"
)

func makeSyncFailure(r *run, s *hookspec.Step) (probe.Probe, error) {
	api, err := r.kube()
	if err != nil {
		return nil, err
	}
	config := syncfail.Config{Step: *s.SyncFailure, API: api}
	if w := s.SyncFailure.Webhook; w != nil {
		if config.Webhook, err = r.webhook(w); err != nil {
			return nil, err
		}
	}
	return syncfail.New(config), nil
}

// webhook resolves the references of w. A URL from a Secret is one itself, and
// no message shows it.
func (r *run) webhook(w *hookspec.Webhook) (*syncfail.Webhook, error) {
	target, place := w.URL, "POST "+w.URL
	if w.URLFrom != nil {
		secret, err := r.secret(w.URLFrom, ".webhook.urlFrom")
		if err != nil {
			return nil, err
		}
		target, place = secret.Reveal(), "POST to the webhook"
		r.hidePath(target)
	}
	request := w.Request(target, "")
	var wrong error
	request.Check(func(_, msg, _ string) { wrong = fmt.Errorf(".webhook: %s", msg) })
	if wrong != nil {
		return nil, wrong
	}
	config, err := r.httpConfig(&request, ".webhook")
	config.Place = place
	return &syncfail.Webhook{HTTP: config, Format: w.Format}, err
}

// hidePath keeps what follows the host of a secret URL out of messages: that is
// where a token stands, and what a server repeats that does not know it.
func (r *run) hidePath(secret string) {
	u, err := url.Parse(secret)
	if err != nil || len(u.Path) < 2 {
		return
	}
	r.secrets.add(u.Path)
	r.secrets.add(u.RequestURI())
}
