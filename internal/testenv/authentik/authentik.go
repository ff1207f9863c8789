// Package authentik is a stand-in for Authentik. It is not Authentik: that is a
// Python program which this project's tests cannot install.
//
// It is written from the documentation of Authentik's flow API and from what its
// source says of it (flow executor, identification, password, user login and
// user logout stages, session and CSRF middleware, health views, the router
// before them), and it answers what they do and nothing more: a flow, its
// default stages, two cookies, one user, one API token. It does not render
// pages, run policies or keep anything. Where it differs from Authentik, Authentik
// is right; what passes here is not "tested with Authentik".
package authentik

import (
	"encoding/json"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// The names of what a new Authentik has.
const (
	DefaultFlow      = "default-authentication-flow"
	InvalidationFlow = "default-invalidation-flow"
	User             = "sync-check"
	Mail             = "sync-check@example.org"
	Password         = `correct "horse" battery`
	Token            = "t0ken-of-the-check"
)

// A State is how far an Authentik has come up.
type State int

// The states of the whole server.
const (
	Up State = iota
	// Starting is the router's answer for the core that does not listen yet.
	Starting
	// DatabaseDown is ready's answer; requests that need the database are 500.
	DatabaseDown
	// NoBlueprints is a first start whose worker has not made the flows yet.
	NoBlueprints
	// Throttled answers API requests with 429.
	Throttled
)

// A Config says what is special about a server; nothing is, if it is zero.
type Config struct {
	State State
	// TLS serves https, with a certificate that nobody trusts. Django then wants a
	// Referer too.
	TLS bool
	// Path is AUTHENTIK_WEB__PATH without the slash at the end, such as /sso.
	Path string
	// Brands are hosts whose brand has another authentication flow, by its slug.
	// Without one the default flow counts for all hosts.
	Brands map[string]string

	// PasswordFields makes the identification stage ask for the password too, so
	// that there is no password stage.
	PasswordFields bool
	// SourcesOnly empties the identification stage's user_fields.
	SourcesOnly bool
	// Captcha puts a captcha into the identification stage.
	Captcha bool
	// Pretend is pretend_user_exists: an unknown user gets to the password stage.
	Pretend bool
	// Extra are the components of stages between the password and the login.
	Extra []string
	// RememberMe makes the login stage ask whether to remember.
	RememberMe bool
	// AskForever binds the login stage so often that a flow has no end.
	AskForever bool
	// After are the components of stages after the login, whose answers need the
	// CSRF token.
	After []string
	// Unbound is a flow without stages: it ends at once, and nobody is logged in.
	Unbound bool
	// RestartOnInvalid is invalid_response_action restart: a wrong answer begins
	// the flow again, and nobody says why.
	RestartOnInvalid bool
	// Tries is failed_attempts_before_cancel; 0 is Authentik's default.
	Tries int
	// Deny is the message of a policy that does not let the user in.
	Deny string
	// Broken makes the password stage raise an exception.
	Broken bool
	// LogoutBroken keeps the invalidation flow from logging out.
	LogoutBroken bool
}

// A Server is a stand-in that runs.
type Server struct {
	// URL is where it answers, with the path.
	URL string

	config   Config
	mu       sync.Mutex
	state    State
	sessions map[string]*session
	number   int
	failures int
}

// Start starts a stand-in for the length of the test.
func Start(tb testing.TB, config Config) *Server {
	tb.Helper()
	s := &Server{config: config, state: config.State, sessions: map[string]*session{}}
	server := httptest.NewUnstartedServer(s.router())
	if config.TLS {
		server.Config.ErrorLog = log.New(tb.Output(), "", 0)
		server.StartTLS()
	} else {
		server.Start()
	}
	tb.Cleanup(server.Close)
	s.URL = server.URL + config.Path
	return s
}

// Become changes the state of the server.
func (s *Server) Become(state State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = state
}

// LoggedIn is how many sessions somebody is logged in to.
func (s *Server) LoggedIn() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, one := range s.sessions {
		if one.user != "" {
			n++
		}
	}
	return n
}

// Failures is how many logins did not succeed, which reputation policies count.
func (s *Server) Failures() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failures
}

// router has the paths that Authentik's router and Django's URL table have. One
// request at a time is enough for a stand-in.
func (s *Server) router() http.Handler {
	core := http.NewServeMux()
	core.HandleFunc("/-/health/live/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	core.HandleFunc("/-/health/ready/", s.ready)
	core.HandleFunc("GET /flows/-/default/authentication/{$}", s.defaultFlow)
	core.HandleFunc("/api/v3/flows/executor/{slug}/", s.executor)
	core.HandleFunc("GET /api/v3/core/users/me/", s.me)
	core.HandleFunc("/", notFound)
	return http.StripPrefix(s.config.Path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.state == Starting && !strings.HasPrefix(r.URL.Path, "/-/health/live") {
			starting(w, r)
			return
		}
		if s.state == DatabaseDown && !strings.HasPrefix(r.URL.Path, "/-/health/") {
			page(w, http.StatusInternalServerError, "Server Error")
			return
		}
		if s.state == Throttled && strings.HasPrefix(r.URL.Path, "/api/") {
			answer(w, http.StatusTooManyRequests, map[string]any{"detail": "Request was throttled. Expected available in 1 second."})
			return
		}
		core.ServeHTTP(w, r)
	}))
}

// starting is the Go router's answer while the Python core does not listen.
func starting(w http.ResponseWriter, r *http.Request) {
	text := "authentik starting..."
	if r.Header.Get("Accept") == "application/json" {
		text = `{"error":"` + text + `"}`
	}
	w.WriteHeader(http.StatusBadGateway)
	_, _ = w.Write([]byte(text)) // a client that has gone is its own concern
}

func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	if s.state == DatabaseDown {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// defaultFlow redirects to the page of the brand's flow.
func (s *Server) defaultFlow(w http.ResponseWriter, r *http.Request) {
	if s.state == NoBlueprints {
		notFound(w, r)
		return
	}
	slug := s.config.Brands[r.Host]
	if slug == "" {
		slug = DefaultFlow
	}
	http.Redirect(w, r, s.config.Path+"/if/flow/"+slug+"/", http.StatusFound)
}

// me is /api/v3/core/users/me/: a token or a session that is somebody's.
func (s *Server) me(w http.ResponseWriter, r *http.Request) {
	if auth := r.Header.Get("Authorization"); auth != "" {
		if auth != "Bearer "+Token {
			answer(w, http.StatusForbidden, map[string]any{"detail": "Token invalid/expired"})
			return
		}
		answer(w, http.StatusOK, userOf(User))
		return
	}
	one := s.sessionOf(r)
	if one == nil || one.user == "" {
		answer(w, http.StatusForbidden, map[string]any{"detail": "Authentication credentials were not provided."})
		return
	}
	answer(w, http.StatusOK, userOf(one.user))
}

func userOf(name string) map[string]any {
	return map[string]any{"user": map[string]any{
		"pk": 7, "username": name, "name": name, "email": Mail, "is_active": true, "is_superuser": false,
		"groups": []any{}, "uid": "0123456789abcdef", "type": "internal", "settings": map[string]any{}, "system_permissions": []any{},
	}}
}

func notFound(w http.ResponseWriter, _ *http.Request) { page(w, http.StatusNotFound, "Not Found") }

func page(w http.ResponseWriter, status int, title string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte("<!DOCTYPE html>\n<title>" + title + " - authentik</title>"))
}

func answer(w http.ResponseWriter, status int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(strconv.Quote(err.Error()))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}
