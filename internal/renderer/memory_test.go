package renderer

import (
	"math"
	"testing"

	"gotest.tools/v3/assert"
)

func TestARendererStaysBelowTheLimitOfItsContainer(t *testing.T) {
	const mb = 1 << 20
	tests := []struct {
		name   string
		limits []string
		want   int64
	}{
		{"nothing is known", nil, 2048 * mb},
		{"no such file", []string{"", ""}, 2048 * mb},
		{"no limit", []string{"max\n", ""}, 2048 * mb},
		{"no limit, in version 1", []string{"", "9223372036854771712\n"}, 2048 * mb},
		{"the sidecar's", []string{"1073741824\n", ""}, 768 * mb},
		{"the sidecar's, in version 1", []string{"", "1073741824\n"}, 768 * mb},
		{"the lower one", []string{"1073741824", "805306368"}, 576 * mb},
		{"a large one", []string{"17179869184\n"}, 2048 * mb},
		{"one too small for a renderer", []string{"67108864\n"}, 256 * mb},
		{"another text", []string{"-1", "1e9"}, 2048 * mb},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			hard := MemoryFor(tt.limits...)
			assert.Equal(t, hard, tt.want)
			assert.Equal(t, hardMemory(SoftMemory(hard)), hard, "the renderer knows another limit than the front")
		})
	}
	assert.Equal(t, hardMemory(math.MaxInt64), int64(2048*mb), "without a front")
}

// Whatever the first one has taken, both and what passes between them stay within the
// limit, down to what a renderer needs at all.
func TestTwoRenderersShareOneLimit(t *testing.T) {
	const mb = 1 << 20
	for _, tt := range []struct{ hard, taken, want int64 }{
		{2048 * mb, 0, 1536 * mb},
		{2048 * mb, 1024 * mb, 768 * mb},
		{768 * mb, 128 * mb, 480 * mb},
		{768 * mb, 700 * mb, 256 * mb},
		{256 * mb, 300 * mb, 256 * mb},
	} {
		assert.Equal(t, remaining(tt.hard, tt.taken), tt.want, "%d of %d MB", tt.taken/mb, tt.hard/mb)
	}
}

func TestAProcessThatIsGoneTakesNothing(t *testing.T) {
	assert.Equal(t, taken(-1), int64(0))
}

func TestAProgramWithoutMemoryIsKnownByItsLastWords(t *testing.T) {
	for _, text := range []string{
		"fatal error: runtime: out of memory\n\nruntime stack:",
		"fatal error: runtime: cannot allocate memory\n",
		"# Warning\nSIGSEGV: segmentation violation\nPC=0x43857d m=4 sigcode=1 addr=0x0\n",
	} {
		assert.Assert(t, IsOutOfMemory(text), text)
	}
	assert.Assert(t, !IsOutOfMemory("panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1]"))
}
