package testenv

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Prometheus starts Debian's Prometheus with a configuration file's text for
// the length of the test and returns its URL. It is ready, but its list of
// targets stays empty for some seconds, and a target is "unknown" until its
// first scrape: ask again. A POST to /-/reload reads the file "prometheus.yml" in
// the returned folder once more.
func Prometheus(tb testing.TB, config string) (url, dir string) {
	tb.Helper()
	program := Need(tb, "prometheus")
	dir = scratch(tb, "prometheus")
	file := filepath.Join(dir, "prometheus.yml")
	check(tb, os.WriteFile(file, []byte(config), 0o644))
	check(tb, retryPorts(func() error {
		port, err := freePort()
		if err != nil {
			return err
		}
		url = fmt.Sprintf("http://127.0.0.1:%d", port)
		cmd := exec.Command(program, "--config.file="+file, "--storage.tsdb.path="+filepath.Join(dir, "data"),
			fmt.Sprintf("--web.listen-address=127.0.0.1:%d", port), "--web.enable-lifecycle")
		_, err = launch(tb, cmd, dir, func() error { return answers(http.DefaultClient, url+"/-/ready") })
		return err
	}))
	return url, dir
}
