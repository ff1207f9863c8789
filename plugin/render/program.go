package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unicode"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

// maxStderr is enough for the longest reason that a tool gives.
const maxStderr = 64 << 10

// A program is a renderer that runs as a process of its own.
type program struct {
	path string
	args []string
	// files are put into the directory in which it starts.
	files map[string][]byte
	// home is the directory in which it starts; run makes it.
	home string
	// what is the word for its input in messages: kustomization.
	what string
	// at is the file that its problems belong to unless it names another one.
	at diag.Pos
	// explain says more about output that cannot be read; nil does not.
	explain func(p diag.Problem, output []byte) diag.Problem
}

// run starts the program and reads the objects that it prints. It never outlives
// ctx: its whole process group is killed then.
func (p program) run(ctx context.Context, req Request) ([]manifest.Object, error) {
	if _, err := os.Stat(p.path); p.path == "" || err != nil {
		return nil, fmt.Errorf("render the %s in %s: no renderer at %q", p.what, req.App, p.path)
	}
	home, err := os.MkdirTemp("", homePrefix)
	if err != nil {
		return nil, fmt.Errorf("make a directory for the renderer: %w", err)
	}
	defer os.RemoveAll(home)
	tidy(home)
	p.home = home
	for name, data := range p.files {
		if err := os.WriteFile(filepath.Join(home, name), data, 0o600); err != nil {
			return nil, fmt.Errorf("write what the renderer is to do: %w", err)
		}
	}

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stdout := &capture{most: manifest.MaxBytes, full: func() { cancel(errTooMuch) }}
	stderr := &capture{most: maxStderr}
	cmd := p.command(ctx, req, home)
	if err := runWith(ctx, cmd, stdout, stderr); err != nil {
		return nil, p.failure(ctx, req, err, stderr.data)
	}
	objects, err := manifest.DecodeRendered(stdout.data, p.at.File)
	if problem, ok := errors.AsType[diag.Problem](err); ok && p.explain != nil {
		return nil, p.explain(problem, stdout.data)
	}
	return objects, err
}

// command prepares the process: an environment of our making, and a process
// group of its own that can be killed as a whole.
func (p program) command(ctx context.Context, req Request, home string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.path, append(p.args, "--"+renderer.WatchFlag)...)
	cmd.Dir = home
	cmd.Env = slices.Concat([]string{"HOME=" + home, "TMPDIR=" + home}, renderer.Environment(req.memory()), req.Env)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}

// errTooMuch ends a program that prints more than Argo CD would read.
var errTooMuch = errors.New("too much output")

// failure says why the program did not succeed.
func (p program) failure(ctx context.Context, req Request, err error, stderr []byte) error {
	if cause := context.Cause(ctx); cause != nil {
		if errors.Is(cause, errTooMuch) {
			return p.at.Problemf("want at most %d MB of objects, got more", manifest.MaxBytes>>20)
		}
		chart := inflating(p.home)
		cause = fmt.Errorf("%w rendering %s in %s%s", cause, p.what, req.App, chart)
		// A chart that was at work is the reason, whatever kustomize is slow at.
		if note, ok := renderer.ParseNote(stderr); ok && chart == "" && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			note.Msg = cause.Error() + ": " + printable(note.Msg)
			return note
		}
		return cause
	}
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return fmt.Errorf("run the renderer for the %s in %s: %w", p.what, req.App, err)
	}
	if problem, ok := renderer.ParseProblem(stderr); ok {
		if problem.File == "" {
			problem.File = p.at.File
		}
		problem.Msg = printable(problem.Msg)
		return problem
	}
	if renderer.IsOutOfMemory(string(stderr)) {
		return p.at.Problemf("rendering it needs more than %d MB of memory", req.memory()>>20)
	}
	if bytes.Contains(stderr, []byte("goroutine stack exceeds")) {
		return p.at.Problemf("want less nesting, got more than can be read")
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signal() == syscall.SIGKILL {
		return fmt.Errorf("render the %s in %s: it was killed from outside, most likely because there was no memory left for all that rendered at once", p.what, req.App)
	}
	reason := p.reason(req, stderr)
	if exit.ExitCode() == renderer.ExitProblem && reason != "" {
		return p.at.Problemf("%s", reason)
	}
	return fmt.Errorf("render the %s in %s: %s: %s", p.what, req.App, exit.ProcessState, reason)
}

// inflating says which chart of a kustomization was being rendered; "" if none was.
func inflating(home string) string {
	files, err := filepath.Glob(filepath.Join(home, "charts-*", renderer.InflatingFile))
	if err != nil || len(files) != 1 {
		return ""
	}
	chart, err := os.ReadFile(files[0])
	if err != nil {
		return ""
	}
	return ", at its chart " + string(chart)
}

// reason is what a renderer printed that did not keep to the contract, made fit
// to be shown: no stack of Go, no absolute paths, not much.
func (p program) reason(req Request, stderr []byte) string {
	text, _, _ := strings.Cut(string(stderr), "\ngoroutine ")
	text, _, _ = strings.Cut(text, "\n\tpanic")
	text = strings.ReplaceAll(text, req.RepoDir+"/", "")
	return printable(text)
}

// printable makes a text of a tool one line of bounded length without control
// characters: parts of it may come from files.
func printable(text string) string {
	graphic := func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return ' '
	}
	text = strings.Join(strings.Fields(strings.Map(graphic, text)), " ")
	const most = 1000
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// A capture keeps the first bytes that are written to it, and says once when
// there are more. It has no ReadFrom, which would read on without a bound.
type capture struct {
	data []byte
	most int
	full func()
}

func (c *capture) Write(data []byte) (int, error) {
	room := min(c.most-len(c.data), len(data))
	if cap(c.data)-len(c.data) < room {
		c.data = append(make([]byte, 0, max(2*cap(c.data), room, bytes.MinRead)), c.data...)
	}
	c.data = append(c.data, data[:room]...)
	if room < len(data) && c.full != nil {
		c.full()
		c.full = nil
	}
	return len(data), nil
}
