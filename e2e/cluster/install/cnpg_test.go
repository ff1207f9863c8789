package install

import (
	"crypto/tls"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"sigs.k8s.io/yaml"
)

func TestCloudNativePGRunsOnlyImagesThatTheClusterHas(t *testing.T) {
	built, err := (&Installer{Root: root(t)}).cnpg(t.Context(), "/srv/volumes")
	assert.NilError(t, err)
	assert.DeepEqual(t, images(built), []string{
		"localhost/safesync-cluster/barman:1",
		"localhost/safesync-cluster/cnpg:1",
		"localhost/safesync-cluster/minio:1",
	})
	text := string(built)
	assert.Equal(t, strings.Count(text, "imagePullPolicy: Always"), 0)
	assert.Equal(t, strings.Count(text, "name: SIDECAR_IMAGE"), 1)
	assert.Equal(t, strings.Count(text, "value: localhost/safesync-cluster/barman-sidecar:1"), 1)
	assert.Equal(t, strings.Count(text, "value: localhost/safesync-cluster/cnpg:1"), 1)
	assert.Equal(t, strings.Count(text, "cert-manager.io"), 0)
	assert.Equal(t, strings.Count(text, "path: /srv/volumes/volume-"), volumeCount)
	assert.Equal(t, strings.Count(text, "path: /srv/volumes/minio"), 1)
}

func TestASelfSignedSecretHoldsACertificateWithItsKey(t *testing.T) {
	manifest, err := selfSigned("barman-cloud-server-tls", "barman-cloud")
	assert.NilError(t, err)
	var secret struct{ Data map[string][]byte }
	assert.NilError(t, yaml.Unmarshal(manifest, &secret))
	pair, err := tls.X509KeyPair(secret.Data["tls.crt"], secret.Data["tls.key"])
	assert.NilError(t, err)
	assert.NilError(t, pair.Leaf.VerifyHostname("barman-cloud"))
}
