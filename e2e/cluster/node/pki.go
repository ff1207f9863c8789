package node

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// lifetime of all certificates. A cluster lives for an hour.
const lifetime = 30 * 24 * time.Hour

// An authority signs the certificates of one cluster into one folder.
type authority struct {
	dir  string
	cert *x509.Certificate
	key  crypto.Signer
}

// An identity is who a program is to the API server.
type identity struct{ file, user, group string }

// identities are the ones that Kubernetes has roles for, and an administrator.
var identities = []identity{
	{"admin", "admin", "system:masters"},
	{"kube-controller-manager", "system:kube-controller-manager", ""},
	{"kube-scheduler", "system:kube-scheduler", ""},
	{"kube-proxy", "system:kube-proxy", ""},
	{"kubelet", "system:node:" + Name, "system:nodes"},
	{"coredns", "coredns", "system:masters"}, // Kubernetes has no role for it
}

// writePKI makes a certificate authority, the API server's certificate, the key
// that signs tokens, and for each of identities a certificate and a kubeconfig.
func (n *Node) writePKI(now time.Time) error {
	dir := n.path("pki")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	ca, err := newAuthority(dir, now)
	if err != nil {
		return err
	}
	if err := ca.server("apiserver"); err != nil {
		return err
	}
	if _, err := ca.newKey("sa"); err != nil {
		return err
	}
	for _, id := range identities {
		if err := ca.client(id); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, id.file+".kubeconfig"), []byte(kubeconfig(dir, id)), 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(n.Kubeconfig(), []byte(kubeconfig(dir, identities[0])), 0o600)
}

func newAuthority(dir string, now time.Time) (*authority, error) {
	a := &authority{dir: dir}
	var err error
	if a.key, err = a.newKey("ca"); err != nil {
		return nil, err
	}
	a.cert = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "safesync test cluster"},
		NotBefore: now.Add(-time.Minute), NotAfter: now.Add(lifetime),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	return a, a.sign("ca", a.cert, a.key.Public())
}

// server makes the certificate of the API server, for all its addresses.
func (a *authority) server(file string) error {
	return a.issue(file, &x509.Certificate{
		Subject:     pkix.Name{CommonName: "kube-apiserver"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.ParseIP("127.0.0.1"), net.ParseIP(hostIP), net.ParseIP(apiService)},
		DNSNames:    []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"},
	})
}

func (a *authority) client(id identity) error {
	subject := pkix.Name{CommonName: id.user}
	if id.group != "" {
		subject.Organization = []string{id.group}
	}
	return a.issue(id.file, &x509.Certificate{Subject: subject, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
}

// issue completes cert and writes it with a key of its own.
func (a *authority) issue(file string, cert *x509.Certificate) error {
	key, err := a.newKey(file)
	if err != nil {
		return err
	}
	if cert.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); err != nil {
		return err
	}
	cert.NotBefore, cert.NotAfter = a.cert.NotBefore, a.cert.NotAfter
	cert.KeyUsage = x509.KeyUsageDigitalSignature
	return a.sign(file, cert, key.Public())
}

func (a *authority) sign(file string, cert *x509.Certificate, public crypto.PublicKey) error {
	der, err := x509.CreateCertificate(rand.Reader, cert, a.cert, public, a.key)
	if err != nil {
		return fmt.Errorf("sign %s: %w", file, err)
	}
	return a.write(file+".crt", "CERTIFICATE", der)
}

func (a *authority) newKey(file string) (crypto.Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(key) // the only form that the API server takes
	if err != nil {
		return nil, err
	}
	return key, a.write(file+".key", "EC PRIVATE KEY", der)
}

func (a *authority) write(file, kind string, der []byte) error {
	return os.WriteFile(filepath.Join(a.dir, file), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}

func kubeconfig(dir string, id identity) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: cluster
clusters:
- name: cluster
  cluster: {server: "https://%[1]s:%[2]s", certificate-authority: %[3]s/ca.crt}
users:
- name: %[4]s
  user: {client-certificate: %[3]s/%[4]s.crt, client-key: %[3]s/%[4]s.key}
contexts:
- name: cluster
  context: {cluster: cluster, user: %[4]s}
`, hostIP, apiPort, dir, id.file)
}
