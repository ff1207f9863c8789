package prometheus_test

import (
	"encoding/pem"
	"net"
	"net/http/httptest"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	probehttp "github.com/argocd-safesync/argocd-safesync/internal/probe/http"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/prometheus"
)

// TestPodsHaveTheCertificateOfTheirService holds that a pod is asked at its
// address and verified by the name in the url, which its certificate is for.
func TestPodsHaveTheCertificateOfTheirService(t *testing.T) {
	server := httptest.NewTLSServer(answer(200, "text/plain", "Prometheus Server is Ready.\n"))
	t.Cleanup(server.Close)
	trust, err := probe.Trust{CA: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})}.Config()
	assert.NilError(t, err)
	ip, port, err := net.SplitHostPort(server.Listener.Addr().String())
	assert.NilError(t, err)
	ready := func(host, serverName string) string {
		c := trust.Clone()
		c.ServerName = serverName
		a := prometheus.Access{
			At:       hookspec.Prometheus{URL: "https://" + host + ":" + port, RequestTimeout: hookspec.Duration(time.Second), MaxBytes: 1000},
			HTTP:     probehttp.Config{Client: c},
			Replicas: listOf([]prometheus.Replica{{Name: "pod-0", IP: ip}}),
		}
		return said(t, a.Ready(), port, "PORT")
	}
	// The certificate of httptest is for example.com.
	assert.Equal(t, ready("example.com", ""), "yes: pod-0: ready")
	assert.Equal(t, ready("other.test", "example.com"), "yes: pod-0: ready")
	assert.Equal(t, ready("other.test", ""), "not yet: pod-0: GET https://127.0.0.1:PORT/-/ready: the certificate is for example.com, *.example.com, 127.0.0.1, ::1, not for other.test")
}
