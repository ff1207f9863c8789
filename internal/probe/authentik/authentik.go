// Package authentik logs in to Authentik the way its own login page does.
//
// It knows Authentik's flow executor: a flow asks one question after the other,
// called challenges, and who answers them all is logged in. It answers those
// that a name and a password are enough for, and names the others. It knows
// nothing about waiting or about who asks for a login; how requests travel it
// leaves to internal/probe/http.
package authentik

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// Config is what a step says, with its references resolved.
type Config struct {
	hookspec.AuthentikLogin             // every key has its value, but mode may have none
	Client                  *tls.Config // whom to trust; nil is the system's choice
	// Credentials of the mode; the others are empty.
	Username, Password, Token probe.Secret
}

// New returns a probe that proves what the mode of c says. In mode login each
// question is a whole login with a session of its own, which it ends. A wrong
// password is a definite no; an answer that does not tell is asked for again at
// most twice, because Authentik counts logins that did not end well.
func New(c Config) probe.Probe { return &asker{Config: c} }

// asker is a probe.Abandoner too: it may be stopped while somebody is logged in.
type asker struct {
	Config
	// sent is how often the password was.
	sent int

	// Ask may still be running when Abandon is called.
	mu   sync.Mutex
	left *session // may be logged in; nil if there is none
}

// maxSent bounds how often a password is sent when nobody says whether it was
// right: a lockout of the probe's user would need a person.
const maxSent = 3

// Ask asks once, in the step's mode.
func (a *asker) Ask(ctx context.Context) (probe.Yes, error) {
	switch a.Proves() {
	case hookspec.AuthentikByLogin:
		return a.login(ctx)
	case hookspec.AuthentikByToken:
		return a.token(ctx)
	}
	return a.anonymous(ctx)
}

// Abandon logs out if the time was over before that.
func (a *asker) Abandon(ctx context.Context) string {
	a.mu.Lock()
	s := a.left
	a.left = nil
	a.mu.Unlock()
	if s == nil {
		return ""
	}
	if err := s.logout(ctx); err != nil {
		return "a session of the probe's user may be left behind: " + err.Error()
	}
	return "logged out"
}

// token asks who the API token belongs to.
func (a *asker) token(ctx context.Context) (probe.Yes, error) {
	s := newSession(&a.Config)
	s.token = &a.Token
	name, err := s.me(ctx)
	if errors.Is(err, probe.ErrDenied) {
		return probe.Yes{}, probe.Refusal("%s: token rejected: %w", a.URL, err)
	}
	if err != nil {
		return probe.Yes{}, err
	}
	if err := a.expect(name, a.ExpectUsername); err != nil {
		return probe.Yes{}, err
	}
	return probe.Yes{Saw: fmt.Sprintf("mode token: users/me names %s; no login was tried", quote(name))}, nil
}

// anonymous asks for the first challenge and leaves it unanswered.
func (a *asker) anonymous(ctx context.Context) (probe.Yes, error) {
	s := newSession(&a.Config)
	slug, err := s.flow(ctx)
	if err != nil {
		return probe.Yes{}, err
	}
	f := &flow{session: s, slug: slug}
	c, err := f.get(ctx)
	if err != nil {
		return probe.Yes{}, err
	}
	if c.Component != stageIdentification {
		return probe.Yes{}, f.no("want %s, got %s", stageIdentification, c.words())
	}
	if c.PasswordFields == nil {
		return probe.Yes{}, f.no("want password_fields in %s, got none", stageIdentification)
	}
	return probe.Yes{Saw: fmt.Sprintf("mode anonymous: flow %s answers with %s; no login was tried", slug, c.Component)}, nil
}

// login logs in, sees that it is true, and logs out whatever came of it.
func (a *asker) login(ctx context.Context) (probe.Yes, error) {
	s := newSession(&a.Config)
	slug, err := s.flow(ctx)
	if err != nil {
		return probe.Yes{}, err
	}
	f := &flow{session: s, slug: slug, before: a.keep}
	name, err := f.login(ctx)
	if err == nil {
		err = a.expect(name, a.wanted())
	}
	warnings := a.leave(ctx, s)
	if err != nil {
		return probe.Yes{}, a.enough(err)
	}
	return probe.Yes{
		Saw:      fmt.Sprintf("mode login: logged in through flow %s in %d steps, and users/me names the user", slug, f.steps),
		Warnings: warnings,
	}, nil
}

// keep remembers that s is about to send the password.
func (a *asker) keep(s *session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sent++
	a.left = s
}

// leave ends what keep began, unless the time is over: that is for Abandon.
func (a *asker) leave(ctx context.Context, s *session) (warnings []string) {
	a.mu.Lock()
	begun := a.left == s
	if ctx.Err() == nil {
		a.left = nil
	}
	a.mu.Unlock()
	if !begun || ctx.Err() != nil {
		return nil
	}
	if err := s.logout(ctx); err != nil {
		return []string{"the probe's session may be left behind: " + err.Error()}
	}
	return nil
}

// enough turns an answer that time may change into a definite one when the
// password has been sent often enough.
func (a *asker) enough(err error) error {
	if a.sent < maxSent || !errors.Is(err, probe.ErrNotYet) {
		return err
	}
	return probe.No(probe.CauseOf(err), "%w; that was login %d, and more could lock the user out", err, a.sent)
}

// wanted is the user that a login must give.
func (a *asker) wanted() string {
	if a.ExpectUsername != "" {
		return a.ExpectUsername
	}
	return a.Username.Reveal()
}

func (a *asker) expect(got, want string) error {
	if want == "" || got == want {
		return nil
	}
	return probe.No(probe.Content, "%s: users/me names %s, want %q", a.URL, quote(got), want)
}
