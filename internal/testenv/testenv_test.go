package testenv_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

// A recorder notes how a test ended instead of ending it.
type recorder struct {
	testing.TB
	end string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatalf(format string, args ...any) {
	r.end = "fail: " + fmt.Sprintf(format, args...)
}

func (r *recorder) Skipf(format string, args ...any) {
	r.end = "skip: " + fmt.Sprintf(format, args...)
}

func TestNeed(t *testing.T) {
	for _, tc := range []struct{ name, program, require, wantEnd string }{
		{
			name: "a program on PATH is found", program: "go",
		},
		{
			name: "a missing program skips", program: "no-such-server",
			wantEnd: "skip: no program no-such-server; set REQUIRE_SERVERS=1 to make this a failure",
		},
		{
			name: "a missing program fails where servers are required", program: "no-such-server", require: "1",
			wantEnd: "fail: want the program no-such-server on PATH or in /usr/lib/postgresql/*/bin, found none",
		},
		{
			name: "a missing program that has to be built says how", program: "kube-apiserver", require: "1",
			wantEnd: "fail: want the program kube-apiserver from make server-tools at /nowhere/kube-apiserver-v1.37.2 or on PATH, found none",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv("REQUIRE_SERVERS", tc.require)
			t.Setenv("SAFESYNC_TOOLS", "/nowhere")
			r := &recorder{TB: t}
			path := testenv.Need(r, tc.program)
			assert.Equal(t, r.end, tc.wantEnd)
			assert.Equal(t, filepath.IsAbs(path), tc.wantEnd == "")
		})
	}
}
