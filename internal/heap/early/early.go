// Package early lays the heap of its program into large pages, as part of what the
// program may take at most a quarter. To import it is all that there is to do.
//
// It knows the limit on memory in GOMEMLIMIT, half of what a renderer may take.
package early

import (
	"runtime/debug"

	"github.com/argocd-safesync/argocd-safesync/internal/heap"
)

// most is as much as nearly all applications need.
const most = 120 << 20

// The libraries of the renderers fill megabytes of the heap before main begins.
// Collecting these would cost 3 ms, a tenth of a small chart; here, before them, it
// costs nothing. A variable that main could set would be too late.
//
//nolint:gochecknoinits // the one thing that has to happen before other packages
func init() {
	const ask = -1
	heap.InLargePages(int(min(most, debug.SetMemoryLimit(ask)/2)))
}
