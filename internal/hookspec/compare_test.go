package hookspec_test

import (
	"encoding/json"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
)

func TestComparisonSaysWhatItFoundAndWanted(t *testing.T) {
	document := parseJSON(t, `{
		"total": 0, "big": 9007199254740993, "small": 0.30000000000000001, "huge": 1e999999999, "wide": 1e309, "inf": "+Inf", "nan": "NaN", "text": "12", "ok": true, "none": null, "empty": "",
		"list": [{"name": "a"}], "map": {"x": 1}, "a.b": {"[c]": "dotted"}, "words": "not ready\nyet"
	}`)
	cases := []struct{ path, comparison, want string }{
		{"total", "0", ""},
		{"total", "==0.0", ""},
		{"total", ">=1", "total is 0, want >=1"},
		{"total", "<1", ""},
		{"big", "9007199254740993", ""},
		{"big", "9007199254740992", "big is 9007199254740993, want 9007199254740992"},
		{"big", "!=9007199254740992", ""},
		{"big", ">9007199254740992", ""},
		{"big", "<=9007199254740992", "big is 9007199254740993, want <=9007199254740992"},
		{"big", "9007199254740993.0", ""},
		{"small", "0.3", "small is 0.30000000000000001, want 0.3"},
		{"small", "3.0000000000000001e-1", ""},
		{"huge", ">1", "huge is 1e999999999, want >1"},
		{"huge", "1e999999999", ""},
		{"wide", ">1e308", ""},
		{"inf", ">1e1000", ""},
		{"inf", "<=+Inf", ""},
		{"inf", ">-Inf", ""},
		{"nan", "<1", "nan is NaN, want <1"},
		{"nan", ">=1", "nan is NaN, want >=1"},
		{"nan", "NaN", ""},
		{"text", ">= 12", ""},
		{"text", "!=12", "text is 12, want !=12"},
		{"ok", "true", ""},
		{"ok", "false", "ok is true, want false"},
		{"none", "null", ""},
		{"none", "!=null", "none is null, want !=null"},
		{"empty", "x", `empty is "", want x`},
		{"words", "~^ready", `words is "not ready\nyet", want a match of ^ready`},
		{"words", "!~not", `words is "not ready\nyet", want no match of not`},
		{"words", ">1", `words is "not ready\nyet", want >1`},
		{"missing", "x", "missing is missing, want x"},
		{"missing.deeper", "!=x", "missing.deeper is missing, want !=x"},
		{"missing", "null", ""},
		{"list[0].name", "a", ""},
		{"list[1].name", "a", "list[1].name is missing, want a"},
		{"list.name", "a", "list.name is missing, want a"},
		{"list", "a", "list is a list of 1, want a"},
		{"map", "!=a", "map is a mapping, want !=a"},
		{`a\.b.\[c]`, "dotted", ""},
		{"a..b", "x", `want a key before and after each dot, got none in "a..b"`},
	}
	for _, tc := range cases {
		t.Run(tc.path+tc.comparison, func(t *testing.T) {
			var c hookspec.Comparison
			assert.NilError(t, c.UnmarshalText([]byte(tc.comparison)))
			assert.Equal(t, c.Test(tc.path, document), tc.want)
		})
	}
}

func TestComparisonRefusesWhatCanNeverHold(t *testing.T) {
	for _, text := range []string{">=x", ">", "<= NaN", ">=1e1001", ">0x10p1", "<1_000", "~(", "!~["} {
		var c hookspec.Comparison
		assert.Assert(t, c.UnmarshalText([]byte(text)) != nil, "%q was accepted", text)
	}
}

func TestPathProblems(t *testing.T) {
	for text, want := range map[string]string{
		"":      `want a path such as status.phase, got ""`,
		".a":    `want a key before and after each dot, got none in ".a"`,
		"a.":    `want a key before and after each dot, got none in "a."`,
		"a[x]":  `want a number and ] after [ in "a[x]"`,
		"a[0":   `want a number and ] after [ in "a[0"`,
		"a[-1]": `want a number and ] after [ in "a[-1]"`,
		"a[0]b": `want . or [ after ] in "a[0]b"`,
		`a\`:    `want a character after \ in "a\\"`,
	} {
		_, err := hookspec.ParsePath(text)
		assert.Error(t, err, want)
	}
}

func TestMessagesShortenLongValues(t *testing.T) {
	c := hookspec.Comparison{Op: "==", Value: "x"}
	wrong := c.Test("a", map[string]any{"a": strings.Repeat("é", 1000)})
	assert.Assert(t, len(wrong) < 200, "%d bytes", len(wrong))
	assert.Assert(t, strings.HasSuffix(wrong, "…, want x"), "%s", wrong)
}

func parseJSON(t *testing.T, text string) (v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	assert.NilError(t, d.Decode(&v))
	return v
}
