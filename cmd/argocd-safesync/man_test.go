package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

// TestManualPagesAreSetWithoutAComplaint gives the page of every command to the
// program that man sets it with.
func TestManualPagesAreSetWithoutAComplaint(t *testing.T) {
	groff := testenv.Need(t, "groff")
	for _, cmd := range append(commands(), root(cli.IO{})) {
		t.Run(cmd.Name(), func(t *testing.T) {
			set := exec.Command(groff, "-man", "-ww", "-Tutf8")
			set.Stdin = strings.NewReader(cli.Man(cmd))
			var page, complaints bytes.Buffer
			set.Stdout, set.Stderr = &page, &complaints
			assert.NilError(t, set.Run())
			assert.Equal(t, complaints.String(), "")
			assert.Assert(t, page.Len() > 0)
		})
	}
}
