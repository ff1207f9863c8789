package renderer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/heap"
)

// WatchFlag asks a renderer to end when its standard input does. The front sets
// it and holds the other end: nobody else would stop a renderer whose front was
// killed.
const WatchFlag = "watch-stdin"

// Renderers live for a moment: most end before their heap is worth collecting.
const (
	// collectFrom is the size of the heap from which on it is collected.
	collectFrom = 32 << 20
	// gcPercent lets the heap grow to five times what is in use before it is
	// collected again, up to SoftMemory.
	gcPercent = 400
)

// Environment are variables for the runtime of a renderer that may take so many
// bytes. The second is for what its libraries do before Run.
func Environment(hard int64) []string {
	return []string{
		fmt.Sprintf("GOMEMLIMIT=%d", SoftMemory(hard)),
		fmt.Sprintf("GOGC=%d", heap.Percent(collectFrom)),
	}
}

// A Process is what a renderer's main function gives to Run.
type Process struct {
	// Stdin is watched; nil is not.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Refusal is a file that gets the problem too; "" is none.
	Refusal string
	// StartedBy is the process of the renderer that started this one and waits for it:
	// what that one may take is for both, and this one ends with it. 0 is none.
	StartedBy int
}

// Run is the main function of a renderer: it bounds the process, writes what
// build makes to standard output when all of it is right, and else reports the
// problem. It returns the exit code.
func Run(p Process, build func(w io.Writer) error) int {
	if p.StartedBy != 0 {
		go endWith(p.StartedBy)
		debug.SetMemoryLimit(SoftMemory(remaining(HardMemory(), taken(p.StartedBy))))
	}
	if err := limitMemory(uint64(HardMemory())); err != nil {
		return p.report(fmt.Errorf("limit the memory: %w", err))
	}
	heap.CollectFrom(collectFrom, gcPercent)
	if p.Stdin != nil {
		go killAtEnd(p.Stdin)
	}
	var out bytes.Buffer
	if err := guarded(build, &out); err != nil {
		return p.report(err)
	}
	if _, err := p.Stdout.Write(out.Bytes()); err != nil {
		return p.report(fmt.Errorf("write the objects: %w", err))
	}
	return ExitOK
}

// limitMemory ends this process when it takes more than hard bytes. Of its data only
// mappings that can be written to count, not what Go merely reserves. But what Go has
// reserved it may take at once, whatever that limit is, so that what it may reserve is
// bounded too: to as much again, and a little for its own books.
func limitMemory(hard uint64) error {
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: hard, Max: hard}); err != nil {
		return err
	}
	var space syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_AS, &space); err != nil {
		return err
	}
	size, _ := memoryOf("self")
	if size == 0 {
		return nil // where /proc is missing, the first limit has to do
	}
	const books = 8
	most := min(space.Max, uint64(size)+hard+hard/books)
	return syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: most, Max: most})
}

// HardMemory is how many bytes this renderer may take: more end it.
func HardMemory() int64 {
	const ask = -1
	return hardMemory(debug.SetMemoryLimit(ask))
}

// killAtEnd ends this process, and what it has started, when stdin ends. The
// front made a process group of them.
func killAtEnd(stdin io.Reader) {
	_, _ = io.Copy(io.Discard, stdin)
	_ = syscall.Kill(0, syscall.SIGKILL)
}

// endWith ends this process when the one that started it is gone: that may be killed
// for its memory, and the front with it, so that nobody else would.
func endWith(parent int) {
	const look = 500 * time.Millisecond
	for os.Getppid() == parent {
		time.Sleep(look)
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
}

// guarded turns a panic of a library into a problem: some file made it panic.
func guarded(build func(w io.Writer) error, w io.Writer) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = diag.Pos{}.Problemf("the renderer crashed: %v", reason)
		}
	}()
	return build(w)
}

// report writes why there are no objects, and returns the exit code that says so.
func (p Process) report(err error) int {
	problem, ok := errors.AsType[diag.Problem](err)
	if !ok {
		_, _ = fmt.Fprintln(p.Stderr, err)
		return ExitFault
	}
	text := FormatProblem(problem)
	_, _ = p.Stderr.Write(text)
	if p.Refusal != "" {
		// Without it the problem is still on standard error.
		_ = os.WriteFile(p.Refusal, text, 0o600)
	}
	return ExitProblem
}
