package testenv

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A TraefikConfig says what is wrong with a Traefik; nothing is, if it is zero.
type TraefikConfig struct {
	// NoAPI leaves api.insecure off: /api is 404, and so is the dashboard.
	NoAPI bool
	// NoDashboard makes /dashboard/ 404.
	NoDashboard bool
	// BrokenRouter adds the router "broken", whose service does not exist.
	BrokenRouter bool
	// Redirect makes the entry point web redirect everything to websecure.
	Redirect bool
	// CatchAll is the host whose service gets the requests that no router wants:
	// TraefikApp, TraefikDown or TraefikEmpty. Without, they get 404.
	CatchAll string
}

// The hosts that every Traefik has a router for, on the entry point web.
const (
	TraefikApp   = "app.test"   // 200, "app"
	TraefikDown  = "down.test"  // 502: nothing listens
	TraefikEmpty = "empty.test" // 503: the service has no servers
)

// A TraefikServer is a real Traefik with a file provider.
type TraefikServer struct {
	// API is the URL of the entry point traefik: /ping, /api and /dashboard/.
	API string
	// Web and WebSecure are the URLs of the entry points for users. WebSecure has
	// Traefik's own certificate, which nobody trusts, and no routers.
	Web, WebSecure string

	process *process
}

// Traefik starts a Traefik for the length of the test. All of it is real but the
// dashboard's page: Traefik's Go module has none, so that a handler in the test
// stands in for it, behind a router at the page's path.
func Traefik(tb testing.TB, config TraefikConfig) *TraefikServer {
	tb.Helper()
	program := Need(tb, "traefik")
	dir := scratch(tb, "traefik")
	file := filepath.Join(dir, "dynamic.yaml")
	check(tb, os.WriteFile(file, []byte(config.dynamic(backend(tb))), 0o644))
	t := &TraefikServer{}
	check(tb, retryPorts(func() (err error) {
		ports, err := freePorts(3)
		if err != nil {
			return err
		}
		t.API, t.Web = fmt.Sprintf("http://127.0.0.1:%d", ports[0]), fmt.Sprintf("http://127.0.0.1:%d", ports[1])
		t.WebSecure = fmt.Sprintf("https://127.0.0.1:%d", ports[2])
		t.process, err = launch(tb, exec.Command(program, config.static(file, ports)...), dir, t.ready)
		return err
	}))
	return t
}

// Stop ends the server: its ports are closed.
func (t *TraefikServer) Stop() { t.process.stop(syscall.SIGTERM) }

// ready waits for the provider too: /ping answers before any router is there.
func (t *TraefikServer) ready() error {
	if err := answers(http.DefaultClient, t.API+"/ping"); err != nil {
		return err
	}
	req, err := http.NewRequest(http.MethodGet, t.Web, nil)
	if err != nil {
		return err
	}
	req.Host = TraefikApp
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNotFound {
		return fmt.Errorf("no router for %s yet", TraefikApp)
	}
	return nil
}

// static returns the command line for the entry points traefik, web and
// websecure.
func (c TraefikConfig) static(file string, ports []int) []string {
	args := []string{
		fmt.Sprintf("--entryPoints.traefik.address=127.0.0.1:%d", ports[0]),
		fmt.Sprintf("--entryPoints.web.address=127.0.0.1:%d", ports[1]),
		fmt.Sprintf("--entryPoints.websecure.address=127.0.0.1:%d", ports[2]),
		"--entryPoints.websecure.http.tls=true",
		"--providers.file.filename=" + file,
		"--ping=true",
		"--global.checkNewVersion=false", "--global.sendAnonymousUsage=false",
	}
	if !c.NoAPI {
		args = append(args, "--api.insecure=true", "--api.dashboard=false")
	}
	if c.Redirect {
		args = append(args, "--entryPoints.web.http.redirections.entryPoint.to=websecure")
	}
	return args
}

// dynamic returns the file provider's configuration.
func (c TraefikConfig) dynamic(backend string) string {
	services := map[string]string{TraefikApp: "app", TraefikDown: "down", TraefikEmpty: "empty"}
	var routers strings.Builder
	router := func(name, entryPoint, rule, service string) {
		fmt.Fprintf(&routers, "    %s: {entryPoints: [%s], rule: %q, service: %s}\n", name, entryPoint, rule, service)
	}
	for _, host := range []string{TraefikApp, TraefikDown, TraefikEmpty} {
		router(services[host], "web", "Host(`"+host+"`)", services[host])
	}
	if c.CatchAll != "" {
		router("catchall", "web", "PathPrefix(`/`)", services[c.CatchAll])
	}
	if c.BrokenRouter {
		router("broken", "web", "Host(`broken.test`)", "nosuch")
	}
	if !c.NoAPI && !c.NoDashboard {
		router("dashboard", "traefik", "Path(`/dashboard/`)", "app")
	}
	return "http:\n  routers:\n" + routers.String() + fmt.Sprintf(`  services:
    app: {loadBalancer: {servers: [{url: %q}]}}
    down: {loadBalancer: {servers: [{url: "http://127.0.0.1:9"}]}}
    empty: {loadBalancer: {servers: []}}
`, backend)
}

// backend starts the application behind Traefik, which also stands in for the
// dashboard's page.
func backend(tb testing.TB) string {
	tb.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "app") // a client that has gone is its own concern
	})
	mux.HandleFunc("/dashboard/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!DOCTYPE html><title>stand-in for Traefik's dashboard</title>")
	})
	server := httptest.NewServer(mux)
	tb.Cleanup(server.Close)
	return server.URL
}
