package testenv_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"gotest.tools/v3/assert"
)

// TestTheClusterTakesWhatThePluginAdds creates what the plugin has added in each
// of its own examples. Objects of the applications themselves may be as they like.
func TestTheClusterTakesWhatThePluginAdds(t *testing.T) {
	kube := shared.Kube(t)
	_, err := kube.Create(t, "", []byte("{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high}, value: 1}"))
	assert.NilError(t, err)

	jobs := 0
	for _, file := range examples(t) {
		added := readAdded(t, file)
		jobs += len(added.jobs)
		t.Run(strings.TrimPrefix(file, "../../"), func(t *testing.T) {
			assert.Equal(t, strings.Join(kube.Admit(t, added.stream()), "\n"), "")
		})
	}
	assert.Assert(t, jobs > 0, "want examples with a Job of the plugin, found none")
}

// examples lists the files with what the plugin writes.
func examples(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"plugin/inject/testdata/*/want.yaml", "testdata/apps/*/want/*.yaml"} {
		files, err := filepath.Glob("../../" + pattern)
		assert.NilError(t, err)
		out = append(out, files...)
	}
	return out
}

// An addition is what the plugin has added to an application.
type addition struct {
	text   bytes.Buffer
	jobs   []addedObject
	policy string // as the record has it
}

type addedObject struct {
	Kind     string
	Metadata struct {
		Namespace string
		Labels    map[string]string
	}
	Data map[string]string
	Spec struct {
		Template struct {
			Spec struct {
				ServiceAccountName string `yaml:"serviceAccountName"`
			}
		}
	}
}

// readAdded keeps the objects of file that carry the plugin's label.
func readAdded(t *testing.T, file string) *addition {
	t.Helper()
	text, err := os.ReadFile(file)
	assert.NilError(t, err)
	a := &addition{}
	in, out := yaml.NewDecoder(bytes.NewReader(text)), yaml.NewEncoder(&a.text)
	for {
		var node yaml.Node
		err := in.Decode(&node)
		if errors.Is(err, io.EOF) {
			return a
		}
		assert.NilError(t, err)
		var head struct {
			Metadata struct{ Labels map[string]string }
		}
		assert.NilError(t, node.Decode(&head))
		if head.Metadata.Labels["app.kubernetes.io/managed-by"] != "argocd-safesync" {
			continue
		}
		assert.NilError(t, out.Encode(&node))
		var o addedObject
		assert.NilError(t, node.Decode(&o))
		a.policy += o.Data["policy"]
		if o.Kind == "Job" {
			a.jobs = append(a.jobs, o)
		}
	}
}

// stream returns the objects, after the ServiceAccounts that the policy says are
// there already.
func (a *addition) stream() []byte {
	given := map[string]bool{}
	for _, job := range a.jobs {
		name := job.Spec.Template.Spec.ServiceAccountName
		if name != "" && name != "default" && regexp.MustCompile(`serviceAccount(Name)?: `+regexp.QuoteMeta(name)+`\b`).MatchString(a.policy) {
			given[fmt.Sprintf("{apiVersion: v1, kind: ServiceAccount, metadata: {name: %s, namespace: %q}}\n---\n", name, job.Metadata.Namespace)] = true
		}
	}
	var out strings.Builder
	for account := range given {
		out.WriteString(account)
	}
	return append([]byte(out.String()), a.text.Bytes()...)
}
