// Package lazy puts off to its first use what would cost at every start of a
// program. It knows nothing else.
package lazy

import (
	"regexp"
	"sync"
)

// Regexp is a regular expression that is compiled when it is first asked for: few
// runs need more than one of the dozens that a program has, and compiling them all
// took a tenth of the time of a small application. It panics on a broken
// expression then, which the tests of whoever has it see.
func Regexp(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
