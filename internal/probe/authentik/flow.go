package authentik

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	probehttp "github.com/argocd-safesync/argocd-safesync/internal/probe/http"
)

// maxSteps bounds how many questions a login answers, as Authentik's own outposts
// do.
const maxSteps = 10

// A flow is one run through a flow.
type flow struct {
	*session
	slug string
	// before is told that the password is about to be sent.
	before func(*session)
	steps  int // how many challenges were answered

	named, sent bool // the name was sent; the password was
}

// login answers challenges until the flow lets go, and returns the name of the
// user who is then logged in. A redirect alone proves nothing: a flow without
// stages ends in one too.
func (f *flow) login(ctx context.Context) (string, error) {
	c, err := f.get(ctx)
	if err != nil {
		return "", err
	}
	if !f.hasSession() {
		return "", f.no("want the cookie %s, got none: a login needs a session", sessionCookie)
	}
	for ; c.Component != redirect; f.steps++ {
		if f.steps == maxSteps {
			return "", f.no("more than %d steps, the last one %s", maxSteps, c.words())
		}
		answer, err := f.answer(c)
		if err != nil {
			return "", err
		}
		if answer.Password != nil {
			f.sent = true
			f.before(f.session)
		}
		if c, err = f.post(ctx, answer); err != nil {
			return "", err
		}
		if why := c.rejected(); why != "" {
			return "", f.never("login rejected at %s: %s", answer.Component, why)
		}
	}
	if c.To == "" {
		return "", f.no("want a %s that says where to, got one that does not", redirect)
	}
	name, err := f.me(ctx)
	if errors.Is(err, probe.ErrDenied) {
		return "", f.no("redirect received but %w", err)
	}
	return name, err
}

// answer answers c, or says why nobody but a person can.
func (f *flow) answer(c *challenge) (response, error) {
	switch c.Component {
	case stageIdentification:
		return f.identify(c)
	case stagePassword:
		return f.password()
	case stageUserLogin:
		return response{Component: c.Component, RememberMe: new(bool)}, nil
	case stageMFA:
		return response{}, f.never("MFA stage reached: exempt the probe user (%s)", stageMFA)
	case stageDenied:
		return response{}, f.never("login rejected at %s", c.words())
	case stageFlowError:
		return response{}, f.no("a stage of the flow did not work: %s", c.words())
	case "":
		return response{}, f.no("want a challenge, got JSON without a component")
	}
	if name, known := strings.CutPrefix(c.Component, "ak-stage-"); known {
		return response{}, f.never("%s stage reached, which only a person can answer: exempt the probe user (%s)", probehttp.Line(name), c.words())
	}
	return response{}, f.never("want a stage that a name and a password are enough for, got %s", c.words())
}

// identify says who we are; with the password where the stage wants both. A
// flow that asks a second time has begun again, which some do after a wrong
// password instead of saying so.
func (f *flow) identify(c *challenge) (response, error) {
	if f.named {
		return response{}, f.never("login rejected: after the answer the flow began again at %s", stageIdentification)
	}
	f.named = true
	switch {
	case c.PasswordFields == nil:
		return response{}, f.never("want password_fields in %s, got none", stageIdentification)
	case len(c.UserFields) == 0:
		return response{}, f.never("%s asks for no user name (its user_fields are empty): people log in through its sources only", stageIdentification)
	case c.Captcha != nil:
		return response{}, f.never("captcha stage reached within %s, which only a person can answer: give flowSlug a flow without it", stageIdentification)
	}
	r := response{Component: stageIdentification, UID: f.Username.Reveal()}
	if *c.PasswordFields {
		word := f.Password.Reveal()
		r.Password = &word
	}
	return r, nil
}

func (f *flow) password() (response, error) {
	if f.sent {
		return response{}, f.never("login rejected at %s: it asks again", stagePassword)
	}
	word := f.Password.Reveal()
	return response{Component: stagePassword, Password: &word}, nil
}

// get asks for the flow's current challenge.
func (f *flow) get(ctx context.Context) (*challenge, error) {
	return f.challenge(ctx, "GET", "")
}

// post answers the current challenge and returns the next.
func (f *flow) post(ctx context.Context, r response) (*challenge, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return f.challenge(ctx, "POST", string(body))
}

func (f *flow) challenge(ctx context.Context, method, body string) (*challenge, error) {
	a, err := f.follow(ctx, request{method: method, path: f.executor(f.slug), body: body, flow: f.slug})
	if err != nil {
		return nil, err
	}
	if err := f.judge(a, f.slug); err != nil {
		return nil, err
	}
	c := &challenge{}
	return c, f.final(decode(a, c))
}

// no is an answer about the flow that time may change until the password was
// sent; after that it is definite.
func (f *flow) no(format string, args ...any) error {
	return f.final(probe.NotYet(probe.Content, "%s: flow %s: %w", f.URL, f.slug, fmt.Errorf(format, args...)))
}

// never is a definite answer about the flow: the next attempt would meet the
// same stage.
func (f *flow) never(format string, args ...any) error {
	return probe.No(probe.Content, "%s: flow %s: %w", f.URL, f.slug, fmt.Errorf(format, args...))
}

func (f *flow) final(err error) error {
	if err == nil || !f.sent {
		return err
	}
	return probe.No(probe.CauseOf(err), "%w", err)
}
