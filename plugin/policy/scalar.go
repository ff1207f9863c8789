package policy

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/lazy"
)

// An ArgoDuration is a length of time as Argo CD reads it in a retry: a whole
// number of seconds or Go's duration syntax. It stays as it was written.
type ArgoDuration string

// Form says what such a duration looks like.
func (*ArgoDuration) Form() (form, example string) {
	return "a duration as Argo CD reads it", "5s, 3m or 30"
}

// Pattern is what editors hold the text to.
func (*ArgoDuration) Pattern() string {
	return `^\+?([0-9]+|(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$`
}

// UnmarshalText checks the text and keeps it.
func (d *ArgoDuration) UnmarshalText(text []byte) error {
	*d = ArgoDuration(text)
	_, err := d.Std()
	return err
}

// maxSeconds is what a time.Duration can hold.
const maxSeconds = int64(math.MaxInt64 / time.Second)

// Std is d as a time.Duration.
func (d ArgoDuration) Std() (time.Duration, error) {
	if seconds, err := strconv.ParseInt(string(d), 10, 64); err == nil {
		if seconds > maxSeconds || seconds < -maxSeconds {
			return 0, fmt.Errorf("want at most %d seconds, got %s", maxSeconds, d)
		}
		return time.Duration(seconds) * time.Second, nil
	}
	return time.ParseDuration(string(d))
}

// An IntOrPercent is a number of pods, or a share of them such as 25%.
type IntOrPercent struct {
	Int     int64
	Percent bool
}

// Form says what a number or share looks like.
func (*IntOrPercent) Form() (form, example string) {
	return "a number of pods or a percentage", "1 or 25%"
}

// Pattern is what editors hold the text to.
func (*IntOrPercent) Pattern() string {
	return `^([0-9]{1,4}%|[0-9]{1,10})$`
}

// UnmarshalText reads a number or a percentage.
func (v *IntOrPercent) UnmarshalText(text []byte) error {
	s := string(text)
	digits, isShare := strings.CutSuffix(s, "%")
	n, err := strconv.ParseInt(digits, 10, 32)
	if err != nil || n < 0 || isShare && (len(digits) > 4 || !isDigit(digits[0])) {
		return fmt.Errorf("want a number or a percentage, got %q", s)
	}
	v.Int, v.Percent = n, isShare
	return nil
}

// isZero reports whether v is given and stands for no pod at all.
func (v *IntOrPercent) isZero() bool { return v != nil && v.Int == 0 }

// Value is v as it stands in a manifest: an integer stays one.
func (v IntOrPercent) Value() any {
	if v.Percent {
		return v.String()
	}
	return v.Int
}

// String writes what UnmarshalText reads.
func (v IntOrPercent) String() string {
	s := strconv.FormatInt(v.Int, 10)
	if v.Percent {
		s += "%"
	}
	return s
}

// MarshalYAML keeps an integer an integer.
func (v IntOrPercent) MarshalYAML() (any, error) { return v.Value(), nil }

// A Quantity is an amount of a resource as Kubernetes writes it. It stays as it
// was written.
type Quantity string

var quantity = lazy.Regexp(`^(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,2}|[numkMGTPE]|[KMGTPE]i)?$`)

// Form says what an amount looks like.
func (*Quantity) Form() (form, example string) {
	return "an amount as Kubernetes writes it", "100m, 0.5 or 128Mi"
}

// Pattern is what editors hold the text to.
func (*Quantity) Pattern() string {
	return `^([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,2}|[numkMGTPE]|[KMGTPE]i)?$`
}

// UnmarshalText checks the text and keeps it.
func (q *Quantity) UnmarshalText(text []byte) error {
	if !quantity().Match(text) {
		return fmt.Errorf("want an amount, got %q", text)
	}
	*q = Quantity(text)
	return nil
}
