package manifest_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// TestOddStreams holds, for each file of testdata/odd, that it reads as Argo CD
// reads it, and shows what we write or say.
func TestOddStreams(t *testing.T) {
	for name, data := range oddFiles(t) {
		t.Run(name, func(t *testing.T) {
			compareWithArgo(t, data)
			objects, err := manifest.Decode(data, "in.yaml")
			var got strings.Builder
			for _, o := range objects {
				fmt.Fprintf(&got, "# %s %q\n", o.Origin(), o.Ref())
			}
			got.Write(encode(t, objects))
			if err != nil {
				fmt.Fprintf(&got, "! %v\n", err)
			}
			want, _ := filepath.Abs(filepath.Join("testdata/odd", strings.TrimSuffix(name, ".in")+".want"))
			golden.Assert(t, shorten(got.String()), want)
		})
	}
}

// shorten cuts lines that nobody reads.
func shorten(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if len(line) > 300 {
			line = fmt.Sprintf("%s… (%d bytes)\n", line[:100], len(line))
		}
		out.WriteString(line)
	}
	return out.String()
}
