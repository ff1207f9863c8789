package hookspec

import (
	"math"
	"math/big"
	"strconv"

	"github.com/argocd-safesync/argocd-safesync/internal/lazy"
)

// A number is a decimal of any size, exactly as it is written, or an infinity.
// Counters and identifiers of 64 bits do not fit into a float.
type number struct {
	value    *big.Rat // nil for an infinity and for what is no number
	infinity int      // its sign
	nan      bool     // compares with nothing
}

// Bounds of a number: a few characters, such as 1e999999999, could otherwise
// fill the memory. The largest float has 309 digits.
const (
	maxNumber   = 1200
	maxExponent = 1000
)

var decimal = lazy.Regexp(`^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE]([-+]?[0-9]{1,5}))?$`)

// parseNumber reads a decimal, and Inf and NaN as Prometheus writes them.
func parseNumber(text string) (n number, ok bool) {
	if len(text) > maxNumber {
		return n, false
	}
	parts := decimal().FindStringSubmatch(text)
	if parts == nil {
		f, err := strconv.ParseFloat(text, 64)
		switch {
		case err == nil && math.IsNaN(f):
			return number{nan: true}, true
		case err == nil && math.IsInf(f, 0):
			return number{infinity: int(math.Copysign(1, f))}, true
		}
		return n, false
	}
	if exponent, _ := strconv.Atoi(parts[1]); exponent > maxExponent || exponent < -maxExponent {
		return n, false
	}
	n.value, ok = new(big.Rat).SetString(text)
	return n, ok
}

// compare is -1, 0 or 1 for n below, at or above o; neither may be NaN.
func (n number) compare(o number) int {
	if n.infinity != 0 || o.infinity != 0 {
		return n.infinity - o.infinity
	}
	return n.value.Cmp(o.value)
}
