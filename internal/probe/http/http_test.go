package http_test

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	probehttp "github.com/argocd-safesync/argocd-safesync/internal/probe/http"
)

// answer returns a handler for one fixed answer.
func answer(status int, media, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const overview = `{"http":{"routers":{"total":0,"errors":2}},"version":"3.7"}`

// TestAnswers holds the words of every answer that is not a yes; URL stands for
// the server's.
func TestAnswers(t *testing.T) {
	cases := []struct {
		name    string
		handler http.HandlerFunc
		step    string // what follows the url in the step
		want    string // "" is a yes
		cause   probe.Cause
		never   bool
	}{
		{name: "any 2xx is a yes", handler: answer(204, "", ""), step: ""},
		{name: "404", handler: answer(404, "text/plain", "404 page not found\n"), want: "GET URL/: 404 Not Found, want 200-299", cause: "404"},
		{name: "404 wanted", handler: answer(404, "text/plain", "404 page not found\n"), step: `expect: {status: [200-399, 401, 403, 404]}`},
		{
			name: "a reason in plain text", handler: answer(503, "text/plain; charset=utf-8", "no available server\n"),
			step: `expect: {status: [200, 404]}`, want: `GET URL/: 503 Service Unavailable, want 200,404: "no available server"`, cause: "503",
		},
		{name: "a page is no reason", handler: answer(502, "text/html", "<html>…"), want: "GET URL/: 502 Bad Gateway, want 200-299", cause: "502"},
		{name: "a status without a name", handler: answer(599, "", ""), want: "GET URL/: 599, want 200-299", cause: "599"},
		{
			name: "a redirect is an answer", handler: http.RedirectHandler("https://elsewhere/", 302).ServeHTTP,
			want: `GET URL/: 302 Found to "https://elsewhere/", want 200-299`, cause: "302",
		},
		{name: "a redirect can be wanted", handler: http.RedirectHandler("https://elsewhere/", 308).ServeHTTP, step: `expect: {status: [200-399]}`},
		{
			name: "a redirect loop", handler: http.RedirectHandler("/again", 302).ServeHTTP,
			step: "followRedirects: true", want: "GET URL/: more than 10 redirects", cause: probe.Content,
		},
		{name: "json holds", handler: answer(200, "application/json", overview), step: `expect: {json: {http.routers.total: ">=0", version: "~^3"}}`},
		{
			name: "json does not hold", handler: answer(200, "application/json", overview),
			step: `expect: {json: {http.routers.total: ">=1"}}`, want: "GET URL/: json http.routers.total is 0, want >=1", cause: probe.Content,
		},
		{
			name: "json without the key", handler: answer(200, "application/json", overview),
			step: `expect: {json: {http.services.total: ">=1"}}`, want: "GET URL/: json http.services.total is missing, want >=1", cause: probe.Content,
		},
		{
			name: "a page instead of json", handler: answer(200, "text/html; charset=utf-8", "<html><head>\n<title>login"),
			step: `expect: {json: {x: "1"}}`, want: `GET URL/: want JSON, got text/html that begins with "<html><head>…"`, cause: probe.Content,
		},
		{
			name: "half of a json", handler: answer(200, "application/json", `{"x": `),
			step: `expect: {json: {x: "1"}}`, want: `GET URL/: want JSON, got application/json that begins with "{\"x\":"`, cause: probe.Content,
		},
		{
			name: "two json documents", handler: answer(200, "application/json", `{"x": 1} {"x": 2}`),
			step: `expect: {json: {x: "1"}}`, want: `GET URL/: want JSON, got application/json that begins with "{\"x\": 1} {\"x\": 2}"`, cause: probe.Content,
		},
		{
			name: "an empty body", handler: answer(200, "application/json", ""),
			step: `expect: {json: {x: "1"}}`, want: "GET URL/: want JSON, got an empty body", cause: probe.Content,
		},
		{name: "contains", handler: answer(200, "text/plain", "OK"), step: "expect: {contains: [OK]}"},
		{
			name: "does not contain", handler: answer(200, "text/plain", "starting"),
			step: "expect: {contains: [OK]}", want: `GET URL/: want a body that contains "OK", got text/plain that begins with "starting"`, cause: probe.Content,
		},
		{
			name: "does not match", handler: answer(200, "", strings.Repeat("x\x00", 500)),
			step: "expect: {matches: [^ok$]}", want: `GET URL/: want a body that matches "^ok$", got a body without a media type that begins with "` + strings.Repeat(`x\x00`, 40) + `…"`, cause: probe.Content,
		},
		{
			name: "another media type", handler: answer(200, "application/json", "{}"),
			step: "expect: {contentType: text/html}", want: "GET URL/: want text/html, got application/json", cause: probe.Content,
		},
		{name: "headers hold", handler: answer(200, "text/html", ""), step: `expect: {headers: {content-type: "~^text/"}}`},
		{
			name: "a header is missing", handler: answer(200, "text/html", ""),
			step: "expect: {headers: {X-Frame-Options: DENY}}", want: "GET URL/: header X-Frame-Options is missing, want DENY", cause: probe.Content,
		},
		{
			name: "longer than maxBytes", handler: answer(200, "text/plain", strings.Repeat("x", 1001)),
			step: "maxBytes: 1000, expect: {contains: [y]}", want: "GET URL/: 200 OK with more than 1000 bytes, which is maxBytes", cause: probe.Content, never: true,
		},
		{name: "a long body that nobody asked for", handler: answer(200, "text/plain", strings.Repeat("x", 1001)), step: "maxBytes: 1000"},
		{
			name: "never ends", handler: endless, step: "maxBytes: 100000, expect: {contains: [y]}",
			want: "GET URL/: 200 OK with more than 100000 bytes, which is maxBytes", cause: probe.Content, never: true,
		},
		{
			name: "never closes", handler: stall("begin"), step: "requestTimeout: 50ms, expect: {contains: [y]}",
			want: "GET URL/: 200 OK and then no complete body within 50ms, got 5 bytes", cause: probe.Timeout,
		},
		{
			name: "never answers", handler: stall(""), step: "requestTimeout: 50ms",
			want: "GET URL/: no answer within 50ms", cause: probe.Timeout,
		},
		{
			name: "ends in the middle", handler: cut, step: "expect: {contains: [y]}",
			want: "GET URL/: 200 OK and then the connection ended in the middle of the body, got 5 bytes", cause: probe.Content,
		},
		{
			name: "a compressed flood", handler: flood, step: "expect: {contains: [y]}",
			want: `GET URL/: want a body that contains "y", got text/plain packed as "gzip", which was not asked for`, cause: probe.Content,
		},
		{
			name: "not HTTP at all", handler: raw("SSH-2.0-OpenSSH_9.2\r\n"),
			want: "GET URL/: want an HTTP answer, got something else", cause: probe.Content,
		},
		{
			name: "a line that is no header", handler: raw("HTTP/1.1 200 OK\r\n" + strings.Repeat("x", 5000) + "\r\n\r\n"),
			want: "GET URL/: want an HTTP answer, got something else", cause: probe.Content,
		},
		{
			name: "a redirect to no address", handler: raw("HTTP/1.1 302 Found\r\nLocation: http://[" + strings.Repeat("x", 5000) + "\r\n\r\n"), step: "followRedirects: true",
			want: "GET URL/: want a redirect to an address, got one to something else", cause: probe.Content,
		},
		{
			name: "a header that never ends", handler: raw("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 200000)),
			want: "GET URL/: want an HTTP answer, got something else", cause: probe.Content,
		},
		{name: "hangs up", handler: raw(""), want: "GET URL/: connection closed before the answer was complete"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			server := httptest.NewServer(tc.handler)
			defer server.Close()
			defer server.CloseClientConnections()
			_, err := probehttp.New(config(t, server.URL+"/", tc.step)).Ask(t.Context())
			if tc.want == "" {
				assert.NilError(t, err)
				return
			}
			assert.Assert(t, err != nil, "a yes, want %s", tc.want)
			got := strings.ReplaceAll(err.Error(), server.URL, "URL")
			assert.Equal(t, got, tc.want)
			assert.Equal(t, probe.CauseOf(err), tc.cause)
			assert.Equal(t, errors.Is(err, probe.ErrNotYet), !tc.never)
		})
	}
}

// endless answers as long as somebody reads.
func endless(w http.ResponseWriter, _ *http.Request) {
	for {
		if _, err := w.Write(make([]byte, 1<<10)); err != nil {
			return
		}
	}
}

// stall begins to answer and then says nothing more.
func stall(begin string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if begin != "" {
			_, _ = io.WriteString(w, begin)
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
	}
}

// cut promises more than it sends.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, "begin")
}

