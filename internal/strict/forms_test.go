package strict

import (
	"reflect"
	"regexp"
	"slices"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// everyText is every text of up to so many of these characters.
func everyText(longest int, of ...string) []string {
	all, from := []string{""}, 0
	for range longest {
		to := len(all)
		for _, before := range all[from:to] {
			for _, c := range of {
				all = append(all, before+c)
			}
		}
		from = to
	}
	return all
}

// TestFormsAreThoseOfTheirExpressions: an expression that every run compiles costs it
// more than these take, and says the same.
func TestFormsAreThoseOfTheirExpressions(t *testing.T) {
	plainKey := regexp.MustCompile(`^[\w./$*-]+$`)
	whole := regexp.MustCompile(`^-?(0|[1-9]\d*)$`)
	otherWord := regexp.MustCompile(`^(?i:y|n|yes|no|on|off|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|=|<<)$`)
	for _, s := range everyText(3, "a", "Z", "0", "9", "_", ".", "/", "$", "*", "-", " ", "é", "@", "[", "`", "{", "\n", "\xff") {
		assert.Equal(t, isPlainKey(s), plainKey.MatchString(s), "%q", s)
	}
	for _, s := range everyText(4, "0", "1", "9", "-") { // of what ParseInt takes
		if !regexp.MustCompile(`^-?\d+$`).MatchString(s) {
			continue
		}
		assert.Equal(t, isWhole(s), whole.MatchString(s), "%q", s)
	}
	assert.Assert(t, !isWhole("+1"))
	for _, s := range everyText(4, "y", "N", "e", "s", "o", "f", "=", "<", "1", ":", "-", "5", ".") {
		assert.Equal(t, isOtherWord(s), otherWord.MatchString(s), "%q", s)
	}
}

// TestTheGrammarHasWhatIsVisible: the keys of embedded structs stand where these are.
func TestTheGrammarHasWhatIsVisible(t *testing.T) {
	type inner struct {
		At  diag.Pos
		One string `yaml:"one"`
	}
	type outer struct {
		Zero   string `yaml:"zero"`
		inner  `yaml:"-"`
		hidden string   `yaml:"hidden"`
		Two    string   `yaml:"two" need:"true"`
		TwoAt  diag.Pos `at:"two"`
	}
	_ = outer{}.hidden
	fields := fieldsOf(reflect.TypeFor[outer]())
	assert.DeepEqual(t, keysOf(fields), []string{"zero", "one", "two"})
	var visible []int
	for _, f := range reflect.VisibleFields(reflect.TypeFor[outer]()) {
		if slices.Contains(keysOf(fields), f.Tag.Get("yaml")) {
			visible = append(visible, f.Index...)
		}
	}
	var index []int
	for _, f := range fields {
		index = append(index, f.index...)
	}
	assert.DeepEqual(t, index, visible)
	places := placesOf(reflect.TypeFor[outer]())
	assert.Equal(t, len(places), 2)
	assert.DeepEqual(t, places[0].index, []int{1, 0})
	assert.Equal(t, places[1].key, "two")
}
