package authentik

import (
	"encoding/json"
	"net/http"
	"strings"
)

// The components of the stages that the stand-in can run; any other is shown
// and takes any answer.
const (
	identification = "ak-stage-identification"
	password       = "ak-stage-password"
	userLogin      = "ak-stage-user-login"
	userLogout     = "user-logout" // asks nothing and so has no component
)

// defaultTries is Authentik's failed_attempts_before_cancel.
const defaultTries = 5

// executor is the flow executor: GET shows the current challenge, POST answers
// it.
func (s *Server) executor(w http.ResponseWriter, r *http.Request) {
	slug := r.PathValue("slug")
	plan, known := s.plan(slug)
	if !known {
		notFound(w, r)
		return
	}
	one := s.sessionOf(r)
	if one == nil {
		one = &session{}
		s.renew(one)
	}
	if r.Method == http.MethodPost && one.user != "" {
		if why := csrf(r, one); why != "" {
			answer(w, http.StatusForbidden, map[string]any{"detail": "CSRF Failed: " + why})
			return
		}
	}
	if one.plan == nil || one.flow != slug {
		one.plan, one.flow, one.pending, one.tries = plan, slug, "", 0
	}
	e := execution{server: s, session: one, w: w, r: r}
	switch {
	case len(one.plan) == 0:
		e.done()
	case r.Method == http.MethodPost:
		e.post()
	default:
		e.get()
	}
}

// plan lists the stages of a flow.
func (s *Server) plan(slug string) (stages []string, known bool) {
	if s.state == NoBlueprints {
		return nil, false
	}
	if slug == InvalidationFlow {
		return []string{userLogout}, true
	}
	known = slug == DefaultFlow
	for _, other := range s.config.Brands {
		known = known || slug == other
	}
	if s.config.Unbound || !known {
		return []string{}, known
	}
	stages = append(stages, identification)
	if !s.config.PasswordFields {
		stages = append(stages, password)
	}
	stages = append(append(append(stages, s.config.Extra...), userLogin), s.config.After...)
	return stages, true
}

// An execution is one request to the executor.
type execution struct {
	server  *Server
	session *session
	w       http.ResponseWriter
	r       *http.Request
}

func (e execution) stage() string { return e.session.plan[0] }

// get shows the current stage, or runs one that asks nothing.
func (e execution) get() {
	switch {
	case e.stage() == userLogout:
		if !e.server.config.LogoutBroken {
			delete(e.server.sessions, e.session.key)
			*e.session = session{plan: e.session.plan, flow: e.session.flow}
			e.server.renew(e.session)
		}
		e.ok()
	case e.stage() == userLogin && !e.server.config.RememberMe && !e.server.config.AskForever:
		e.login()
	case e.stage() == password && e.server.config.Broken:
		e.broken()
	default:
		e.show(nil)
	}
}

// post takes an answer to the current stage.
func (e execution) post() {
	var got map[string]any
	if err := json.NewDecoder(e.r.Body).Decode(&got); err != nil || !strings.HasPrefix(e.r.Header.Get("Content-Type"), "application/json") {
		answer(e.w, http.StatusBadRequest, map[string]any{"detail": "JSON parse error"})
		return
	}
	switch e.stage() {
	case identification:
		e.identify(got)
	case password:
		e.password(got)
	case userLogin:
		if _, ok := got["remember_me"].(bool); !ok {
			e.invalid("remember_me", "required", "This field is required.")
			return
		}
		e.login()
	default:
		e.ok()
	}
}

func (e execution) identify(got map[string]any) {
	c := e.server.config
	uid, _ := got["uid_field"].(string)
	known := strings.EqualFold(uid, User) || strings.EqualFold(uid, Mail)
	switch {
	case uid == "":
		e.invalid("non_field_errors", "invalid", "No identification data provided.")
		return
	case !known && (!c.Pretend || c.PasswordFields), c.Captcha, c.PasswordFields && got["password"] != Password:
		e.server.failures++
		e.invalid("non_field_errors", "invalid", "Failed to authenticate.")
		return
	}
	if known {
		e.session.pending = User
	}
	e.ok()
}

