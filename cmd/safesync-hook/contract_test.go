package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
)

// TestTheJobsOfThePluginAreUnderstood reads every Job that the plugin's golden
// files hold: its arguments must be flags of run, and its spec one that parses,
// with every reference to a secret among the Job's variables.
func TestTheJobsOfThePluginAreUnderstood(t *testing.T) {
	jobs := 0
	for _, file := range goldenFiles(t) {
		text, err := os.ReadFile(file)
		assert.NilError(t, err)
		for _, c := range runnerContainers(text) {
			jobs++
			checkContainer(t, file, c)
		}
	}
	assert.Assert(t, jobs > 0, "no Job in the golden files")
}

func checkContainer(t *testing.T, file string, c container) {
	t.Helper()
	cmd := command(os.LookupEnv)
	// Kubernetes makes $ of $$; nothing else in arguments is its own.
	args := strings.Split(strings.ReplaceAll(strings.Join(c.Args, "\x00"), "$$", "$"), "\x00")
	run, rest, err := cmd.Find(args)
	assert.NilError(t, err, file)
	assert.Equal(t, run.Name(), "run", file)
	assert.NilError(t, run.ParseFlags(rest), file)
	assert.Equal(t, len(run.Flags().Args()), 0, file)
	spec, err := hookspec.Parse(file, []byte(run.Flag("spec").Value.String()))
	assert.NilError(t, err)
	spec.MapSecrets(func(ref hookspec.SecretRef) hookspec.SecretRef {
		assert.Check(t, ref.Secret == "", "%s: a Secret in a spec", file)
		assert.Check(t, ref.Env == "" || slices.ContainsFunc(c.Env, func(v variable) bool { return v.Name == ref.Env }), "%s: no variable %s", file, ref.Env)
		return ref
	})
}

func goldenFiles(t *testing.T) (files []string) {
	t.Helper()
	for _, root := range []string{"../../plugin", "../../testdata"} {
		assert.NilError(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if strings.HasSuffix(path, "want.yaml") {
				files = append(files, path)
			}
			return err
		}))
	}
	return files
}

type container struct {
	Command []string
	Args    []string
	Env     []variable
}

type variable struct{ Name string }

// runnerContainers are the containers of Jobs that run our program.
func runnerContainers(text []byte) (out []container) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var job struct {
			Kind string
			Spec struct {
				Containers []container // of a Pod
				Template   struct {
					Spec struct{ Containers []container }
				}
			}
		}
		err := d.Decode(&job)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil || job.Kind != "Job" && job.Kind != "Pod" {
			continue // other objects may have any shape
		}
		for _, c := range slices.Concat(job.Spec.Containers, job.Spec.Template.Spec.Containers) {
			if len(c.Command) > 0 && filepath.Base(c.Command[0]) == "safesync-hook" {
				out = append(out, c)
			}
		}
	}
}
