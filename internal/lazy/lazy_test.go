package lazy_test

import (
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/lazy"
)

func TestRegexpIsCompiledOnce(t *testing.T) {
	number := lazy.Regexp(`^[0-9]+$`)
	assert.Assert(t, number().MatchString("12"))
	assert.Assert(t, !number().MatchString("a"))
	assert.Equal(t, number(), number())
}

func TestABrokenExpressionHarmsNobodyWhoDoesNotUseIt(t *testing.T) {
	broken := lazy.Regexp(`(`)
	defer func() { assert.Assert(t, recover() != nil) }()
	broken()
}
