package testenv

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A Kube is a kube-apiserver with RBAC and the default admission, Pod Security
// among it, on a store of its own. No controller, scheduler or kubelet runs: the
// tests play their part by writing .status.
type Kube struct {
	// Host is the server's URL, without a path.
	Host string
	// CA is the certificate, in PEM, that proves it.
	CA []byte
	// Token makes its bearer an administrator.
	Token string

	client *http.Client
	dir    string
}

// KubeAPIServer starts a kube-apiserver for the length of the test. It takes
// about 4 s; [Shared] has one for all tests of a package.
func KubeAPIServer(tb testing.TB) *Kube {
	tb.Helper()
	etcd, apiserver := Need(tb, "etcd"), Need(tb, "kube-apiserver")
	k := &Kube{Token: rand.Text(), dir: scratch(tb, "kube")}
	check(tb, k.writeFiles())
	var store string
	check(tb, retryPorts(func() (err error) { store, err = startEtcd(tb, etcd, k.dir); return err }))
	check(tb, retryPorts(func() error { return k.start(tb, apiserver, store) }))
	return k
}

// startEtcd returns the URL of the store that it starts.
func startEtcd(tb testing.TB, program, dir string) (string, error) {
	tb.Helper()
	ports, err := freePorts(2)
	if err != nil {
		return "", err
	}
	clientURL, peerURL := fmt.Sprintf("http://127.0.0.1:%d", ports[0]), fmt.Sprintf("http://127.0.0.1:%d", ports[1])
	cmd := exec.Command(program,
		"--data-dir="+filepath.Join(dir, fmt.Sprintf("etcd-%d", ports[0])), "--unsafe-no-fsync",
		"--listen-client-urls="+clientURL, "--advertise-client-urls="+clientURL,
		"--listen-peer-urls="+peerURL, "--initial-advertise-peer-urls="+peerURL,
		"--initial-cluster=default="+peerURL)
	_, err = launch(tb, cmd, dir, func() error { return answers(http.DefaultClient, clientURL+"/health") })
	return clientURL, err
}

// writeFiles writes what the server reads: the administrator's token and the key
// that signs ServiceAccount tokens.
func (k *Kube) writeFiles() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
	if err := os.WriteFile(k.path("sa.key"), text, 0o600); err != nil {
		return err
	}
	admin := fmt.Sprintf("%s,admin,admin,system:masters\n", k.Token)
	return os.WriteFile(k.path("tokens.csv"), []byte(admin), 0o600)
}

// start runs the server and waits until it is ready, default namespace included.
func (k *Kube) start(tb testing.TB, program, store string) error {
	tb.Helper()
	port, err := freePort()
	if err != nil {
		return err
	}
	k.Host = fmt.Sprintf("https://127.0.0.1:%d", port)
	cmd := exec.Command(program, k.flags(port, store)...)
	_, err = launch(tb, cmd, k.dir, k.ready)
	return err
}

func (k *Kube) flags(port int, store string) []string {
	return []string{
		"--etcd-servers=" + store,
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", port),
		"--cert-dir=" + k.path("tls"),
		"--token-auth-file=" + k.path("tokens.csv"),
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + k.path("sa.key"), "--service-account-signing-key-file=" + k.path("sa.key"),
		// All of 127/8 is local on Linux, so that nothing meant for a Service
		// can leave the machine.
		"--service-cluster-ip-range=127.96.0.0/16",
		// The address is loopback, which an Endpoints object may not have.
		"--endpoint-reconciler-type=none",
		// No node controller runs that would take the taint away again.
		"--disable-admission-plugins=TaintNodesByCondition",
		"--profiling=false",
	}
}

// ready loads the certificate that the server has written for itself and asks
// for its health.
func (k *Kube) ready() error {
	ca, err := os.ReadFile(k.path("tls/apiserver.crt"))
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return fmt.Errorf("%s is not written yet", k.path("tls/apiserver.crt"))
	}
	k.CA = ca
	k.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	if _, err := k.call(http.MethodGet, "/readyz", nil); err != nil {
		return err
	}
	_, err = k.call(http.MethodGet, "/api/v1/namespaces/default", nil)
	return err
}

func (k *Kube) path(name string) string { return filepath.Join(k.dir, name) }

// Kubeconfig returns a kubeconfig file of the administrator.
func (k *Kube) Kubeconfig() []byte { return k.kubeconfig(k.Token, "default") }

// kubeconfig is written as JSON, which is YAML too.
func (k *Kube) kubeconfig(token, namespace string) []byte {
	type object = map[string]any
	text, _ := json.MarshalIndent(object{ // it holds nothing that JSON cannot say
		"apiVersion": "v1", "kind": "Config", "current-context": "test",
		"clusters": []object{{"name": "test", "cluster": object{"server": k.Host, "certificate-authority-data": k.CA}}},
		"users":    []object{{"name": "test", "user": object{"token": token}}},
		"contexts": []object{{"name": "test", "context": object{"cluster": "test", "user": "test", "namespace": namespace}}},
	}, "", "  ")
	return text
}

// answers returns nil if url answers 200.
func answers(client *http.Client, url string) error {
	resp, err := client.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, resp.Status)
	}
	return nil
}

// check ends the test if the environment, not the tested code, is broken.
func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatalf("test environment: %v", err)
	}
}
