package heap

import (
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/poll"
)

func TestTheHeapIsCollectedLateAndThenMoreOften(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	const first, percent = 64 << 20, 300
	CollectFrom(first, percent)
	before := collections()
	garbage(first / 2)
	assert.Equal(t, collections(), before, "it was collected before it was large")
	garbage(first)
	assert.Assert(t, collections() > before)
	poll.WaitOn(t, func(poll.LogT) poll.Result {
		now := debug.SetGCPercent(percent)
		if debug.SetGCPercent(now); now == percent {
			return poll.Success()
		}
		return poll.Continue("GOGC is %d", now)
	})
}

func TestAHeapThatIsCollectedAtASmallSizeHasThatPercentage(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	CollectFrom(4<<20, 200)
	assert.Equal(t, debug.SetGCPercent(100), 200)
}

func TestTheHeapGrowsIntoLargePages(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has the pages")
	}
	// In a process of its own, whose heap is small.
	if _, alone := os.LookupEnv("HEAP_ALONE"); !alone {
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), "HEAP_ALONE=1")
		out, err := cmd.CombinedOutput()
		assert.NilError(t, err, "%s", out)
		return
	}
	const size = 32 << 20
	before := large(t)
	resident := kilobytes(t, `(?m)^VmRSS:\s+(\d+) kB`)
	InLargePages(size)
	assert.Assert(t, large(t)-before >= size>>10, "%d kB are for large pages", large(t)-before)
	assert.Assert(t, kilobytes(t, `(?m)^VmRSS:\s+(\d+) kB`)-resident < size>>12, "memory was taken at once")
}

// collections is how often the heap was collected.
func collections() uint32 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.NumGC
}

var sink []byte

// garbage makes so many bytes that nobody holds.
func garbage(bytes int) {
	const block = 64 << 10
	for range bytes / block {
		sink = make([]byte, block)
	}
}

// large is how many kB of this process are mapped for large pages.
func large(t *testing.T) (sum int) {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/smaps")
	assert.NilError(t, err)
	for _, m := range regexp.MustCompile(`(?s)\nSize:\s+(\d+) kB\n.*?\nVmFlags: ([^\n]*)`).FindAllSubmatch(maps, -1) {
		if regexp.MustCompile(`\bhg\b`).Match(m[2]) {
			size, err := strconv.Atoi(string(m[1]))
			assert.NilError(t, err)
			sum += size
		}
	}
	return sum
}

func kilobytes(t *testing.T, pattern string) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	assert.NilError(t, err)
	found := regexp.MustCompile(pattern).FindSubmatch(status)
	assert.Assert(t, found != nil)
	n, err := strconv.Atoi(string(found[1]))
	assert.NilError(t, err)
	return n
}