// flood sends little that unpacks to much.
func flood(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	for range 16 { // far beyond maxBytes, and quick to pack
		_, _ = z.Write(make([]byte, 1<<20))
	}
	_ = z.Close()
}

// raw sends bytes instead of an answer and hangs up.
func raw(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, text)
		_ = conn.Close()
	}
}

func TestNoServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	assert.NilError(t, err)
	address := listener.Addr().String()
	assert.NilError(t, listener.Close())

	_, err = probehttp.New(config(t, "http://"+address+"/api", "")).Ask(t.Context())
	assert.Error(t, err, "GET http://"+address+"/api: connection refused")
	assert.Equal(t, probe.CauseOf(err), probe.Refused)

	_, err = probehttp.New(config(t, "http://nowhere.invalid/", "")).Ask(t.Context())
	assert.Equal(t, probe.CauseOf(err), probe.DNS, "%v", err)
	assert.Assert(t, errors.Is(err, probe.ErrNotYet))
}

func TestTLSAnswers(t *testing.T) {
	server := httptest.NewUnstartedServer(answer(200, "", ""))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains of each client that does not trust it
	server.StartTLS()
	defer server.Close()
	plain := httptest.NewServer(answer(200, "", ""))
	defer plain.Close()

	ask := func(url string, trust probe.Trust) error {
		c := config(t, url, "")
		var err error
		c.Client, err = trust.Config()
		assert.NilError(t, err)
		_, err = probehttp.New(c).Ask(t.Context())
		return err
	}
	err := ask(server.URL, probe.Trust{})
	assert.Error(t, err, "GET "+server.URL+": the certificate is self-signed and not trusted")
	assert.Equal(t, probe.CauseOf(err), probe.TLS)

	assert.NilError(t, ask(server.URL, probe.Trust{Anyone: true}))

	https := strings.Replace(plain.URL, "http://", "https://", 1)
	err = ask(https, probe.Trust{})
	assert.Error(t, err, "GET "+https+": want https, got an answer in plain HTTP")
	assert.Equal(t, probe.CauseOf(err), probe.TLS)
}

