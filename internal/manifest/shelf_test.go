package manifest_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// A drawer is a store that keeps copies, and counts them.
type drawer struct{ kept int }

func (d *drawer) Keep(text []byte) []byte {
	d.kept++
	return bytes.Clone(text)
}

func (d *drawer) ReadAll(r io.Reader, atMost int64) ([]byte, error) {
	return io.ReadAll(io.LimitReader(r, atMost))
}

func (d *drawer) Touch([]byte) {}

// sameFromStore holds that objects whose texts are in a store are those that were
// decoded without one, whatever becomes of the data.
func sameFromStore(t testing.TB, data []byte, want []manifest.Object, wantErr error) {
	t.Helper()
	buf := bytes.Clone(data)
	decoder := manifest.Decoder{Store: &drawer{}}
	got, err := decoder.Append(nil, buf, "in.yaml")
	clear(buf)
	sameObjects(t, got, want)
	assert.Equal(t, fmt.Sprint(err), fmt.Sprint(wantErr))

	got, err = decoder.ReadAll(bytes.NewReader(data), "in.yaml")
	sameObjects(t, got, want)
	assert.Equal(t, fmt.Sprint(err), fmt.Sprint(wantErr))
}

// sameObjects compares objects by all that can be seen of them.
func sameObjects(t testing.TB, got, want []manifest.Object) {
	t.Helper()
	assert.Equal(t, len(got), len(want))
	for i := range got {
		assert.Equal(t, got[i].Ref(), want[i].Ref())
		assert.Equal(t, got[i].Origin(), want[i].Origin())
		for _, key := range []string{"labels", "annotations"} {
			assert.Equal(t, got[i].OnlyText("metadata", key), want[i].OnlyText("metadata", key))
		}
	}
	assert.DeepEqual(t, asJSON(t, got), asJSON(t, want))
	for _, encode := range []func(manifest.Encoder, io.Writer, []manifest.Object) error{manifest.Encoder.Encode, manifest.Encoder.EncodeJSON} {
		var a, b bytes.Buffer
		errA := encode(manifest.Encoder{Store: &drawer{}}, &a, got)
		errB := encode(manifest.Encoder{}, &b, want)
		assert.Equal(t, a.String(), b.String())
		assert.Equal(t, fmt.Sprint(errA), fmt.Sprint(errB))
	}
}

// TestEditedObjectsMoveToTheStore: many objects are edited, each several times,
// and an older one is edited again.
func TestEditedObjectsMoveToTheStore(t *testing.T) {
	var text strings.Builder
	for i := range 200 {
		fmt.Fprintf(&text, "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a-%d\ndata:\n  long: %s\n", i, strings.Repeat("x", 1000))
	}
	edited := func(objects []manifest.Object) (out []manifest.Object) {
		for i, o := range objects {
			for _, key := range []string{"a", "b", "c"} {
				var err error
				o, err = o.Set(fmt.Sprint(key, i), "data", key)
				assert.NilError(t, err)
			}
			again, err := objects[i/2].Set("again", "data", "d")
			assert.NilError(t, err)
			out = append(out, o, again, objects[i])
		}
		return out
	}
	store := &drawer{}
	want, err := manifest.Decode([]byte(text.String()), "in.yaml")
	assert.NilError(t, err)
	got, err := (&manifest.Decoder{Store: store}).Decode([]byte(text.String()), "in.yaml")
	assert.NilError(t, err)
	assert.Equal(t, store.kept, 1)
	sameObjects(t, edited(got), edited(want))
	assert.Assert(t, store.kept > 3, "%d", store.kept)
}

func TestAppendCountsTheObjectsOfEachStream(t *testing.T) {
	var decoder manifest.Decoder
	var objects []manifest.Object
	for range 3 {
		var err error
		objects, err = decoder.Append(objects, bytes.Repeat([]byte("kind: A\n---\n"), 50_000), "in.yaml")
		assert.NilError(t, err)
	}
	assert.Equal(t, len(objects), 150_000)
	_, err := decoder.Append(objects, bytes.Repeat([]byte("kind: A\n---\n"), 100_001), "in.yaml")
	assert.ErrorContains(t, err, "want at most 100000 objects, got more")
}

func TestOnlyText(t *testing.T) {
	for text, want := range map[string]bool{
		"{}":                   true,
		"{a: b, c: \"1\"}":     true,
		"{a: 1}":               false,
		"{a: yes}":             false,
		"{a: 1_0}":             false,
		"{a: null}":            false,
		"{a: {}}":              false,
		"[a]":                  false,
		"text":                 false,
		"null":                 false,
		"\n    a: |-\n      b": true,
		"\n    a: 'c'\n    b:": false,
	} {
		for _, full := range []bool{false, true} {
			objects, err := (&manifest.Decoder{FullParser: full}).Decode([]byte("kind: A\nmetadata:\n  labels: "+text+"\n"), "in.yaml")
			assert.NilError(t, err)
			assert.Equal(t, objects[0].OnlyText("metadata", "labels"), want, "%s (full %v)", text, full)
			assert.Assert(t, objects[0].OnlyText("metadata", "annotations"))
		}
	}
}
