package early

import (
	"os"
	"regexp"
	"runtime"
	"testing"

	"gotest.tools/v3/assert"
)

func TestAProgramThatImportsThisHasItsHeapInLargePages(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has the pages")
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	assert.NilError(t, err)
	assert.Assert(t, regexp.MustCompile(`VmFlags: [^\n]*\bhg\b`).Match(maps))
}
