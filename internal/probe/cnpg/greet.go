package cnpg

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// greetTimeout is how long a server may take to answer the first packet.
const greetTimeout = 5 * time.Second

// sslRequest is the packet that asks a PostgreSQL server whether it speaks TLS:
// its length and a code, from the chapter "Message Formats" of the manual. It
// needs no user, and only PostgreSQL answers it with one letter, which an open
// port of something else does not.
var sslRequest = []byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f}

// greet sees that PostgreSQL answers at address, host:port, as applications
// reach it.
func greet(ctx context.Context, address string) error {
	place := "postgres " + address
	ctx, cancel := context.WithTimeout(ctx, greetTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return probe.Network(place, err)
	}
	defer func() { _ = conn.Close() }() // nothing is left to lose
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return fmt.Errorf("%s: %w", place, err)
	}
	if _, err := conn.Write(sslRequest); err != nil {
		return probe.Network(place, err)
	}
	var letter [1]byte
	if _, err := io.ReadFull(conn, letter[:]); err != nil {
		return probe.Network(place, err)
	}
	if letter[0] != 'S' && letter[0] != 'N' {
		return probe.NotYet(probe.Content, "%s: want a PostgreSQL server, got one that answers %q", place, letter)
	}
	return nil
}
