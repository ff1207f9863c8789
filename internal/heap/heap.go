// Package heap sets up the heap of a process that lives for a moment: where it lies,
// and when it is collected.
//
// It knows the runtime and the kernel, and nothing of what is kept on the heap.
package heap

import (
	"runtime"
	"runtime/debug"
	"strings"
	"unsafe"
)

// InLargePages asks the kernel to give the next so many bytes of the heap in pages
// of 2 MiB where it has them for programs that ask (transparent_hugepage is madvise
// or always): a process that takes 64 MiB otherwise stops 16,000 times for a page,
// which costs it 30 ms of CPU time instead of 7. It takes no memory before the heap
// does, and must be called early: it collects the heap.
func InLargePages(bytes int) {
	before := debug.SetGCPercent(-1)
	// Only the runtime can map its heap. It keeps what is mapped when the block goes.
	preferLarge(untouched(bytes))
	runtime.GC()
	debug.SetGCPercent(before)
}

// untouched is a block of memory that nobody writes to, zeros neither.
func untouched(bytes int) []byte {
	var block strings.Builder
	block.Grow(bytes)
	return unsafe.Slice(unsafe.StringData(block.String()), bytes)
}

// Percent is the value of GOGC with which a heap is collected first when it has so
// many bytes, a multiple of 4 MiB: that is where 100 has it.
func Percent(first int) int { return first / (4 << 20) * 100 }

// CollectFrom lets the heap grow to so many bytes before it is collected for the
// first time, as Percent has them, and after that each time to percent more than
// what is in use.
func CollectFrom(first, percent int) {
	debug.SetGCPercent(max(Percent(first), percent))
	// Nothing holds the marker, so that the first collection finds it.
	runtime.AddCleanup(new(marker), func(percent int) { debug.SetGCPercent(percent) }, percent)
}

// A marker has a block of its own: the runtime puts small ones without pointers
// together, and holds all of them for one.
type marker struct{ _ *marker }
