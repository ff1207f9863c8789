package helm_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	yamlutil "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/helm"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

// stricter are the cases that Helm renders and this package refuses.
var stricter = map[string]string{
	"link-outside":          "it reads any file of the machine",
	"link-that-leads-back":  "it ends at the longest path that the kernel takes",
	"schema-reads-no-files": "it reads any file of the machine",
}

// TestHelmItselfRendersTheSame runs the helm command as Argo CD does on each case
// of testdata: the objects are the same, and where there are none Helm has none
// either. How value files are found is Argo CD's, and no case of Helm's.
func TestHelmItselfRendersTheSame(t *testing.T) {
	program := testenv.Need(t, "helm")
	cases, err := filepath.Glob("testdata/*.txtar")
	assert.NilError(t, err)
	for _, file := range cases {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		if strings.HasPrefix(name, "value-file-") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			opts := unpack(t, file)
			var ours bytes.Buffer
			ourErr := helm.Render(t.Context(), &ours, opts)
			theirs, theirErr := template(t, program, opts)
			if why := stricter[name]; why != "" {
				assert.Assert(t, ourErr != nil, "want a refusal: %s", why)
				return
			}
			assert.Equal(t, ourErr == nil, theirErr == nil, "ours: %v\ntheirs: %v", ourErr, theirErr)
			if ourErr == nil {
				assert.DeepEqual(t, objectsOf(t, ours.Bytes()), objectsOf(t, theirs))
			}
		})
	}
}

// template runs the helm command, and builds what a chart depends on first, as
// Argo CD does on demand.
func template(t *testing.T, program string, opts helm.Options) ([]byte, error) {
	t.Helper()
	home := t.TempDir()
	chart := filepath.Join(opts.RepoRoot, opts.App)
	run := func(args ...string) ([]byte, error) {
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Dir = chart
		cmd.Env = []string{"HOME=" + home, "PATH=/nowhere"}
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			err = errors.New(stderr.String())
		}
		return out, err
	}
	args := append([]string{"template", "."}, arguments(t, home, opts)...)
	out, err := run(args...)
	if err != nil && strings.Contains(err.Error(), "missing in charts/ directory") {
		if out, err := run("dependency", "build"); err != nil {
			return out, err
		}
		return run(args...)
	}
	return out, err
}

// arguments are those that Argo CD would give.
func arguments(t *testing.T, home string, opts helm.Options) []string {
	t.Helper()
	args := []string{"--name-template", opts.Release}
	flag := func(name, value string) {
		if value != "" {
			args = append(args, name, value)
		}
	}
	flag("--namespace", opts.Namespace)
	flag("--kube-version", opts.KubeVersion)
	set := map[string]string{}
	for _, p := range opts.Parameters {
		set[p.Name] = "--set"
		if p.ForceString {
			set[p.Name] = "--set-string"
		}
	}
	for _, p := range opts.Parameters {
		value := p.Value
		if !strings.HasPrefix(value, "{") {
			value = strings.ReplaceAll(strings.ReplaceAll(value, `\,`, ","), ",", `\,`)
		}
		flag(set[p.Name], p.Name+"="+value)
	}
	for _, f := range opts.FileParameters {
		file := f.Path
		if strings.HasPrefix(file, "/") {
			file = filepath.Join(opts.RepoRoot, file)
		}
		flag("--set-file", f.Name+"="+file)
	}
	for _, f := range opts.ValueFiles {
		flag("--values", f)
	}
	if len(opts.Values) > 0 {
		file := filepath.Join(home, "values.yaml")
		assert.NilError(t, os.WriteFile(file, opts.Values, 0o600))
		flag("--values", file)
	}
	for _, v := range opts.APIVersions {
		flag("--api-versions", v)
	}
	for name, isSet := range map[string]bool{
		"--include-crds": !opts.SkipCRDs, "--skip-tests": opts.SkipTests, "--skip-schema-validation": opts.SkipSchema,
	} {
		if isSet {
			args = append(args, name)
		}
	}
	return args
}

// objectsOf returns the objects of a stream as sorted JSON texts.
func objectsOf(t *testing.T, stream []byte) (objects []string) {
	t.Helper()
	reader := yamlutil.NewYAMLReader(bufio.NewReader(bytes.NewReader(stream)))
	for {
		doc, err := reader.Read()
		if errors.Is(err, io.EOF) {
			slices.Sort(objects)
			return objects
		}
		assert.NilError(t, err)
		text, err := yaml.YAMLToJSON(doc)
		assert.NilError(t, err)
		if string(text) != "null" {
			objects = append(objects, string(text))
		}
	}
}
