package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

const configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"

// linkTo in front of a path makes a symlink in place of a file.
const linkTo = "-> "

// TestEveryExceptionIsKnown holds what docs/fidelity.md says is refused here and
// not by Argo CD. Whoever mends one must take it from that page.
func TestEveryExceptionIsKnown(t *testing.T) {
	policy := "apiVersion: safesync/v1alpha1\nkind: Policy\n"
	for name, tt := range map[string]struct {
		files map[string]string
		want  outcome
	}{
		"a document after dots":      {map[string]string{"a.yaml": configMap + "...\n" + configMap}, onlySafesync},
		"a last line that gets lost": {map[string]string{"a.yaml": configMap + "data:\n" + "  a: " + strings.Repeat("x", 4096-len("  a: "))}, onlySafesync},
		"aliases that grow":          {map[string]string{"a.yaml": configMap + "data:\n  a: &a " + strings.Repeat("x", 100_000) + "\n  b: [" + strings.Repeat("*a, ", 200) + "]\n"}, onlySafesync},
		"more than 1000 levels":      {map[string]string{"a.yaml": configMap + "spec: " + strings.Repeat("[", 1001) + strings.Repeat("]", 1001) + "\n"}, onlySafesync},
		"a JSON key of 1100 bytes":   {map[string]string{"a.json": `{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}, "` + strings.Repeat("k", 1100) + `": 1}`}, onlySafesync},
		"a delete character":         {map[string]string{"a.json": "{\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"a\"}, \"x\": \"\x7f\"}"}, onlySafesync},
		"a glob that is none":        {map[string]string{"a.yaml": configMap, policyName: policy + "source: {directory: {include: '[a'}}\n"}, onlySafesync},
		"a long name of a Job":       {map[string]string{"a.yaml": "apiVersion: batch/v1\nkind: Job\nmetadata: {name: " + strings.Repeat("a", 64) + "}\n"}, onlySafesync},
		"a label that is a number":   {map[string]string{"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {x: 1}}\n"}, onlySafesync},
		"an item without a kind":     {map[string]string{"a.yaml": "apiVersion: v1\nkind: List\nitems: [{a: b}]\n"}, noCluster},
		"a list in a list":           {map[string]string{"a.yaml": "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: List, items: []}]\n"}, noCluster},
		"an object without a name":   {map[string]string{"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n"}, noCluster},
		"a JSON file without a kind": {map[string]string{"a.json": "{}", "b.yaml": configMap}, noCluster},
		"a symlink out of a chart":   {map[string]string{"Chart.yaml": "apiVersion: v2\nname: a\nversion: 1.0.0\n", "templates/a.yaml": configMap, "f.txt": linkTo + "/etc/hosts"}, onlySafesync},
	} {
		t.Run(name, func(t *testing.T) {
			repo := t.TempDir()
			for file, text := range tt.files {
				path := filepath.Join(repo, "app", file)
				assert.NilError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				if target, ok := strings.CutPrefix(text, linkTo); ok {
					assert.NilError(t, os.Symlink(target, path))
					continue
				}
				assert.NilError(t, os.WriteFile(path, []byte(text), 0o600))
			}
			r := compare(t.Context(), bin, repo, application{"app", "app", "ns"}, t.TempDir())
			assert.Equal(t, r.outcome, tt.want, r.note)
		})
	}
}
