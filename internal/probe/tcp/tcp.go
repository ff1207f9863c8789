// Package tcp asks whether something accepts connections on a port.
//
// It knows nothing of what is spoken there: a proxy whose backend is gone still
// accepts.
package tcp

import (
	"context"
	"net"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// attempt is how long one connection may take; a lost packet is sent again
// after 1 and 3 seconds.
const attempt = 5 * time.Second

// New returns a probe for a listener at address, a host:port.
func New(address string) probe.Probe {
	return probe.Func(func(ctx context.Context) (probe.Yes, error) {
		ctx, cancel := context.WithTimeout(ctx, attempt)
		defer cancel()
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return probe.Yes{}, probe.Network("tcp "+address, err)
		}
		return probe.Yes{Saw: "connected to " + conn.RemoteAddr().String()}, conn.Close()
	})
}
