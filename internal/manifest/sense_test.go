package manifest

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	yamlv2 "go.yaml.in/yaml/v2"
	"go.yaml.in/yaml/v3"
	"gotest.tools/v3/assert"
	sigs "sigs.k8s.io/yaml"
)

// TestSenses names what is certain.
func TestSenses(t *testing.T) {
	for want, texts := range map[Sense]string{
		SenseText:   "a 1.2.3 v1 1d 80:81 12ab-34cd 9115-tcp 10Gi -x .a",
		SenseNull:   "~ null Null",
		SenseOther:  "true False 0 1 -1 123456789012345678 0.5 -1.25",
		SenseUnsure: "yes No on y 010 0x1F 0o7 0b1 1_000 1e3 +1 1.50 1. .5 2001-01-01 1234-56 2001-1-1T10:00:00Z -0 1234567890123456789 0b-1 0_b-1 1.2_3.4",
	} {
		for s := range strings.FieldsSeq(texts) {
			assert.Equal(t, senseOf([]byte(s)), want, s)
		}
	}
}

// FuzzSense holds a sense against the parser of Argo CD and that of kustomize.
func FuzzSense(f *testing.F) {
	for seed := range uint64(20000) {
		r := rand.New(rand.NewPCG(seed, 3))
		s := make([]byte, 1+r.IntN(12))
		const characters = "0123456789012345678901234567890123456789..--++eExXobB__abcdf:TZ nulytres~"
		for i := range s {
			s[i] = characters[r.IntN(len(characters))]
		}
		if r.IntN(3) == 0 {
			copy(s, []string{"2001-", "0b", "0x", "0o", "1.", ".", "-0", "0.", "1e"}[r.IntN(9)])
		}
		f.Add(string(s))
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := []byte("a: " + s + "\n")
		root, ok := Read(text)
		if !ok || len(s) == 0 {
			return
		}
		part, ok := root.Get("a")
		if !ok || part.Form() != FormPlain {
			return
		}
		sense := part.Sense()
		if sense == SenseUnsure {
			return
		}
		var doc yaml.Node
		assert.NilError(t, yaml.Unmarshal(text, &doc))
		var theirs any
		assert.NilError(t, doc.Content[0].Content[1].Decode(&theirs))
		var ours map[string]any
		assert.NilError(t, yamlv2.Unmarshal(text, &ours))
		_, isText := theirs.(string)
		assert.Equal(t, isText, sense == SenseText, "%q is %T to yaml.v3", s, theirs)
		assert.Equal(t, theirs == nil, sense == SenseNull, "%q is %T to yaml.v3", s, theirs)
		assert.Equal(t, reflect.TypeOf(ours["a"]), reflect.TypeOf(theirs), "%q", s)
		raw, err := json.Marshal(map[string]any{"a": theirs})
		assert.NilError(t, err)
		want, err := sigs.YAMLToJSON(text)
		assert.NilError(t, err)
		assert.Equal(t, string(raw), string(want))
	})
}
