package main

import (
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"
)

// TestReviewPassesOverWhatAChartMakesByChance compares a chart with a password of
// its own making, before and after another value has changed.
func TestReviewPassesOverWhatAChartMakesByChance(t *testing.T) {
	repo := t.TempDir()
	writeFile(t, filepath.Join(repo, "app/safesync.yaml"), quietPolicy)
	writeFile(t, filepath.Join(repo, "app/Chart.yaml"), "apiVersion: v2\nname: app\nversion: 1.0.0\n")
	writeFile(t, filepath.Join(repo, "app/values.yaml"), "user: root\n")
	writeFile(t, filepath.Join(repo, "app/templates/secret.yaml"), "apiVersion: v1\nkind: Secret\nmetadata: {name: app}\nstringData: {user: {{ .Values.user }}, password: {{ randAlphaNum 20 | quote }}}\n")
	runGit(t, repo, "init", "-q")
	runGit(t, repo, "add", "-A")
	runGit(t, repo, "commit", "-qm", "one")
	said, code := runProgram(t, "review", "--base", "HEAD", "--namespace", "shop", "--repo-root", repo, repo)
	assert.Equal(t, code, 0)
	assert.Equal(t, said, "")
	writeFile(t, filepath.Join(repo, "app/values.yaml"), "user: admin\n")
	said, _ = runProgram(t, "review", "--base", "HEAD", "--namespace", "shop", "--repo-root", repo, repo)
	assert.Equal(t, said, "changed\tapp\n")
}
