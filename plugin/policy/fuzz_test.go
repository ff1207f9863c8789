package policy_test

import (
	"encoding/json"
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
		written := p.String()
		again, _, err := policy.Parse("safesync.yaml", []byte(written), nil)
		assert.NilError(t, err, "the policy was written as:\n%s", written)
		assert.Equal(t, again.String(), written)
	})
}

// FuzzText holds the same for any text that a policy can carry, where what
// writes YAML and what reads it could disagree about quotes and line ends.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", " ", "a\n", "\n a\n\n", "a\r\nb", "\t", "- a", "a: b", "#", "~", "0x1", "<<", "é\u0085\u2028", "yes", "1:30", "=", "\ufeff", "\x7f"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		text, err := json.Marshal(map[string]any{
			"apiVersion": policy.APIVersion, "kind": "Policy",
			"source": map[string]any{"helm": map[string]any{"releaseName": value, "values": map[string]any{key: []string{value}}}},
		})
		assert.NilError(t, err)
		p, _, err := policy.Parse("safesync.yaml", text, nil)
		if err != nil {
			return
		}
		again, _, err := policy.Parse("safesync.yaml", []byte(p.String()), nil)
		assert.NilError(t, err, "the policy was written as:\n%s", p.String())
		assert.DeepEqual(t, again.Source.Helm, p.Source.Helm)
	})
}
