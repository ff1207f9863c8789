package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
)

// onAllCores does the same for n applications, as many at a time as there are
// cores: each is parsing and comparing, or waits for a renderer that is. So no
// more than that many are in memory. It shows on a terminal how far it is, and
// ends early with ctx.
func onAllCores(ctx context.Context, std cli.IO, n int, do func(i int)) error {
	next := make(chan int)
	done := make(chan struct{})
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		workers.Go(func() {
			for i := range next {
				do(i)
				done <- struct{}{}
			}
		})
	}
	go func() {
		defer close(done)
		defer workers.Wait()
		defer close(next)
		for i := range n {
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	var tick <-chan time.Time
	if isTerminal(std.Stderr) {
		ticker := time.NewTicker(repaint)
		defer ticker.Stop()
		tick = ticker.C
	}
	progress(std.Stderr, tick, done, n)
	return context.Cause(ctx)
}

// repaint is how often progress shows: as often as the eye follows, and no more
// writes than a slow terminal takes.
const repaint = 100 * time.Millisecond

// progress follows the work until done is closed, and at each tick shows it on one
// line that goes away. Without ticks it shows nothing.
func progress(w io.Writer, tick <-chan time.Time, done <-chan struct{}, all int) {
	n, shown := 0, false
	for {
		select {
		case _, more := <-done:
			if !more {
				if shown {
					fmt.Fprint(w, "\r\x1b[K")
				}
				return
			}
			n++
		case <-tick:
			fmt.Fprintf(w, "\r%d of %d applications", n, all)
			shown = true
		}
	}
}
