package tcp_test

import (
	"context"
	"errors"
	"net"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/tcp"
)

func TestListener(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	assert.NilError(t, err)
	address := listener.Addr().String()

	yes, err := tcp.New(address).Ask(t.Context())
	assert.NilError(t, err)
	assert.Equal(t, yes.Saw, "connected to "+address)

	assert.NilError(t, listener.Close())
	_, err = tcp.New(address).Ask(t.Context())
	assert.Error(t, err, "tcp "+address+": connection refused")
	assert.Equal(t, probe.CauseOf(err), probe.Refused)
	assert.Assert(t, errors.Is(err, probe.ErrNotYet))
}

func TestUnknownName(t *testing.T) {
	_, err := tcp.New("nowhere.invalid:80").Ask(t.Context())
	assert.Equal(t, probe.CauseOf(err), probe.DNS, "%v", err)
	assert.Assert(t, errors.Is(err, probe.ErrNotYet))
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := tcp.New("127.0.0.1:1").Ask(ctx)
	assert.Assert(t, err != nil)
}
