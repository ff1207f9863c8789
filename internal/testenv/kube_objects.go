package testenv

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// An object is a Kubernetes object as JSON has it.
type object = map[string]any

// Namespace makes a namespace of the test's own and returns its name. It has the
// ServiceAccount "default", which a controller would have made, so that Pods can
// be created; labels are the namespace's.
func (k *Kube) Namespace(tb testing.TB, labels map[string]string) string {
	tb.Helper()
	name := namespaceName(tb.Name())
	k.mustCreate(tb, "", object{
		"apiVersion": "v1", "kind": "Namespace",
		"metadata": object{"generateName": name, "labels": labels},
	}, &name)
	k.mustCreate(tb, name, object{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": object{"name": "default"}}, nil)
	return name
}

// Restricted are the labels of a namespace that refuses Pods which are not
// restricted, and warns of what would make such Pods.
func Restricted() map[string]string {
	return map[string]string{
		"pod-security.kubernetes.io/enforce": "restricted",
		"pod-security.kubernetes.io/warn":    "restricted",
	}
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// namespaceName makes the start of a name, at most 40 bytes of the 63, of a
// test's name.
func namespaceName(test string) string {
	name := notInNames.ReplaceAllString(strings.ToLower(test), "-")
	return strings.Trim(name[:min(len(name), 40)], "-") + "-"
}

// ServiceAccountToken returns a token of an existing ServiceAccount, asked for
// as a kubelet does.
func (k *Kube) ServiceAccountToken(tb testing.TB, namespace, name string) string {
	tb.Helper()
	body, err := json.Marshal(object{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": object{"expirationSeconds": 3600}})
	check(tb, err)
	r, err := k.call(http.MethodPost, fmt.Sprintf("/api/v1/namespaces/%s/serviceaccounts/%s/token", namespace, name), body)
	check(tb, err)
	var answer struct{ Status struct{ Token string } }
	check(tb, json.Unmarshal(r.body, &answer))
	return answer.Status.Token
}

// KubeconfigFor returns a kubeconfig file of an existing ServiceAccount, with its
// namespace as the default one.
func (k *Kube) KubeconfigFor(tb testing.TB, namespace, serviceAccount string) []byte {
	tb.Helper()
	return k.kubeconfig(k.ServiceAccountToken(tb, namespace, serviceAccount), namespace)
}

// Create creates the objects of a YAML stream, those without a namespace in the
// given one, and returns the server's warnings. A refusal comes back as an error
// with the server's words, after the objects before it were created.
func (k *Kube) Create(tb testing.TB, namespace string, stream []byte) (warnings []string, err error) {
	tb.Helper()
	objects, err := decode(stream)
	check(tb, err)
	for _, o := range objects {
		r, err := k.create(namespace, o)
		warnings = append(warnings, r.warnings...)
		if err != nil {
			return warnings, err
		}
	}
	return warnings, nil
}

// InstallCRDs creates the CustomResourceDefinitions of folder and waits until
// the server serves them. See [CRDs] for folders. Those that are there already,
// from another test of the package, stay.
func (k *Kube) InstallCRDs(tb testing.TB, folder string) {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	check(tb, err)
	if len(files) == 0 {
		tb.Fatalf("test environment: want YAML files in %s, found none", folder)
	}
	var crds []object
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(tb, err)
		objects, err := decode(text)
		check(tb, err)
		crds = append(crds, objects...)
	}
	for _, crd := range crds {
		if r, err := k.create("", crd); r.status != http.StatusConflict {
			check(tb, err)
		}
	}
	for _, crd := range crds {
		check(tb, k.awaitServed(crd))
	}
}

// awaitServed waits until the kind that crd defines can be listed, and its group
// and version are in the lists that clients look kinds up in. These come later.
func (k *Kube) awaitServed(crd object) error {
	spec, _ := crd["spec"].(object)
	names, _ := spec["names"].(object)
	versions, _ := spec["versions"].([]any)
	if len(versions) == 0 {
		return fmt.Errorf("want a CustomResourceDefinition with versions, got %v", crd["kind"])
	}
	version, _ := versions[0].(object)
	group := fmt.Sprintf("/apis/%v", spec["group"])
	served := fmt.Sprintf("%s/%v", group, version["name"])
	for _, path := range []string{fmt.Sprintf("%s/%v?limit=1", served, names["plural"]), served, group} {
		if err := k.await(path); err != nil {
			return err
		}
	}
	return nil
}

// await asks for path until the server has it.
func (k *Kube) await(path string) error {
	for deadline := time.Now().Add(readyWithin); ; time.Sleep(askEvery) {
		_, err := k.call(http.MethodGet, path, nil)
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

// mustCreate creates o and, if name is given, stores the name it got.
func (k *Kube) mustCreate(tb testing.TB, namespace string, o object, name *string) {
	tb.Helper()
	r, err := k.create(namespace, o)
	check(tb, err)
	if name == nil {
		return
	}
	var created struct{ Metadata struct{ Name string } }
	check(tb, json.Unmarshal(r.body, &created))
	*name = created.Metadata.Name
}

func (k *Kube) create(namespace string, o object) (reply, error) {
	path, err := k.collection(namespace, o)
	if err != nil {
		return reply{}, err
	}
	body, err := json.Marshal(o)
	if err != nil {
		return reply{}, err
	}
	return k.call(http.MethodPost, path, body)
}

// collection returns the path that o is created under, by the server's own list
// of what it serves.
func (k *Kube) collection(namespace string, o object) (string, error) {
	version, _ := o["apiVersion"].(string)
	base := "/apis/" + version
	if version == "v1" {
		base = "/api/v1"
	}
	r, err := k.call(http.MethodGet, base, nil)
	if err != nil {
		return "", err
	}
	var list struct {
		Resources []struct {
			Name, Kind string
			Namespaced bool
		}
	}
	if err := json.Unmarshal(r.body, &list); err != nil {
		return "", err
	}
	for _, served := range list.Resources {
		if served.Kind != o["kind"] || strings.Contains(served.Name, "/") {
			continue
		}
		if !served.Namespaced {
			return base + "/" + served.Name, nil
		}
		if own := field(o, "namespace"); own != "" {
			namespace = own
		}
		return base + "/namespaces/" + namespace + "/" + served.Name, nil
	}
	return "", fmt.Errorf("the API server has no kind %v in %s", o["kind"], version)
}

// A reply is what the server answered.
type reply struct {
	status   int
	body     []byte
	warnings []string
}

// call makes a request as the administrator. Any status but 2xx is an error with
// the server's message.
func (k *Kube) call(method, path string, body []byte) (reply, error) {
	req, err := http.NewRequest(method, k.Host+path, bytes.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Authorization", "Bearer "+k.Token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := k.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	r := reply{status: resp.StatusCode, warnings: warnings(resp.Header)}
	if r.body, err = io.ReadAll(resp.Body); err != nil {
		return r, err
	}
	if resp.StatusCode/100 != 2 {
		return r, fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, message(r.body))
	}
	return r, nil
}

// warnings takes the text out of Warning headers: 299 - "text".
func warnings(h http.Header) []string {
	var out []string
	for _, w := range h.Values("Warning") {
		_, text, _ := strings.Cut(w, `"`)
		out = append(out, strings.ReplaceAll(strings.TrimSuffix(text, `"`), `\"`, `"`))
	}
	return out
}

// message returns the message of a Status object, or the text itself.
func message(body []byte) string {
	var status struct{ Message string }
	if json.Unmarshal(body, &status) != nil || status.Message == "" {
		return string(body)
	}
	return status.Message
}

// decode reads a YAML stream; empty documents are left out.
func decode(stream []byte) ([]object, error) {
	var out []object
	d := yaml.NewDecoder(bytes.NewReader(stream))
	for {
		var o object
		switch err := d.Decode(&o); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, err
		case o != nil:
			out = append(out, o)
		}
	}
}

// field returns a text of o's metadata, or "".
func field(o object, name string) string {
	metadata, _ := o["metadata"].(object)
	value, _ := metadata[name].(string)
	return value
}
