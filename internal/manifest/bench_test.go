package manifest_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// benchmarkStream is a stream of objects as charts write them.
func benchmarkStream() []byte {
	var b strings.Builder
	for i := range 300 {
		fmt.Fprintf(&b, "---\n# Source: shop/templates/web-%[1]d.yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web-%[1]d\n  labels:\n    app.kubernetes.io/name: web\n    app.kubernetes.io/instance: \"web-%[1]d\"\nspec:\n  replicas: 2\n  template:\n    spec:\n      containers:\n", i)
		for k := range 4 {
			fmt.Fprintf(&b, "      - name: c%d\n        image: registry.example.org/web:1.0.%d\n        args: [--listen=:8080, \"--verbose\"]\n        env:\n        - name: NOTE\n          value: some words of text\n        resources:\n          requests: {cpu: 100m, memory: 128Mi}\n          limits:\n            memory: 256Mi\n        command:\n        - sh\n        - -c\n        - |\n          set -e\n          echo one\n          exec /app\n", k, i)
		}
	}
	return []byte(b.String())
}

func BenchmarkDecode(b *testing.B) {
	data := benchmarkStream()
	for _, full := range []bool{false, true} {
		b.Run(fmt.Sprintf("full=%v", full), func(b *testing.B) {
			decoder := manifest.Decoder{FullParser: full}
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				_, err := decoder.Decode(data, "in.yaml")
				assert.NilError(b, err)
			}
		})
	}
	b.Run("yaml.v3", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			decoder := yaml.NewDecoder(bytes.NewReader(data))
			var node yaml.Node
			for decoder.Decode(&node) == nil {
			}
		}
	})
}

// BenchmarkPluginServer is what Argo CD's plugin server does with our output.
func BenchmarkPluginServer(b *testing.B) {
	objects, err := manifest.Decode(benchmarkStream(), "in.yaml")
	assert.NilError(b, err)
	for name, text := range map[string][]byte{"yaml": encode(b, objects), "json": encodeJSON(b, objects)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				_, err := argo(text)
				assert.NilError(b, err)
			}
		})
	}
}
