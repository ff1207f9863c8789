package authentik

import (
	"fmt"
	"net/http"
	"net/url"
)

// A session is what Django keeps behind a cookie.
type session struct {
	key     string
	csrf    string
	user    string   // who is logged in
	pending string   // who says who he is
	plan    []string // components of the stages that are left; nil before the flow
	flow    string
	tries   int
}

// cookies sets both cookies, marked as Django marks them.
func (e execution) cookies() {
	secure, site := e.r.TLS != nil || e.r.Header.Get("X-Forwarded-Proto") == "https", http.SameSiteLaxMode
	if secure {
		site = http.SameSiteNoneMode
	}
	http.SetCookie(e.w, &http.Cookie{Name: "authentik_session", Value: e.session.key, Path: "/", HttpOnly: true, Secure: secure, SameSite: site})
	http.SetCookie(e.w, &http.Cookie{Name: "authentik_csrf", Value: e.session.csrf, Path: "/", Secure: secure, SameSite: http.SameSiteLaxMode})
}

// sessionOf is the session of a request; nil if there is none.
func (s *Server) sessionOf(r *http.Request) *session {
	c, err := r.Cookie("authentik_session")
	if err != nil {
		return nil
	}
	return s.sessions[c.Value]
}

// renew gives a session a key and a CSRF token that nobody has had.
func (s *Server) renew(one *session) {
	s.number++
	one.key, one.csrf = fmt.Sprintf("session-%d", s.number), fmt.Sprintf("csrf-%d", s.number)
	s.sessions[one.key] = one
}

// csrf says what Django finds wrong with an answer by somebody who is logged in.
func csrf(r *http.Request, one *session) string {
	if r.TLS != nil {
		from, err := url.Parse(r.Header.Get("Referer"))
		switch {
		case err != nil || from.Host == "":
			return "Referer checking failed - no Referer."
		case from.Scheme != "https" || from.Host != r.Host:
			return fmt.Sprintf("Referer checking failed - %s does not match any trusted origins.", from)
		}
	}
	switch r.Header.Get("X-authentik-CSRF") {
	case "":
		return "CSRF token missing."
	case one.csrf:
		return ""
	}
	return "CSRF token from the 'X-Authentik-Csrf' HTTP header incorrect."
}
