package strict_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/strict"
)

// A garden is a grammar with everything that a struct can say.
type garden struct {
	At     diag.Pos          `yaml:"-"`
	NameAt diag.Pos          `yaml:"-" at:"name"`
	Name   string            `yaml:"name" need:"true" pattern:"^[a-z]+$" longest:"20" doc:"what it is called"`
	Soil   string            `yaml:"soil,omitempty" enum:"sand|clay" default:"clay" doc:"what it stands on"`
	Open   *bool             `yaml:"open,omitempty" default:"true" doc:"who may come in"`
	Beds   []bed             `yaml:"beds,omitempty" doc:"where things grow"`
	Signs  map[string]string `yaml:"signs,omitempty" doc:"what is written on signs"`
	Notes  any               `yaml:"notes,omitempty" doc:"anything"`
	Rest   pause             `yaml:"rest,omitempty" min:"1h" max:"24h" doc:"how long nobody may enter"`
}

type bed struct {
	At   diag.Pos `yaml:"-"`
	Size int      `yaml:"size,omitempty" default:"2" min:"1" max:"9" doc:"length in metres"`
	kind `yaml:",inline" one:"true"`
}

type kind struct {
	Roses *flower `yaml:"roses,omitempty" doc:"it has roses"`
	Herbs *flower `yaml:"herbs,omitempty" doc:"it has herbs"`
}

type flower struct {
	Count int64 `yaml:"count,omitempty" doc:"how many"`
}

// Check wants one kind.
func (b *bed) Check(report func(path, msg, hint string)) {
	if b.Roses != nil && b.Herbs != nil {
		report("herbs.count", "want one kind, got two", "")
	}
}

// SchemaRules says the same in JSON Schema.
func (b *bed) SchemaRules() []string {
	return []string{`{"not": {"required": ["roses", "herbs"]}}`}
}

type pause time.Duration

func (*pause) Form() (form, example string) { return "a pause", "8h" }

func (p *pause) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	*p = pause(d)
	return err
}

func (p pause) MarshalText() ([]byte, error) { return []byte(time.Duration(p).String()), nil }

func decode(t *testing.T, text string) (garden, error) {
	t.Helper()
	doc, err := strict.Parse("garden.yaml", []byte(text))
	if err != nil {
		return garden{}, err
	}
	var g garden
	err = doc.Decode(&g)
	return g, err
}

func TestPlacesAreWherePeopleSeeThem(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"block", "name: x\nbeds:\n  - size: 12\n", "garden.yaml:3:11: beds[0].size: want a number of at most 9, got 12"},
		{"flow", "{name: x, beds: [{size: 3}, {size: 0}]}", "garden.yaml:1:36: beds[1].size: want a number of at least 1, got 0"},
		{"flow over lines", "name: x\nbeds: [\n  {size: 1,\n   sise: 2}]\n", "garden.yaml:4:4: beds[0].sise: unknown key\n\thint: did you mean \"size\"?"},
		{"characters, not bytes", "{name: \"größe 漢字\", soil: mud}", "garden.yaml:1:26: soil: want one of sand, clay, got \"mud\""},
		{"byte order mark", "\ufeffname: x\nsoil: mud\n", "garden.yaml:2:7: soil: want one of sand, clay, got \"mud\""},
		{"CRLF", "name: x\r\nsoil: mud\r\n", "garden.yaml:2:7: soil: want one of sand, clay, got \"mud\""},
		{"block scalar", "name: x\nsoil: |\n  mud\n", "garden.yaml:2:7: soil: want one of sand, clay, got \"mud\\n\""},
		{"alias", "name: x\nbeds: [&b {size: 1, roses: {count: a}}, *b]\n", "garden.yaml:2:36: beds[0].roses.count: want a whole number, got \"a\"\ngarden.yaml:2:36: beds[1].roses.count: want a whole number, got \"a\""},
		{"below a value that was checked", "name: x\nbeds:\n- roses: {}\n  herbs: {count: 1}\n", "garden.yaml:4:18: beds[0].herbs.count: want one kind, got two"},
		{"missing", "\n\nsoil: clay\n", "garden.yaml:3:1: name: required"},
		{"own form", "{name: x, rest: 8}", "garden.yaml:1:17: rest: want a pause, got \"8\"\n\thint: write it like 8h"},
		{"own form with bounds", "{name: x, rest: 8m}", "garden.yaml:1:17: rest: want a pause of at least 1h, got 8m"},
		{"user's own keys", "name: x\nsigns:\n  app.kubernetes.io/name: 5\n", "garden.yaml:3:27: signs.app.kubernetes.io/name: want text, got 5\n\thint: write it in quotes: \"5\""},
		{"free values", "name: x\nnotes: {a: [1, {b: .nan}]}\n", "garden.yaml:2:20: notes.a[1].b: want a number that JSON can hold, got .nan"},
		{"free keys", "name: x\nnotes: {a: 1, a: 2}\n", "garden.yaml:2:15: notes.a: key given twice\n\thint: first given in line 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := decode(t, c.text)
			assert.Error(t, err, c.want)
		})
	}
}

