package preset_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
)

// wantCases is how many examples every preset has at least: the system as its
// chart renders it, one with a feature off, one with unusual names.
const wantCases = 3

// TestPresets holds every preset to the same bargain: it decodes, it says why,
// and its examples show what comes out of it and what it says when it cannot
// know. A case is <case>.in.yaml, what is rendered, and <case>.with.yaml, what
// the policy gives; <case>.want.yaml is the policy that comes out, and
// <case>.want.txt what is said.
func TestPresets(t *testing.T) {
	for _, name := range preset.Names() {
		t.Run(name, func(t *testing.T) {
			_, err := preset.Load(name)
			assert.NilError(t, err)
			assert.Assert(t, readmeOf(t, name) != "")
			cases, err := filepath.Glob(filepath.Join(name, "testdata", "*.in.yaml"))
			assert.NilError(t, err)
			assert.Assert(t, len(cases) >= wantCases, "%s has %d cases, want at least %d", name, len(cases), wantCases)
			for _, in := range cases {
				stem := strings.TrimSuffix(in, ".in.yaml")
				t.Run(filepath.Base(stem), func(t *testing.T) {
					wantCase(t, name, stem)
				})
			}
			wantNoOrphans(t, name)
		})
	}
}

func wantCase(t *testing.T, name, stem string) {
	t.Helper()
	text, err := os.ReadFile(stem + ".in.yaml")
	assert.NilError(t, err)
	objects, err := manifest.Decode(text, filepath.Base(stem)+".yaml")
	assert.NilError(t, err)
	p := policyOf(t, name, stem)
	out, warnings, err := preset.Expand(p, objects, preset.Env{AppName: "app", AppNamespace: "apps"}, noFiles)
	wantText(t, stem+".want.txt", said(warnings, err))
	policyText := ""
	if err == nil {
		policyText = out.String()
	}
	wantText(t, stem+".want.yaml", policyText)
}

// policyOf returns a policy that uses the preset and nothing else, with the
// inputs of the case.
func policyOf(t *testing.T, name, stem string) policy.Policy {
	t.Helper()
	text := "apiVersion: safesync/v1alpha1\nkind: Policy\npresets:\n- name: " + name + "\n"
	with, err := os.ReadFile(stem + ".with.yaml")
	if !errors.Is(err, os.ErrNotExist) {
		assert.NilError(t, err)
		text += "  with:\n"
		for line := range strings.Lines(string(with)) {
			text += "    " + line
		}
	}
	p, _, err := policy.Parse(policy.FileName, []byte(text), nil)
	assert.NilError(t, err)
	return p
}

// said renders warnings and an error as a program prints them.
func said(warnings []diag.Problem, err error) string {
	var b strings.Builder
	for _, w := range warnings {
		b.WriteString(w.Error() + "\n")
	}
	if err != nil {
		b.WriteString(err.Error() + "\n")
	}
	return b.String()
}

// wantText compares got with a golden file; no text means no file.
func wantText(t *testing.T, file, got string) {
	t.Helper()
	if got == "" {
		if golden.FlagUpdate() {
			_ = os.Remove(file)
		}
		_, err := os.Stat(file)
		assert.Assert(t, errors.Is(err, os.ErrNotExist), "%s is there, but nothing came out", file)
		return
	}
	path, err := filepath.Abs(file)
	assert.NilError(t, err)
	golden.Assert(t, got, path)
}

// wantNoOrphans fails for a file of testdata that belongs to no case.
func wantNoOrphans(t *testing.T, name string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(name, "testdata", "*"))
	assert.NilError(t, err)
	for _, file := range all {
		stem, _, _ := strings.Cut(filepath.Base(file), ".")
		_, err := os.Stat(filepath.Join(name, "testdata", stem+".in.yaml"))
		assert.NilError(t, err, "%s belongs to no case", file)
	}
}

func readmeOf(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(name, "README.md"))
	assert.NilError(t, err)
	return string(text)
}

func noFiles(string) ([]byte, error) { return nil, os.ErrNotExist }
