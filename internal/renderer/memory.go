package renderer

import (
	"fmt"
	"os"
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

// remaining is how many bytes a renderer may take that another one started and waits
// for: three quarters of what that one has left, so that both and what the first reads
// from the second stay within hard, but at least what it needs to say anything. Taken
// is what the first one has.
func remaining(hard, taken int64) int64 { return max((hard-taken)/4*3, leastMemory) }

// taken is how many bytes a process has in memory for itself; 0 if that is not known.
func taken(pid int) int64 {
	_, own := memoryOf(strconv.Itoa(pid))
	return own
}

// memoryOf is the size in bytes of all mappings of a process, and of what it has in
// memory for itself; 0 if they are not known.
func memoryOf(pid string) (size, own int64) {
	text, err := os.ReadFile("/proc/" + pid + "/statm")
	var resident, shared int64
	if _, scanErr := fmt.Sscan(string(text), &size, &resident, &shared); err != nil || scanErr != nil {
		return 0, 0
	}
	page := int64(os.Getpagesize())
	return size * page, (resident - shared) * page
}

// IsOutOfMemory reports whether what a renderer printed says that it took too much.
func IsOutOfMemory(stderr string) bool {
	return strings.Contains(stderr, "out of memory") || strings.Contains(stderr, "cannot allocate memory") ||
		// Go's garbage collector does not look whether it got memory; a fault of a
		// program alone is a panic.
		strings.HasPrefix(stderr, "SIGSEGV: ") || strings.Contains(stderr, "\nSIGSEGV: ")
}
