package testenv

import (
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"testing"
)

// The modules of tools/crds, for [CRDs].
const (
	CloudNativePG     = "github.com/cloudnative-pg/cloudnative-pg"
	BarmanCloudPlugin = "github.com/cloudnative-pg/plugin-barman-cloud"
)

// CRDs returns the folder with a module's CustomResourceDefinitions, in Go's
// module cache. The version is the one that tools/crds/go.mod pins; it is
// downloaded if it is not there.
func CRDs(tb testing.TB, module string) string {
	tb.Helper()
	cmd := exec.Command(Need(tb, "go"), "mod", "download", "-json", module)
	cmd.Dir = filepath.Join(root(), "tools", "crds")
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		tb.Fatalf("test environment: download %s: %v: %s%s", module, err, out, exit.Stderr)
	}
	check(tb, err)
	var downloaded struct{ Dir string }
	check(tb, json.Unmarshal(out, &downloaded))
	return filepath.Join(downloaded.Dir, "config", "crd", "bases")
}
