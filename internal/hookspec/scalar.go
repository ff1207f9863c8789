package hookspec

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Duration is a length of time that is not negative, such as 30s or 5m.
type Duration time.Duration

// Form says what a duration looks like.
func (*Duration) Form() (form, example string) { return "a duration", "30s or 5m" }

// Pattern is what editors hold the text to.
func (*Duration) Pattern() string {
	return `^\+?(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$`
}

// UnmarshalText reads Go's duration syntax; 0 needs a unit like every number.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return err
	}
	if v < 0 || string(text) == "0" {
		return fmt.Errorf("want a duration with a unit that is not negative, got %s", text)
	}
	*d = Duration(v)
	return nil
}

// String renders 5m rather than 5m0s.
func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// MarshalText writes what UnmarshalText reads.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Std is d as the standard library has it.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// A StatusSet is a set of HTTP status codes, written as codes and ranges:
// "200", "200-299,404".
type StatusSet []StatusRange

// A StatusRange holds the codes from Low to High, both included.
type StatusRange struct{ Low, High int }

// Form says what a set of codes looks like.
func (*StatusSet) Form() (form, example string) {
	return "HTTP status codes", "200 or 200-399,404"
}

// Pattern is what editors hold the text to.
func (*StatusSet) Pattern() string {
	return `^\s*[1-9][0-9]{2}(-[1-9][0-9]{2})?\s*(,\s*[1-9][0-9]{2}(-[1-9][0-9]{2})?\s*)*$`
}

// UnmarshalText reads codes and ranges between commas.
func (s *StatusSet) UnmarshalText(text []byte) error {
	var out StatusSet
	for part := range strings.SplitSeq(string(text), ",") {
		r, err := parseRange(strings.TrimSpace(part))
		if err != nil {
			return err
		}
		out = append(out, r)
	}
	*s = out
	return nil
}

func parseRange(part string) (StatusRange, error) {
	low, high, isRange := strings.Cut(part, "-")
	l, err := parseCode(low)
	if err != nil || !isRange {
		return StatusRange{l, l}, err
	}
	h, err := parseCode(high)
	if err == nil && h < l {
		err = fmt.Errorf("want a range that goes up, got %s", part)
	}
	return StatusRange{l, h}, err
}

func parseCode(s string) (int, error) {
	i, err := strconv.Atoi(s)
	if err != nil || len(s) != 3 || i < 100 {
		return 0, fmt.Errorf("want a code from 100 to 999, got %q", s)
	}
	return i, nil
}

// Has reports whether code is in s.
func (s StatusSet) Has(code int) bool {
	for _, r := range s {
		if r.Low <= code && code <= r.High {
			return true
		}
	}
	return false
}

// String writes what UnmarshalText reads.
func (s StatusSet) String() string {
	parts := make([]string, len(s))
	for i, r := range s {
		parts[i] = strconv.Itoa(r.Low)
		if r.High != r.Low {
			parts[i] += "-" + strconv.Itoa(r.High)
		}
	}
	return strings.Join(parts, ",")
}

// MarshalYAML writes what UnmarshalText reads, and one code as a number.
func (s StatusSet) MarshalYAML() (any, error) {
	if len(s) == 1 && s[0].Low == s[0].High {
		return s[0].Low, nil
	}
	return s.String(), nil
}

// A SecretRef says where a secret value is. A policy names a key of a Secret;
// the Job that is made of it carries the value in an environment variable, so
// the spec that travels in its arguments says only the variable's name.
type SecretRef struct {
	Secret string `yaml:"secret,omitempty" one:"true" doc:"name of a Secret in the hook's namespace"`
	Key    string `yaml:"key,omitempty" doc:"key in that Secret"`
	Env    string `yaml:"env,omitempty" one:"true" doc:"name of an environment variable of the hook's container"`
	File   string `yaml:"file,omitempty" one:"true" doc:"path of a file in the hook's container"`
	// The kubelet does not start a container whose Secret is missing, so that on a
	// first install a step could not even say so.
	Optional bool `yaml:"optional,omitempty" doc:"start the Job without it where the Secret does not exist, and let the step decide"`
}

// Check wants one place.
func (r *SecretRef) Check(report func(key, msg, hint string)) {
	places := 0
	for _, s := range []string{r.Secret, r.Env, r.File} {
		if s != "" {
			places++
		}
	}
	switch {
	case places != 1:
		report("", fmt.Sprintf("want one of secret, env and file, got %d of them", places), "")
	case r.Secret != "" && r.Key == "":
		report("key", "required beside secret", "")
	case r.Secret == "" && r.Key != "":
		report("key", "goes with secret only", "")
	}
}

// A Comparison is a relation and the value to compare with: "200", "==up",
// ">=1", "!=null", "~^ok$" (a regular expression).
type Comparison struct{ Op, Value string }

// comparisons are tried in this order: >= before >.
var comparisons = []string{">=", "<=", "==", "!=", "!~", ">", "<", "~"}

// Form says what a comparison looks like.
func (*Comparison) Form() (form, example string) {
	return "a value or a comparison", `up, ">=1" or "~^v3"`
}

// UnmarshalText reads a relation and a value; a value alone means ==.
func (c *Comparison) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	c.Op, c.Value = "==", s
	for _, op := range comparisons {
		if rest, ok := strings.CutPrefix(s, op); ok {
			c.Op, c.Value = op, strings.TrimSpace(rest)
			break
		}
	}
	return c.valid()
}

// String writes what UnmarshalText reads: equality without its sign, as people
// write it, unless the value would be taken for a relation.
func (c Comparison) String() string {
	if c.Op != "==" || c.Value == "" || c.Value != strings.TrimSpace(c.Value) {
		return c.Op + c.Value
	}
	for _, op := range comparisons {
		if strings.HasPrefix(c.Value, op) {
			return c.Op + c.Value
		}
	}
	return c.Value
}

// MarshalText writes what UnmarshalText reads.
func (c Comparison) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
