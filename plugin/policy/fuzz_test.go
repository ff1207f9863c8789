package policy_test

import (
	"os"
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// FuzzParse holds that no text makes Parse panic or fail in another way than
// with problems, and that a policy says the same after it was written out: the
// record of a policy, and the steps in a Job, are written that way.
func FuzzParse(f *testing.F) {
	for _, dir := range []string{bad, "testdata"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
		assert.NilError(f, err)
		for _, file := range files {
			data, err := os.ReadFile(file)
			assert.NilError(f, err)
			f.Add(data)
		}
	}
	f.Add([]byte(head + weakLayer))
	f.Add([]byte(head + strongLayer))
	f.Add([]byte(head + "source: {helm: {values: {a: 1.0, b: 1e3, c: 2020-01-01, d: \"\\r\\n\", e: ~, f: [0x1f, 12345678901234567890]}}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, _, err := policy.Parse("safesync.yaml", data, nil)
		if err != nil {
			assert.Assert(t, len(diag.Problems(err)) > 0, "want problems, got %v", err)
			return
		}
		written := encode(t, p)
		again, _, err := policy.Parse("safesync.yaml", []byte(written), nil)
		assert.NilError(t, err, "the policy was written as:\n%s", written)
		assert.Equal(t, encode(t, again), written)
	})
}
