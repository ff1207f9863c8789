package hookspec

import (
	"fmt"
	"strconv"
)

// A Ratio is a share from 0 to 1.
type Ratio float64

// Form says what a share looks like.
func (*Ratio) Form() (form, example string) { return "a share from 0 to 1", "0.1" }

// UnmarshalText reads a decimal number.
func (r *Ratio) UnmarshalText(text []byte) error {
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return err
	}
	if !(v >= 0 && v <= 1) { // so that NaN is refused too
		return fmt.Errorf("want a share from 0 to 1, got %s", text)
	}
	*r = Ratio(v)
	return nil
}

// String writes what UnmarshalText reads.
func (r Ratio) String() string { return strconv.FormatFloat(float64(r), 'f', -1, 64) }

// MarshalYAML writes a number.
func (r Ratio) MarshalYAML() (any, error) { return float64(r), nil }

// Percent is r for a message.
func (r Ratio) Percent() string { return strconv.FormatFloat(100*float64(r), 'g', 6, 64) + "%" }