func TestValuesKnowTheirPlace(t *testing.T) {
	g, err := decode(t, "soil: clay\nname: x\nbeds: [{size: 1}]\n")
	assert.NilError(t, err)
	assert.DeepEqual(t, g.At, diag.Pos{File: "garden.yaml", Line: 1, Col: 1})
	assert.DeepEqual(t, g.NameAt, diag.Pos{File: "garden.yaml", Line: 2, Col: 7, Path: "name"})
	assert.DeepEqual(t, g.Beds[0].At, diag.Pos{File: "garden.yaml", Line: 3, Col: 8, Path: "beds[0]"})
}

func TestAPlaceIsFoundByItsPath(t *testing.T) {
	doc, err := strict.Parse("f", []byte("a.b: {c: [1, {d: 2}]}\ne: 3\n"))
	assert.NilError(t, err)
	for path, want := range map[string]string{
		"":              "f:1:1",
		"a.b":           "f:1:6",
		"a.b.c":         "f:1:10",
		"a.b.c[1].d":    "f:1:18",
		"a.b.c[1].none": "f:1:14",
		"a.b.c[7]":      "f:1:10",
		"a.b.c[x]":      "f:1:10",
		"e":             "f:2:4",
		"e.f":           "f:2:4",
	} {
		assert.Equal(t, doc.At(path).String(), want, "%s", path)
	}
}

func TestFreeValuesAreWhatJSONCanHold(t *testing.T) {
	g, err := decode(t, `
name: x
notes:
  text: [a, "1", 2020-01-01, 2001-12-14t21:59:43.10-05:00, yes, !custom z]
  numbers: [1, -2, 1.5, 1.0, 1e3, 0x1f, 12345678901234567890]
  others: [true, ~, null, {}, []]
  80: {443: port}
`)
	assert.NilError(t, err)
	assert.DeepEqual(t, g.Notes, map[string]any{
		"text":    []any{"a", "1", "2020-01-01", "2001-12-14t21:59:43.10-05:00", "yes", "z"},
		"numbers": []any{1, -2, 1.5, 1, 1000, 31, uint64(12345678901234567890)},
		"others":  []any{true, nil, nil, map[string]any{}, []any{}},
		"80":      map[string]any{"443": "port"},
	})
}

func TestSetChangesOnePlaceOnly(t *testing.T) {
	doc, err := strict.Parse("garden.yaml", []byte("name: &n x\nsigns: {a: *n, b: *n}\n"))
	assert.NilError(t, err)
	assert.NilError(t, doc.Set([]string{"signs", "b"}, strict.NodeOf("5", true), "flag --b"))
	assert.NilError(t, doc.Set([]string{"notes", "deep", "down"}, strict.NodeOf("5", false), "flag --n"))
	var g garden
	assert.NilError(t, doc.Decode(&g))
	assert.Equal(t, g.Name, "x")
	assert.DeepEqual(t, g.Signs, map[string]string{"a": "x", "b": "5"})
	assert.DeepEqual(t, g.Notes, map[string]any{"deep": map[string]any{"down": 5}})
	assert.Error(t, doc.Set([]string{"name", "first"}, strict.NodeOf("y", true), "flag --name"),
		"flag --name: name: want a mapping in garden.yaml, got text")
}

func TestKeysFollowTheGrammar(t *testing.T) {
	for path, want := range map[string]string{
		"name":                "[name] true",
		"open":                "[open] false",
		"rest":                "[rest] false",
		"signs.example.com/a": "[signs example.com/a] true",
		"notes.a.b":           "[notes a b] false",
		"beds.size":           "[beds size] false",
		"none.at.all":         "[none at all] false",
	} {
		keys, text := strict.Keys[garden](path)
		assert.Equal(t, fmt.Sprint(keys, text), want, "%s", path)
	}
}

