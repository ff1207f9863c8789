package renderer

import (
	"strconv"
	"strings"
)

const (
	// mostMemory is what a renderer may take where nothing sets a limit: the largest
	// measured application takes 340 MB.
	mostMemory = 2 << 30
	// leastMemory is what a renderer needs to say anything at all.
	leastMemory = 256 << 20
)

// MemoryFor is how many bytes one renderer may take, from the limits on the memory
// of all that runs beside it: the texts of the files in which Linux has them, each
// a number of bytes, or "max" or "" for none. It stays below them, because the
// kernel gives no reason when it kills what goes over one, and may choose another
// process.
func MemoryFor(limits ...string) int64 {
	most := int64(mostMemory)
	for _, text := range limits {
		limit, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err == nil && limit > 0 {
			most = min(most, limit/4*3)
		}
	}
	return max(most, leastMemory)
}

// SoftMemory is how many bytes of a renderer's memory make its garbage collector
// work harder: half of what it may take. The front sets it as GOMEMLIMIT, from
// which the renderer knows the rest.
func SoftMemory(hard int64) int64 { return hard / 2 }

// hardMemory is what SoftMemory was made of; soft is math.MaxInt64 if the front set
// none.
func hardMemory(soft int64) int64 { return min(soft, mostMemory/2) * 2 }

// IsOutOfMemory reports whether what a renderer printed says that it took too much.
func IsOutOfMemory(stderr string) bool {
	return strings.Contains(stderr, "out of memory") || strings.Contains(stderr, "cannot allocate memory") ||
		// Go's garbage collector does not look whether it got memory; a fault of a
		// program alone is a panic.
		strings.HasPrefix(stderr, "SIGSEGV: ") || strings.Contains(stderr, "\nSIGSEGV: ")
}
