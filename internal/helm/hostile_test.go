package helm_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/helm"
)

// tarred is an archive of what fill writes.
func tarred(t *testing.T, fill func(w *tar.Writer)) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	assert.NilError(t, err)
	w := tar.NewWriter(zipped)
	fill(w)
	assert.NilError(t, w.Close())
	assert.NilError(t, zipped.Close())
	return out.Bytes()
}

// bomb is an archive that is small and unpacks to this many megabytes.
func bomb(t *testing.T, megabytes int) []byte {
	t.Helper()
	return tarred(t, func(w *tar.Writer) {
		assert.NilError(t, w.WriteHeader(&tar.Header{Name: "db/Chart.yaml", Mode: 0o644, Size: int64(megabytes) << 20}))
		for range megabytes {
			_, err := w.Write(make([]byte, 1<<20))
			assert.NilError(t, err)
		}
	})
}

// sparse makes a file of this many megabytes that takes no room.
func sparse(t *testing.T, name string, megabytes int64) {
	t.Helper()
	writeFile(t, name, nil)
	assert.NilError(t, os.Truncate(name, megabytes<<20))
}

func TestWhatIsTooLargeIsRefused(t *testing.T) {
	tests := []struct {
		name, want string
		make       func(t *testing.T, dir string, opts *helm.Options)
	}{
		{"a bomb", "charts/db.tgz: want an archive of a chart: it has more than 100 MB unpacked\n", func(t *testing.T, dir string, _ *helm.Options) {
			writeFile(t, filepath.Join(dir, "charts/db.tgz"), bomb(t, 101))
		}},
		{"a bomb in an archive", "charts/db.tgz/charts/inner.tgz: want an archive of a chart: it has more than 100 MB unpacked\n", func(t *testing.T, dir string, _ *helm.Options) {
			writeFile(t, filepath.Join(dir, "charts/db.tgz"), pack(t, map[string]string{
				"db/Chart.yaml": "apiVersion: v2\nname: db\nversion: 1.0.0\n", "db/charts/inner.tgz": string(bomb(t, 101)),
			}))
		}},
		{"an archive of many files", "charts/db.tgz: want an archive of a chart: it has more than 50000 files\n", func(t *testing.T, dir string, _ *helm.Options) {
			writeFile(t, filepath.Join(dir, "charts/db.tgz"), tarred(t, func(w *tar.Writer) {
				for range 300_000 {
					assert.NilError(t, w.WriteHeader(&tar.Header{Name: "db/a", Mode: 0o644}))
				}
			}))
		}},
		{"archives that are too large together", "charts/b.tgz: want a chart of at most 100 MB with all its files and charts, got more with this file\n", func(t *testing.T, dir string, _ *helm.Options) {
			large := make([]byte, 60<<20)
			for _, name := range []string{"a", "b"} {
				writeFile(t, filepath.Join(dir, "charts", name+".tgz"), pack(t, map[string]string{
					name + "/Chart.yaml": "apiVersion: v2\nname: " + name + "\nversion: 1.0.0\n", name + "/large": string(large),
				}))
			}
		}},
		{"a value file", "large.yaml: want at most 10 MB, got more\n", func(t *testing.T, dir string, opts *helm.Options) {
			sparse(t, filepath.Join(dir, "large.yaml"), 100)
			writeFile(t, filepath.Join(dir, ".helmignore"), []byte("large.yaml\n"))
			opts.ValueFiles = []string{"large.yaml"}
		}},
		{"the chart's own values", "values.yaml: want at most 10 MB, got more\n", func(t *testing.T, dir string, _ *helm.Options) {
			sparse(t, filepath.Join(dir, "values.yaml"), 99)
		}},
		{"a chart", "templates/b: want a chart of at most 100 MB with all its files and charts, got more with this file\n", func(t *testing.T, dir string, _ *helm.Options) {
			sparse(t, filepath.Join(dir, "templates/a"), 50)
			sparse(t, filepath.Join(dir, "templates/b"), 60_000)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var opts helm.Options
			opts.RepoRoot, opts.App, opts.Release = t.TempDir(), ".", "web"
			writeFile(t, filepath.Join(opts.RepoRoot, "Chart.yaml"), []byte("apiVersion: v2\nname: shop\nversion: 1.0.0\n"))
			tt.make(t, opts.RepoRoot, &opts)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got := rendered(t, opts)
			runtime.ReadMemStats(&after)
			assert.Equal(t, got, tt.want)
			// An archive in memory grows by doubling, so this is three times its bound.
			assert.Assert(t, after.TotalAlloc-before.TotalAlloc < 600<<20, "%d MB", (after.TotalAlloc-before.TotalAlloc)>>20)
		})
	}
}

func TestAnArchiveOfMuchThatIsInNoFileIsRefused(t *testing.T) {
	var opts helm.Options
	opts.RepoRoot, opts.App, opts.Release = t.TempDir(), ".", "web"
	writeFile(t, filepath.Join(opts.RepoRoot, "Chart.yaml"), []byte("apiVersion: v2\nname: shop\nversion: 1.0.0\n"))
	records := map[string]string{"comment": strings.Repeat("x", 1<<20-100)}
	writeFile(t, filepath.Join(opts.RepoRoot, "charts/db.tgz"), tarred(t, func(w *tar.Writer) {
		for range 210 {
			assert.NilError(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: records}))
		}
	}))
	assert.Equal(t, rendered(t, opts), "charts/db.tgz: want an archive of a chart: it has more than 100 MB unpacked\n")
}
