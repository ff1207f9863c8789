package plugin_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/plugin"
	"github.com/argocd-safesync/argocd-safesync/plugin/inject"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
)

// ownPreset is a repository with a preset for a system that nobody has heard of,
// and with an application that runs it. There is nothing else: the one file of
// the preset is all that a new system takes.
const ownPreset = `
-- presets/ledger.yaml --
apiVersion: safesync/v1alpha1
kind: Preset
description: The ledger is backed up before the sync and balanced after it.
inputs:
- name: service
  description: name of the Service
  find:
    select: {kind: Service, labelSelector: app.kubernetes.io/name=ledger}
    fieldPath: metadata.name
- name: workload
  description: name of the Deployment
  find:
    select: {kind: Deployment, labelSelector: app.kubernetes.io/name=ledger}
    fieldPath: metadata.name
- name: cluster
  description: name of the database's Cluster
- name: clusterNamespace
  description: its namespace
  default: ${app.namespace}
rollout:
- match: {kind: Deployment, name: "${workload}"}
  maxSurge: 1
  maxUnavailable: 0
hooks:
- name: ${workload}-backup
  phase: PreSync
  steps:
  - name: backup
    cnpg.backup: {cluster: "${cluster}", namespace: "${clusterNamespace}"}
- name: ${workload}-balance
  phase: PostSync
  steps:
  - name: new pods only
    rollout: {kind: Deployment, name: "${workload}"}
  - name: balanced
    http:
      url: http://${service}.${app.namespace}.svc/balance
      expect: {json: {difference: 0}}
      auth: {bearer: {secret: ledger-reader, key: token}}
-- apps/books/safesync.yaml --
apiVersion: safesync/v1alpha1
kind: Policy
presets:
- path: ../../presets/ledger.yaml
  with: {cluster: books, clusterNamespace: database}
-- apps/books/ledger.yaml --
apiVersion: apps/v1
kind: Deployment
metadata:
  name: books
  labels: {app.kubernetes.io/name: ledger}
spec:
  selector: {matchLabels: {app: books}}
  template:
    metadata: {labels: {app: books}}
    spec: {containers: [{name: ledger, image: ledger}]}
---
apiVersion: v1
kind: Service
metadata:
  name: books
  labels: {app.kubernetes.io/name: ledger}
spec:
  ports: [{port: 80}]
`

// TestASystemOfYourOwnIsOneFile adds a system that no built-in preset knows.
func TestASystemOfYourOwnIsOneFile(t *testing.T) {
	dir := t.TempDir()
	archive := txtar.Parse([]byte(ownPreset))
	assert.Equal(t, len(archive.Files), 3)
	for _, f := range archive.Files {
		file := filepath.Join(dir, f.Name)
		assert.NilError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		assert.NilError(t, os.WriteFile(file, f.Data, 0o600))
	}
	_, err := preset.Load("ledger")
	assert.ErrorContains(t, err, `no preset is called "ledger"`)

	root, err := os.OpenRoot(dir)
	assert.NilError(t, err)
	defer root.Close()
	var out bytes.Buffer
	warnings, err := plugin.Generate(t.Context(), plugin.Request{
		Repo: root.FS(), RepoDir: dir, App: "apps/books",
		Env: inject.Env{App: "books", Namespace: "finance", RunnerImage: "runner:test"},
	}, &out)
	assert.NilError(t, err)
	assert.Equal(t, len(warnings), 0, "%v", warnings)
	golden.Assert(t, out.String(), "own-preset.want.yaml")
}
