// Package testenv gives tests the real servers they talk to.
//
// It knows how to find, start and stop them. Only tests import it. README.md
// lists the servers, where each comes from and what it costs.
package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// elsewhere is where Debian keeps server programs that are not on PATH.
const elsewhere = "/usr/lib/postgresql/*/bin"

// Need returns the path of a server program. If it is missing the test is
// skipped, unless REQUIRE_SERVERS is set, as it is in CI: there a skip would be
// a hole that nobody sees.
func Need(tb testing.TB, program string) string {
	tb.Helper()
	path := find(program)
	switch {
	case path != "":
		return path
	case os.Getenv("REQUIRE_SERVERS") != "":
		tb.Fatalf("want the program %s %s, found none", program, places(program))
	default:
		tb.Skipf("no program %s; set REQUIRE_SERVERS=1 to make this a failure", program)
	}
	return ""
}

// find returns the path of program, the newest version's if several are
// installed, or "".
func find(program string) string {
	if path := builtPath(program); path != "" {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	if path, err := exec.LookPath(program); err == nil {
		return path
	}
	paths, _ := filepath.Glob(filepath.Join(elsewhere, program)) // the pattern is a constant
	if len(paths) == 0 {
		return ""
	}
	return paths[len(paths)-1]
}

// places says where find looks for program.
func places(program string) string {
	if path := builtPath(program); path != "" {
		return "from make server-tools at " + path + " or on PATH"
	}
	return "on PATH or in " + elsewhere
}
