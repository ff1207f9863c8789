package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// Nobody has allowed the charts of a kustomization before there is a policy.
func TestAFirstPolicyAllowsTheChartsOfAKustomization(t *testing.T) {
	program := programFile(t)
	dir := t.TempDir()
	assert.NilError(t, os.CopyFS(dir, os.DirFS("../../testdata/apps/kustomize-charts/local")))
	file := filepath.Join(dir, "safesync.yaml")
	assert.NilError(t, os.Remove(file))
	run := func(args ...string) (string, error) {
		out, err := exec.CommandContext(t.Context(), program, append(args, "--repo-root", dir, dir)...).CombinedOutput()
		return string(out), err
	}

	config := filepath.Join(t.TempDir(), "config.yaml")
	assert.NilError(t, os.WriteFile(config, []byte("apiVersion: safesync/v1alpha1\nkind: Config\nkustomize: {enableHelm: false}\n"), 0o600))
	said, err := run("init", "--config", config)
	assert.Assert(t, err != nil, "the sidecar's configuration decides")
	assert.Assert(t, strings.Contains(said, "nothing that allows them"), said)

	said, err = run("init")
	assert.NilError(t, err, said)
	text, err := os.ReadFile(file)
	assert.NilError(t, err)
	assert.Assert(t, strings.Contains(string(text), "\nsource:\n  kustomize:\n    enableHelm: true\n"), "%s", text)
	said, err = run("generate", "--namespace", "shop")
	assert.NilError(t, err, said)
	assert.Assert(t, strings.Contains(said, "name: shop-web"), said)
}
