package hookspec

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
)

// valid refuses what can never be compared.
func (c Comparison) valid() error {
	switch c.Op {
	case "~", "!~":
		_, err := regexp.Compile(c.Value)
		return err
	case ">", ">=", "<", "<=":
		if n, ok := parseNumber(c.Value); !ok || n.nan {
			return fmt.Errorf("want a number after %s, got %q", c.Op, c.Value)
		}
	}
	return nil
}

// Holds reports whether got, a value as a JSON decoder gives it, stands in the
// relation. An order holds only between numbers, and numbers in text count as
// numbers. ok is false where got has no value to compare: a list or a mapping.
func (c Comparison) Holds(got any) (holds, ok bool) {
	text, ok := scalarText(got)
	if !ok {
		return false, false
	}
	switch c.Op {
	case "==":
		return equal(text, c.Value), true
	case "!=":
		return !equal(text, c.Value), true
	case "~", "!~":
		re, err := regexp.Compile(c.Value)
		return err == nil && re.MatchString(text) == (c.Op == "~"), err == nil
	}
	return c.ordered(text)
}

func (c Comparison) ordered(text string) (holds, ok bool) {
	got, ok := parseNumber(text)
	want, okWant := parseNumber(c.Value)
	if !ok || !okWant {
		return false, false
	}
	if got.nan || want.nan {
		return false, true
	}
	order := got.compare(want)
	switch c.Op {
	case ">":
		return order > 0, true
	case ">=":
		return order >= 0, true
	case "<":
		return order < 0, true
	default:
		return order <= 0, true
	}
}

// equal compares text, and numbers by value: 1 is 1.0.
func equal(a, b string) bool {
	if a == b {
		return true
	}
	x, okX := parseNumber(a)
	y, okY := parseNumber(b)
	return okX && okY && !x.nan && !y.nan && x.compare(y) == 0
}

// scalarText writes a JSON scalar as a person would.
func scalarText(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "null", true
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case json.Number:
		return v.String(), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case int:
		return strconv.Itoa(v), true
	}
	return "", false
}
