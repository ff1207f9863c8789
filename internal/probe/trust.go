package probe

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
)

// A Trust says whom a client trusts.
type Trust struct {
	Anyone     bool   // trust any certificate
	CA         []byte // PEM; nil means the system's
	ServerName string // ask for and verify this name; "" means the address's host
}

// Config returns t as crypto/tls has it. CA without a certificate is an error.
func (t Trust) Config() (*tls.Config, error) {
	c := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         t.ServerName,
		InsecureSkipVerify: t.Anyone,
	}
	if t.CA == nil {
		return c, nil
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(t.CA) {
		return nil, fmt.Errorf("want certificates in PEM, got none")
	}
	return c, nil
}

// Named is c for a server whose certificate is for name, unless c says another:
// the address that it is asked at may be in no certificate, such as that of a pod.
func Named(c *tls.Config, name string) *tls.Config {
	if c == nil {
		return &tls.Config{MinVersion: tls.VersionTLS12, ServerName: name}
	}
	if c.ServerName == "" {
		c = c.Clone()
		c.ServerName = name
	}
	return c
}
