// Package e2e_test runs the built programs inside Argo CD's own code: its plugin
// server with the project's plugin.yaml, its client that streams a repository
// there, and its renderer. It is a module of its own because Argo CD is large.
package e2e_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/argoproj/argo-cd/v3/cmpserver"
	"github.com/argoproj/argo-cd/v3/cmpserver/apiclient"
	"github.com/argoproj/argo-cd/v3/cmpserver/plugin"
	"github.com/sirupsen/logrus"
	"gotest.tools/v3/assert"
)

// sockets is the folder in which Argo CD looks for plugins.
var sockets string

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run builds the programs, starts the plugin server and runs the tests, which
// share both as the applications of one Argo CD do.
func run(m *testing.M) int {
	logrus.SetLevel(logrus.FatalLevel)  // what the server logs, the tests assert
	dir, err := os.MkdirTemp("", "e2e") // a socket's path is limited to 108 bytes
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(dir)
	bin := filepath.Join(dir, "bin")
	if err := build(bin, "..", "./cmd/..."); err != nil {
		return fail(err)
	}
	if err := build(bin, "../tools/kustomize", "sigs.k8s.io/kustomize/kustomize/v5"); err != nil {
		return fail(err)
	}
	sockets = dir
	for name, value := range map[string]string{
		"PATH":                      bin + string(filepath.ListSeparator) + os.Getenv("PATH"),
		"ARGOCD_PLUGINSOCKFILEPATH": sockets,
		"SAFESYNC_RUNNER_IMAGE":     "runner:test",
		"ARGOCD_CMP_WORKDIR":        filepath.Join(dir, "work"),
	} {
		if err := os.Setenv(name, value); err != nil {
			return fail(err)
		}
	}
	stop, err := serve()
	if err != nil {
		return fail(err)
	}
	defer stop()
	return m.Run()
}

// build puts programs of a module into a folder. Argo CD's own kustomize is one:
// what it renders is compared with ours.
func build(bin, module, packages string) error {
	command := exec.Command("go", "build", "-o", bin+string(filepath.Separator), packages)
	command.Dir = module
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s of %s: %w\n%s", packages, module, err, out)
	}
	return nil
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, "e2e:", err)
	return 1
}

// config reads the project's plugin.yaml as the sidecar does.
func config() (*plugin.PluginConfig, error) {
	root, err := filepath.Abs("..")
	if err != nil {
		return nil, err
	}
	return plugin.ReadPluginConfig(root)
}

// serve starts Argo CD's plugin server on its socket.
func serve() (stop func(), err error) {
	cfg, err := config()
	if err != nil {
		return nil, err
	}
	server, err := cmpserver.NewServer(plugin.CMPServerInitConstants{PluginConfig: *cfg})
	if err != nil {
		return nil, err
	}
	grpc, err := server.CreateGRPC()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("unix", cfg.Address())
	if err != nil {
		return nil, err
	}
	go func() { _ = grpc.Serve(listener) }() // ends with Stop
	return grpc.Stop, nil
}

// client connects to the plugin server for the length of the test.
func client(t *testing.T) apiclient.ConfigManagementPluginServiceClient {
	t.Helper()
	cfg, err := config()
	assert.NilError(t, err)
	connection, c, err := apiclient.NewConfigManagementPluginClientSet(cfg.Address()).NewConfigManagementPluginClient()
	assert.NilError(t, err)
	t.Cleanup(func() { connection.Close() })
	return c
}
