package helm_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"
	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/helm"
)

// TestRender renders each case of testdata. Its spec.yaml is what the front would
// ask for, links has its symlinks, and files below a name that ends with .tgz are
// packed. The golden file is what comes out, or the problem.
func TestRender(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	assert.NilError(t, err)
	assert.Assert(t, len(cases) > 30)
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			opts := unpack(t, name)
			before := tree(t, opts.RepoRoot)
			got := rendered(t, opts)
			assert.Equal(t, rendered(t, opts), got, "two runs differ")
			assert.Assert(t, !strings.Contains(got, opts.RepoRoot), "a path of this machine: %s", got)
			assert.Assert(t, !strings.Contains(got, "root:x:0"), "read outside the repository: %s", got)
			assert.Assert(t, !strings.Contains(got, "hunter2"), "a secret in a message: %s", got)
			assert.DeepEqual(t, tree(t, opts.RepoRoot), before)
			want, err := filepath.Abs(strings.TrimSuffix(name, ".txtar") + ".want")
			assert.NilError(t, err)
			golden.Assert(t, got, want)
		})
	}
}

// rendered is what comes out, or the problem.
func rendered(t *testing.T, opts helm.Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := helm.Render(t.Context(), &out, opts); err != nil {
		assert.Equal(t, out.Len(), 0, "a chart that does not render has no output")
		return err.Error() + "\n"
	}
	return out.String()
}

// unpack makes the repository of a case, and reads what is asked for.
func unpack(t *testing.T, name string) helm.Options {
	t.Helper()
	archive, err := txtar.ParseFile(name)
	assert.NilError(t, err)
	opts := helm.Options{}
	opts.RepoRoot = t.TempDir()
	opts.App, opts.Release, opts.Namespace, opts.KubeVersion = ".", "web", "shop", "1.31.2"
	packed := map[string]map[string]string{}
	for _, f := range archive.Files {
		switch inside, file, isPacked := strings.Cut(f.Name, ".tgz/"); {
		case f.Name == "spec.yaml":
			text, err := yaml.YAMLToJSONStrict(f.Data)
			assert.NilError(t, err)
			assert.NilError(t, json.Unmarshal(text, &opts.Chart))
		case f.Name == "links":
			for line := range strings.Lines(string(f.Data)) {
				from, to, _ := strings.Cut(strings.TrimSpace(line), " -> ")
				defer func() { assert.NilError(t, os.Symlink(to, filepath.Join(opts.RepoRoot, from))) }()
			}
		case isPacked:
			if packed[inside] == nil {
				packed[inside] = map[string]string{}
			}
			packed[inside][file] = string(f.Data)
		default:
			writeFile(t, filepath.Join(opts.RepoRoot, f.Name), f.Data)
		}
	}
	for inside, files := range packed {
		writeFile(t, filepath.Join(opts.RepoRoot, inside+".tgz"), pack(t, files))
	}
	return opts
}

func writeFile(t *testing.T, name string, data []byte) {
	t.Helper()
	assert.NilError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	assert.NilError(t, os.WriteFile(name, data, 0o600))
}

// pack makes an archive of a chart.
func pack(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	w := tar.NewWriter(zipped)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		assert.NilError(t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(files[name]))}))
		_, err := w.Write([]byte(files[name]))
		assert.NilError(t, err)
	}
	assert.NilError(t, w.Close())
	assert.NilError(t, zipped.Close())
	return out.Bytes()
}

// tree lists what is in a directory, so that a test sees what was written.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil {
			out = append(out, path+" "+info.Mode().String()+" "+info.ModTime().String())
		}
		return err
	})
	assert.NilError(t, err)
	return out
}