func (e execution) password(got map[string]any) {
	c := e.server.config
	word, given := got["password"].(string)
	switch {
	case !given || word == "":
		e.invalid("password", "required", "This field is required.")
	case e.session.pending == "" || word != Password:
		e.server.failures++
		e.session.tries++
		tries := c.Tries
		if tries == 0 {
			tries = defaultTries
		}
		if e.session.tries > tries {
			e.deny("Unknown error")
			return
		}
		e.invalid("password", "invalid", "Invalid password")
	case c.Deny != "":
		e.deny(c.Deny)
	default:
		e.ok()
	}
}

// login is the login stage: Django gives the session another key and another
// CSRF token.
func (e execution) login() {
	if e.session.pending == "" {
		e.deny("No Pending user to login.")
		return
	}
	e.session.user = e.session.pending
	delete(e.server.sessions, e.session.key)
	e.server.renew(e.session)
	if e.server.config.AskForever {
		e.session.plan = append(e.session.plan, userLogin)
	}
	e.ok()
}

// ok goes on to the next stage: a redirect to the same URL.
func (e execution) ok() {
	e.session.plan = e.session.plan[1:]
	if len(e.session.plan) == 0 {
		e.done()
		return
	}
	e.cookies()
	e.w.Header().Set("Location", e.server.config.Path+e.r.URL.RequestURI())
	e.w.WriteHeader(http.StatusFound)
}

// done ends the flow. Nothing in the answer says whether somebody is logged in.
func (e execution) done() {
	e.session.plan = nil
	e.cookies()
	answer(e.w, http.StatusOK, map[string]any{"component": "xak-flow-redirect", "to": e.server.config.Path + "/"})
}

// invalid refuses an answer: the same challenge again, with 200 and the reason.
func (e execution) invalid(field, code, text string) {
	if e.server.config.RestartOnInvalid {
		e.session.plan = nil
		e.cookies()
		e.w.Header().Set("Location", e.server.config.Path+e.r.URL.RequestURI())
		e.w.WriteHeader(http.StatusFound)
		return
	}
	e.show(map[string]any{field: []any{map[string]any{"string": text, "code": code}}})
}

func (e execution) deny(message string) {
	e.session.plan = nil
	e.cookies()
	answer(e.w, http.StatusOK, map[string]any{
		"component": "ak-stage-access-denied", "error_message": message, "flow_info": e.info(),
		"pending_user": e.session.pending, "pending_user_avatar": "/static/avatar.png",
	})
}

// broken is what an exception in a stage becomes; only a superuser sees it.
func (e execution) broken() {
	e.cookies()
	answer(e.w, http.StatusOK, map[string]any{"component": "ak-stage-flow-error", "request_id": "5f1c0ffee"})
}

// show writes the challenge of the current stage.
func (e execution) show(errors map[string]any) {
	c := map[string]any{"component": e.stage(), "flow_info": e.info()}
	if e.stage() == identification {
		e.identification(c)
	} else {
		c["pending_user"], c["pending_user_avatar"] = e.session.pending, "/static/avatar.png"
	}
	if errors != nil {
		c["response_errors"] = errors
	}
	e.cookies()
	answer(e.w, http.StatusOK, c)
}

func (e execution) identification(c map[string]any) {
	config := e.server.config
	c["user_fields"] = []any{"email", "username"}
	if config.SourcesOnly {
		c["user_fields"] = []any{}
	}
	c["password_fields"] = config.PasswordFields
	c["primary_action"] = "Log in"
	c["flow_designation"] = "authentication"
	c["sources"] = []any{}
	c["show_source_labels"] = false
	c["captcha_stage"] = nil
	if config.Captcha {
		c["captcha_stage"] = map[string]any{"js_url": "https://captcha.example.org/api.js", "site_key": "k", "interactive": true}
	}
}

func (e execution) info() map[string]any {
	return map[string]any{"title": "Welcome to authentik!", "background": "/static/dist/assets/images/flow_background.jpg", "cancel_url": "/flows/-/cancel/", "layout": "stacked"}
}
