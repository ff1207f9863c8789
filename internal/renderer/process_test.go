package renderer

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/poll"
)

// asRenderer makes the program of this test a renderer that reserves so many bytes, as
// Go does before it takes them, and says how many it may take.
const asRenderer = "SAFESYNC_TEST_RESERVES"

// asParent makes the program of this test a renderer that starts another one, and
// asChild that one, whose work never ends.
const (
	asParent = "SAFESYNC_TEST_PARENT"
	asChild  = "SAFESYNC_TEST_CHILD"
)

func TestMain(m *testing.M) {
	if os.Getenv(asChild) != "" {
		os.Exit(Run(Process{Stdout: os.Stdout, Stderr: os.Stderr, StartedBy: os.Getppid()}, func(io.Writer) error {
			fmt.Println(os.Getpid())
			select {}
		}))
	}
	if os.Getenv(asParent) != "" {
		child := exec.Command(os.Args[0])
		child.Env, child.Stdout = append(os.Environ(), asChild+"=1"), os.Stdout
		_ = child.Run()
		os.Exit(1)
	}
	text, isRenderer := os.LookupEnv(asRenderer)
	if !isRenderer {
		os.Exit(m.Run())
	}
	p := Process{Stdout: os.Stdout, Stderr: os.Stderr}
	if len(os.Args) > 1 {
		p.StartedBy = os.Getppid()
	}
	os.Exit(Run(p, func(w io.Writer) error {
		size, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		if _, err := syscall.Mmap(-1, 0, size, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE); err != nil {
			return err
		}
		_, err = fmt.Fprint(w, HardMemory())
		return err
	}))
}

// started runs a renderer under a limit.
func started(t *testing.T, hard int64, reserves int, args ...string) (out, stderr string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), Environment(hard)...)
	cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%d", asRenderer, reserves))
	var failed bytes.Buffer
	cmd.Stderr = &failed
	text, _ := cmd.Output()
	return string(text), failed.String()
}

func TestARendererThatAnotherOneStartedGetsWhatThatLeaves(t *testing.T) {
	const hard, one = 768 << 20, 1
	alone, _ := started(t, hard, one)
	assert.Equal(t, alone, strconv.Itoa(hard))
	text, stderr := started(t, hard, one, "started by another")
	got, err := strconv.ParseInt(text, 10, 64)
	assert.NilError(t, err, stderr)
	own := taken(os.Getpid())
	assert.Assert(t, own > 0 && got < hard/4*3 && got > remaining(hard, 2*own), "%d MB, beside a process that takes %d", got>>20, own>>20)
}

// The renderer of kustomizations may be killed for its memory while a chart renders,
// and its front with it: nobody is left then who would end the chart's.
func TestARendererEndsWithTheOneThatStartedIt(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), asParent+"=1")
	stdout, err := parent.StdoutPipe()
	assert.NilError(t, err)
	assert.NilError(t, parent.Start())
	var child int
	_, err = fmt.Fscanln(stdout, &child)
	assert.NilError(t, err)
	assert.NilError(t, parent.Process.Kill())
	_, err = parent.Process.Wait() // not for the child, which has its output
	assert.NilError(t, err)
	defer func() { _ = syscall.Kill(child, syscall.SIGKILL) }()
	poll.WaitOn(t, func(poll.LogT) poll.Result {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", child))
		if err != nil || bytes.Contains(stat, []byte(") Z ")) {
			return poll.Success()
		}
		return poll.Continue("process %d lives", child)
	}, poll.WithTimeout(20*time.Second))
}

// A block that Go has reserved it may take at once, even if that is more than may be
// taken.
func TestARendererMayNotReserveFarMoreThanItMayTake(t *testing.T) {
	const hard = 512 << 20
	out, stderr := started(t, hard, hard/2)
	assert.Equal(t, out, strconv.Itoa(hard), stderr)
	out, stderr = started(t, hard, 2*hard)
	assert.Equal(t, out, "")
	assert.Equal(t, stderr, "cannot allocate memory\n")
}