func TestRequestCarriesWhatTheStepSays(t *testing.T) {
	var got *http.Request
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got, body = r, string(text)
	}))
	defer server.Close()

	c := config(t, server.URL+"/login?x=1", `method: POST, host: sso.example.org, body: "a=b", headers: {X-Scope-OrgID: team}`)
	c.Credentials = probehttp.Credentials{Basic: true, Username: probe.NewSecret("u"), Password: probe.NewSecret("p")}
	_, err := probehttp.New(c).Ask(t.Context())
	assert.NilError(t, err)
	user, password, _ := got.BasicAuth()
	assert.Equal(t, fmt.Sprint(got.Method, got.Host, got.URL, body, got.Header.Get("X-Scope-OrgID"), user, password), "POSTsso.example.org/login?x=1a=bteamup")

	token := probe.NewSecret("t")
	c.Credentials = probehttp.Credentials{Bearer: &token}
	_, err = probehttp.New(c).Ask(t.Context())
	assert.NilError(t, err)
	assert.Equal(t, got.Header.Get("Authorization"), "Bearer t")
}

func TestRedirectsAreFollowedOnRequest(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/", http.RedirectHandler("/dashboard/", http.StatusFound))
	mux.Handle("/dashboard/", answer(200, "text/html", "hello"))
	server := httptest.NewServer(mux)
	defer server.Close()
	_, err := probehttp.New(config(t, server.URL+"/", "followRedirects: true, expect: {contains: [hello]}")).Ask(t.Context())
	assert.NilError(t, err)
}

func TestHeadersDoNotFollowARedirectToAnotherHost(t *testing.T) {
	var asked []string
	note := func(_ http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path+" "+r.Header.Get("X-Key")+" "+r.Header.Get("Authorization"))
	}
	other := httptest.NewServer(http.HandlerFunc(note))
	defer other.Close()
	mux := http.NewServeMux()
	mux.Handle("/", http.RedirectHandler("/same", http.StatusFound))
	mux.HandleFunc("/same", func(w http.ResponseWriter, r *http.Request) {
		note(w, r)
		http.Redirect(w, r, other.URL+"/other", http.StatusFound)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	c := config(t, server.URL+"/", "followRedirects: true, headers: {x-key: k}")
	token := probe.NewSecret("t")
	c.Credentials.Bearer = &token
	_, err := probehttp.New(c).Ask(t.Context())
	assert.NilError(t, err)
	assert.DeepEqual(t, asked, []string{"/same k Bearer t", "/other  "})
}

// config reads a step the way the runner does.
func config(t *testing.T, url, more string) probehttp.Config {
	t.Helper()
	text := fmt.Sprintf("steps: [{name: x, http: {url: %q, %s}}]", url, more)
	spec, err := hookspec.Parse("spec", []byte(text))
	assert.NilError(t, err)
	spec, err = spec.WithDefaults()
	assert.NilError(t, err)
	return probehttp.Config{HTTP: *spec.Steps[0].HTTP}
}
