// Package tls shakes hands with a server and looks at its certificate: is it
// trusted, for this name, and valid for long enough.
//
// It knows X.509 and nothing of what is spoken behind the handshake.
package tls

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// attempt is how long one connection with its handshake may take.
const attempt = 5 * time.Second

const day = 24 * time.Hour

// Config says what to ask.
type Config struct {
	Address string // host:port
	// Client holds whom to trust and which name to ask for; without a name the
	// host of Address counts.
	Client *tls.Config
	// MinDaysLeft is how many days the certificate must still be valid, also when
	// any certificate is trusted.
	MinDaysLeft int
}

// New returns a probe of one handshake.
func New(c Config) probe.Probe {
	place := "tls " + c.Address
	return probe.Func(func(ctx context.Context) (probe.Yes, error) {
		ctx, cancel := context.WithTimeout(ctx, attempt)
		defer cancel()
		d := tls.Dialer{NetDialer: &net.Dialer{}, Config: c.Client}
		conn, err := d.DialContext(ctx, "tcp", c.Address)
		if err != nil {
			return probe.Yes{}, probe.Network(place, err)
		}
		defer conn.Close()
		secure, ok := conn.(*tls.Conn)
		if !ok || len(secure.ConnectionState().PeerCertificates) == 0 {
			return probe.Yes{}, probe.NotYet(probe.TLS, "%s: want a certificate, got none", place)
		}
		return judge(place, secure.ConnectionState().PeerCertificates[0], time.Now(), c.MinDaysLeft)
	})
}

// judge looks at the dates of a certificate that is trusted. Time can mend a
// short rest: cert-manager renews.
func judge(place string, cert *x509.Certificate, now time.Time, minDays int) (probe.Yes, error) {
	until := cert.NotAfter.UTC().Format("2006-01-02")
	left := int(cert.NotAfter.Sub(now) / day)
	switch {
	case now.After(cert.NotAfter):
		return probe.Yes{}, probe.NotYet(probe.TLS, "%s: the certificate expired on %s", place, until)
	case left < minDays:
		return probe.Yes{}, probe.NotYet(probe.TLS, "%s: the certificate is valid until %s, %d days, want at least %d", place, until, left, minDays)
	}
	return probe.Yes{Saw: fmt.Sprintf("the certificate is valid until %s, %d days", until, left)}, nil
}
