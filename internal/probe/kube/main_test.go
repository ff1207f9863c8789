package kube_test

import (
	"context"
	"os"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/kubetest"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

var shared testenv.Shared

func TestMain(m *testing.M) { os.Exit(shared.Run(m)) }

// space is a namespace of the test and a client of its administrator.
func space(t *testing.T) (*kubetest.Space, *kube.Client) {
	t.Helper()
	s := kubetest.New(t, shared.Kube(t))
	c, err := kube.New(s.Admin, s.Namespace)
	assert.NilError(t, err)
	return s, c
}

// answerOf is what p says, as one text: how final it is, and the words.
func answerOf(ctx context.Context, p probe.Probe) string {
	yes, err := p.Ask(ctx)
	return kubetest.Words(yes, err)
}
