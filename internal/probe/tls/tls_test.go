package tls_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	probetls "github.com/argocd-safesync/argocd-safesync/internal/probe/tls"
)

// An authority signs certificates for tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	assert.NilError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(1000 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	assert.NilError(t, err)
	cert, err := x509.ParseCertificate(der)
	assert.NilError(t, err)
	return authority{cert, key}
}

func (a authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// serve shakes hands with a certificate for www.example.org until until.
func (a authority) serve(t *testing.T, until time.Time) (address string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	assert.NilError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "www"}, DNSNames: []string{"www.example.org"},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	assert.NilError(t, err)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	assert.NilError(t, err)
	t.Cleanup(func() { listener.Close() })
	go accept(listener)
	return listener.Addr().String()
}

func accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			_, _ = io.Copy(io.Discard, conn) // the first read shakes hands
			_ = conn.Close()
		}()
	}
}

func TestCertificates(t *testing.T) {
	ca := newAuthority(t)
	in30days := time.Now().Add(30*24*time.Hour + time.Minute)
	trusted := probe.Trust{CA: ca.pem(), ServerName: "www.example.org"}
	cases := []struct {
		name  string
		until time.Time
		trust probe.Trust
		min   int
		saw   string
		want  string
	}{
		{name: "good", until: in30days, trust: trusted, min: 30, saw: "the certificate is valid until " + date(in30days) + ", 30 days"},
		{name: "soon over", until: in30days, trust: trusted, min: 31, want: ": the certificate is valid until " + date(in30days) + ", 30 days, want at least 31"},
		{
			name: "over", until: time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC), trust: trusted,
			want: ": the certificate is valid from 2020-01-01 to 2021-01-01 only",
		},
		{
			name: "over, whoever is trusted", until: time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC), trust: probe.Trust{Anyone: true},
			want: ": the certificate expired on 2021-01-01",
		},
		{
			name: "another name", until: in30days, trust: probe.Trust{CA: ca.pem(), ServerName: "sso.example.org"},
			want: ": the certificate is for www.example.org, not for sso.example.org",
		},
		{
			name: "unknown authority", until: in30days, trust: probe.Trust{ServerName: "www.example.org"},
			want: `: the certificate is signed by "CN=test authority", which is not trusted`,
		},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			address := ca.serve(t, tc.until)
			client, err := tc.trust.Config()
			assert.NilError(t, err)
			yes, err := probetls.New(probetls.Config{Address: address, Client: client, MinDaysLeft: tc.min}).Ask(t.Context())
			if tc.want == "" {
				assert.NilError(t, err)
				assert.Equal(t, yes.Saw, tc.saw)
				return
			}
			assert.Error(t, err, "tls "+address+tc.want)
			assert.Equal(t, probe.CauseOf(err), probe.TLS)
			assert.Assert(t, errors.Is(err, probe.ErrNotYet))
		})
	}
}

func date(t time.Time) string { return t.UTC().Format("2006-01-02") }

func TestNoTLS(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	assert.NilError(t, err)
	defer listener.Close()
	go func() {
		if conn, err := listener.Accept(); err == nil {
			_, _ = io.WriteString(conn, "220 mail.example.org ESMTP\r\n")
			_ = conn.Close()
		}
	}()
	address := listener.Addr().String()
	_, err = probetls.New(probetls.Config{Address: address, Client: &tls.Config{ServerName: "x"}}).Ask(t.Context())
	assert.Error(t, err, "tls "+address+": want a TLS server, got one that does not speak it")
}

func TestTrustWantsCertificates(t *testing.T) {
	_, err := probe.Trust{CA: []byte("nothing")}.Config()
	assert.Error(t, err, "want certificates in PEM, got none")
}