func TestFillPutsDefaultsWhereNothingWasGiven(t *testing.T) {
	g, err := decode(t, "{name: x, open: false, beds: [{}, {size: 5}]}")
	assert.NilError(t, err)
	strict.Fill(&g)
	assert.Equal(t, g.Soil, "clay")
	assert.Equal(t, *g.Open, false)
	assert.Equal(t, g.Beds[0].Size, 2)
	assert.Equal(t, g.Beds[1].Size, 5)
	g.Open = nil
	strict.Fill(&g)
	assert.Equal(t, *g.Open, true)
}

func TestEncodeWritesWhatDecodeReads(t *testing.T) {
	text := `name: "on"
soil: sand
open: false
beds:
  - roses:
      count: 3
signs:
  a: " leading"
  b: |
    two
    lines
  c: "\n\nleading lines"
  d: '- dash'
notes:
  - 1
  - 1.5
  - null
  - true
  - "1"
  - "a\tb"
rest: 8h0m0s
`
	g, err := decode(t, text)
	assert.NilError(t, err)
	assert.Equal(t, string(strict.Encode(g)), text)
}

func TestSuggestionsAreNear(t *testing.T) {
	known := []string{"hooks", "retry", "record", "source"}
	for word, want := range map[string]string{
		"hook":                  `did you mean "hooks"?`,
		"HOOKS":                 `did you mean "hooks"?`,
		"retries":               `did you mean "retry"?`,
		"zebra":                 "known keys: hooks, record, retry, source",
		"":                      "known keys: hooks, record, retry, source",
		strings.Repeat("h", 99): "known keys: hooks, record, retry, source",
	} {
		assert.Equal(t, strict.Suggest(word, known, "known keys"), want, "%q", word)
	}
	assert.Equal(t, strict.Suggest("zebra", known, ""), "")
	assert.Equal(t, strict.Suggest("zebra", nil, "known keys"), "")
}

func TestTheGrammarIsWrittenForEditorsAndPeople(t *testing.T) {
	typ := reflect.TypeFor[garden]()
	golden.Assert(t, string(strict.Schema(typ, "https://example.com/garden.json", "garden", nil)), "garden.json")
	golden.Assert(t, strict.Reference{}.Table(typ), "garden.md")
	assert.Equal(t, strict.Reference{Elsewhere: map[reflect.Type]string{reflect.TypeFor[bed](): "[beds](#beds)"}}.Table(reflect.TypeFor[struct {
		Beds []bed `yaml:"beds" doc:"where"`
	}]()), "| key | value | default | what it means |\n|---|---|---|---|\n| `beds` | list of [beds](#beds) |  | where |\n")
}

// FuzzDecode holds that no text brings the decoder down, and that all it finds
// wrong has a place.
func FuzzDecode(f *testing.F) {
	f.Add("name: x\nbeds: [&b {size: 1, roses: {count: a}}, *b]\n")
	f.Add("&a [*a]")
	f.Add("? {a: b}\n: [c]\n")
	f.Add("%YAML 1.2\n---\n!!map {<<: {a: 1}}\n")
	f.Fuzz(func(t *testing.T, text string) {
		_, err := decode(t, text)
		for _, p := range diag.Problems(err) {
			assert.Assert(t, p.File == "garden.yaml" && p.Msg != "", "%q", p.Error())
		}
		assert.Equal(t, err == nil, len(diag.Problems(err)) == 0)
	})
}

// TestNodeOf: what a flag or a parameter means depends on what is wanted.
func TestNodeOf(t *testing.T) {
	for text, want := range map[string]yaml.Kind{
		"5":                 yaml.ScalarNode,
		"x: 5":              yaml.MappingNode,
		"x:\n  y: 1":        yaml.MappingNode,
		"- a\n- b":          yaml.SequenceNode,
		`{"x": 5}`:          yaml.MappingNode,
		`["x"]`:             yaml.SequenceNode,
		"{{ template }}":    yaml.ScalarNode,
		"{x: 5}":            yaml.ScalarNode,
		"http://a.b:80/c":   yaml.ScalarNode,
		"a: b: c":           yaml.ScalarNode,
		`"quoted: not one"`: yaml.ScalarNode,
	} {
		assert.Equal(t, strict.NodeOf(text, false).Kind, want, text)
		assert.Equal(t, strict.NodeOf(text, true).Kind, yaml.ScalarNode, text)
	}
}
