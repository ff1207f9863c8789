package hookspec

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/lazy"
	"github.com/argocd-safesync/argocd-safesync/internal/strict"
)

// causes are the keys of hints besides HTTP status codes. A test of the runner
// holds that they are the causes that probes know.
var causes = []string{"refused", "timeout", "dns", "tls", "content", "denied", "absent", "any"}

var statusCode = lazy.Regexp(`^[1-9][0-9]{2}$`)

// Causes lists the keys of hints besides HTTP status codes.
func Causes() []string { return slices.Clone(causes) }

// Check wants exactly one kind, hints for causes that exist, and settings that
// can hold together.
func (s *Step) Check(report func(key, msg, hint string)) {
	s.checkKinds(report)
	for _, cause := range slices.Sorted(maps.Keys(s.Hints)) {
		if !slices.Contains(causes, cause) && !statusCode().MatchString(cause) {
			report("hints", fmt.Sprintf("want causes as keys, got %q", cause), "causes: "+strings.Join(causes, ", ")+" and HTTP status codes")
		}
	}
	if s.Wait != nil && s.Timeout != 0 && s.Timeout <= s.Wait.Duration {
		report("timeout", fmt.Sprintf("want more than the %s that the step waits, got %s", s.Wait.Duration, s.Timeout), "leave it out: wait ends by itself")
	}
	if s.Wait != nil && s.For > 1 {
		report("for", "want none beside wait: letting time pass always says yes", "")
	}
}

func (s *Step) checkKinds(report func(key, msg, hint string)) {
	v := reflect.ValueOf(&s.Kinds).Elem()
	var given []string
	for i, name := range KindNames() {
		if !v.Field(i).IsNil() {
			given = append(given, name)
		}
	}
	switch {
	case len(given) == 0:
		report("", "want one kind of step, got none", "kinds: "+strings.Join(KindNames(), ", "))
	case len(given) > 1:
		report(given[1], fmt.Sprintf("want one kind of step, got %s", strings.Join(given, " and ")), "make it two steps")
	}
}

// Limit is how long s may take with all its attempts: what it says, else what
// its kind says. 0 means that it ends by itself.
func (s *Step) Limit() Duration {
	if s.Timeout != 0 {
		return s.Timeout
	}
	_, key := s.Kind()
	return DefaultTimeout(key)
}

// DefaultTimeout is how long a step of the kind that is written as key may take
// when it does not say so itself; 0 for one that ends by itself.
func DefaultTimeout(key string) Duration {
	var d Duration
	for f := range reflect.TypeFor[Kinds]().Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); name == key {
			_ = d.UnmarshalText([]byte(f.Tag.Get("timeout"))) // a test holds every tag
		}
	}
	return d
}

// Times is how many attempts in a row must say yes: what s says, else what its
// kind says, else one.
func (s *Step) Times() int {
	if s.For != 0 {
		return s.For
	}
	_, key := s.Kind()
	return max(defaultTimes(key), 1)
}

// defaultTimes is the tag of a kind; 0 where it has none.
func defaultTimes(key string) int {
	for f := range reflect.TypeFor[Kinds]().Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); name == key {
			n, _ := strconv.Atoi(f.Tag.Get("for")) // a test holds the tag
			return n
		}
	}
	return 0
}

// WithDefaults returns a copy of s in which every key has its value. What is
// written into a Job is s itself, so that a Job shows what its policy says.
func (s Spec) WithDefaults() (Spec, error) {
	out, err := Parse("spec", []byte(s.String()))
	if err != nil {
		return Spec{}, err
	}
	strict.Fill(&out)
	return out, nil
}
