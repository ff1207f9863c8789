package hookspec

import (
	"fmt"
	"strconv"
	"strings"
)

// Bytes is an amount of data, written as Kubernetes writes quantities with
// binary units: 64Mi.
type Bytes int64

// binaryUnits are tried from the largest, so that String finds the shortest.
var binaryUnits = []struct {
	suffix string
	shift  uint
}{{"Gi", 30}, {"Mi", 20}, {"Ki", 10}, {"", 0}}

// Form says what an amount looks like.
func (*Bytes) Form() (form, example string) { return "an amount of bytes", "64Mi" }

// Pattern is what editors hold the text to.
func (*Bytes) Pattern() string {
	return `^\+?[0-9]+([KMG]i)?$`
}

// UnmarshalText reads a whole number and an optional unit.
func (b *Bytes) UnmarshalText(text []byte) error {
	for _, u := range binaryUnits {
		digits, ok := strings.CutSuffix(string(text), u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n < 0 || n > (1<<62)>>u.shift {
			return fmt.Errorf("want an amount, got %q", text)
		}
		*b = Bytes(n << u.shift)
		return nil
	}
	return nil
}

// String writes what UnmarshalText reads, in the largest unit that fits.
func (b Bytes) String() string {
	for _, u := range binaryUnits {
		if int64(b)%(1<<u.shift) == 0 && (b != 0 || u.shift == 0) {
			return strconv.FormatInt(int64(b)>>u.shift, 10) + u.suffix
		}
	}
	return strconv.FormatInt(int64(b), 10)
}

// MarshalText writes what UnmarshalText reads.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }
