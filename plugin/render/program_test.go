package render_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/poll"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
	"github.com/argocd-safesync/argocd-safesync/plugin/render"
)

// The test binary plays the renderer when this variable says which one.
const roleVariable = "SAFESYNC_TEST_RENDERER"

func TestMain(m *testing.M) {
	if role, ok := roles[os.Getenv(roleVariable)]; ok {
		os.Exit(role())
	}
	os.Exit(m.Run())
}

var roles = map[string]func() int{
	"good": func() int {
		fmt.Fprintln(os.Stderr, "# Warning: 'bases' is deprecated.")
		fmt.Print("# Source: base/a.yaml\nkind: A\n---\nkind: B\n")
		return 0
	},
	"environment": func() int {
		fmt.Println("kind: Environment\nvariables:")
		for _, variable := range os.Environ() {
			name, value, _ := strings.Cut(variable, "=")
			fmt.Printf("  %s: %q\n", name, value)
		}
		dir, _ := os.Getwd()
		fmt.Printf("dir: %s\nargs: %q\n", dir, strings.Join(os.Args[1:], " "))
		return 0
	},
	"jsonnet": func() int {
		fmt.Print("# Source: 1\nkind: C\n---\n# Source: 0\nkind: A\n")
		return 0
	},
	"spec": func() int {
		spec, _ := os.ReadFile(os.Args[2])
		fmt.Printf("# Source: 0\nkind: Spec\nspec: %q\n", spec)
		return 0
	},
	"problem": func() int {
		fmt.Fprintln(os.Stderr, "some warning")
		_, _ = os.Stderr.Write(renderer.FormatProblem(diag.Problem{Pos: diag.Pos{File: "base/k.yaml", Line: 2, Col: 3, Path: "resources[0]"}, Msg: "want x,\n\x1b[31mgot y", Hint: "write x"}))
		return 1
	},
	"text": func() int {
		fmt.Fprintf(os.Stderr, "2026/01/01 first part of '%s/app/x' not a\ndirectory\n", os.Args[2])
		return 1
	},
	"panic":  func() int { panic("boom") },
	"nested": func() int { return nested(0) },
	"guard":  func() int { return renderer.Run(process(), func(io.Writer) error { panic("boom") }) },
	"fault":  func() int { return renderer.Run(process(), func(io.Writer) error { return errors.New("no disk") }) },
	"memory": func() int { return renderer.Run(process(), allocate) },
	"taking": func() int { return renderer.Run(process(), take) },
	"killed": func() int { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL); select {} },
	"loud": func() int {
		for range 1000 {
			fmt.Fprint(os.Stderr, strings.Repeat("noise ", 2000))
		}
		return 3
	},
	"junk": func() int { fmt.Println("hello"); return 0 },
	"endless": func() int {
		for {
			if _, err := fmt.Println(strings.Repeat("# ", 1<<20)); err != nil {
				return 3
			}
		}
	},
	"slow": func() int {
		child := exec.Command("/bin/sleep", "1000")
		if err := child.Start(); err != nil {
			return 3
		}
		_ = os.WriteFile(os.Getenv("ARGOCD_APP_PIDFILE"), []byte(strconv.Itoa(child.Process.Pid)), 0o600)
		_ = child.Wait()
		return 0
	},
	"late": func() int {
		// What it prints arrives after its end, as on a machine that lets nobody read:
		// from a process outside its group, which ends with it.
		child := exec.Command("/bin/sh", "-c", "sleep 3; echo 'kind: Late'")
		child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		return startedWith(child)
	},
	"left": func() int {
		child := exec.Command("/bin/sleep", "1000")
		child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		code := startedWith(child)
		_ = os.WriteFile(os.Getenv("ARGOCD_APP_PIDFILE"), []byte(strconv.Itoa(child.Process.Pid)), 0o600)
		return code
	},
	"leaves": func() int {
		child := exec.Command("/bin/sleep", "1000")
		if child.Start() != nil {
			return 1
		}
		_ = os.WriteFile(os.Getenv("ARGOCD_APP_PIDFILE"), []byte(strconv.Itoa(child.Process.Pid)), 0o600)
		return renderer.ExitFault
	},
	"long": func() int {
		note := diag.Pos{File: "app/kustomization.yaml"}.Problemf("kustomize takes all objects at once").WithHint("split it")
		_, _ = os.Stderr.Write(renderer.FormatProblem(note))
		fmt.Fprintln(os.Stderr, "# Warning: 'vars' is deprecated.")
		time.Sleep(time.Hour)
		return 0
	},
	"watch": func() int {
		return renderer.Run(renderer.Process{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}, func(io.Writer) error {
			fmt.Println("started")
			select {}
		})
	},
}

// startedWith starts a program that holds the streams of this one.
func startedWith(child *exec.Cmd) int {
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	if child.Start() != nil {
		return 3
	}
	return 0
}

func process() renderer.Process { return renderer.Process{Stdout: os.Stdout, Stderr: os.Stderr} }

// nested calls itself until Go gives up.
func nested(depth int) int { return nested(depth+1) + 1 } //nolint:staticcheck // a renderer that recurses without end is what the test is about

// take needs 500 MB, whatever it may take.
func take(w io.Writer) error {
	_, err := fmt.Fprintln(w, "kind:", string('A'+make([]byte, 500<<20)[0]))
	return err
}

func allocate(w io.Writer) error {
	_, err := fmt.Fprintln(w, len(make([]byte, renderer.HardMemory()+1)))
	return err
}

// played asks for a kustomization, which the test binary in a role renders.
func played(t *testing.T, role string) render.Request {
	t.Helper()
	dir := t.TempDir()
	assert.NilError(t, os.Mkdir(filepath.Join(dir, "app"), 0o755))
	assert.NilError(t, os.WriteFile(filepath.Join(dir, "app/kustomization.yaml"), nil, 0o600))
	req := request(t, dir)
	req.App = "app"
	req.Env = []string{"ARGOCD_APP_NAME=web", roleVariable + "=" + role}
	var err error
	req.Programs.Kustomize, err = os.Executable()
	assert.NilError(t, err)
	return req
}

func TestARendererGivesObjectsWithTheirSource(t *testing.T) {
	objects, err := render.Dir(t.Context(), played(t, "good"))
	assert.Equal(t, show(t, objects, err), "# base/a.yaml A \n# app/kustomization.yaml B \nkind: A\n---\nkind: B\n")
}

func TestARendererSeesLittleOfTheEnvironment(t *testing.T) {
	t.Setenv("SECRET_OF_THE_SIDECAR", "x")
	req := played(t, "environment")
	req.Source.Kustomize = render.Kustomize{LoadRestrictor: "none", AllowRemote: true}
	objects, err := render.Dir(t.Context(), req)
	assert.NilError(t, err)
	variables, _ := objects[0].Get("variables")
	var names []string
	for name := range variables.(map[string]any) {
		names = append(names, name)
	}
	slices.Sort(names)
	assert.DeepEqual(t, names, []string{"ARGOCD_APP_NAME", "GOGC", "GOMEMLIMIT", "HOME", roleVariable, "TMPDIR"})
	home := objects[0].Text("variables", "HOME")
	assert.Equal(t, objects[0].Text("dir"), home)
	_, err = os.Stat(home)
	assert.ErrorIs(t, err, os.ErrNotExist)
	assert.Equal(t, objects[0].Text("args"),
		"--repo-root "+req.RepoDir+" --app app --load-restrictor none --allow-remote --watch-stdin")
}

func TestARendererThatDoesNotSucceedGivesOneReason(t *testing.T) {
	tests := []struct {
		role, want string
		isProblem  bool
	}{
		{"problem", "base/k.yaml:2:3: resources[0]: want x, [31mgot y\n\thint: write x", true},
		{"text", "app/kustomization.yaml: 2026/01/01 first part of 'app/x' not a directory", true},
		{"guard", "app/kustomization.yaml: the renderer crashed: boom", true},
		{"junk", "app/kustomization.yaml: want an object, got text", true},
		{"endless", "app/kustomization.yaml: want at most 100 MB of objects, got more", true},
		{"memory", "app/kustomization.yaml: rendering it needs more than 2048 MB of memory", true},
		{"killed", "render the kustomization in app: it was killed from outside, most likely because there was no memory left for all that rendered at once", false},
		{"nested", "app/kustomization.yaml: want less nesting, got more than can be read", true},
		{"panic", "render the kustomization in app: exit status 2: panic: boom", false},
		{"fault", "render the kustomization in app: exit status 3: no disk", false},
		{"loud", "render the kustomization in app: exit status 3: " + strings.Repeat("noise ", 166) + "nois…", false},
	}
	for _, tt := range tests {
		t.Run(tt.role, func(t *testing.T) {
			objects, err := render.Dir(t.Context(), played(t, tt.role))
			assert.Error(t, err, tt.want)
			assert.Equal(t, len(objects), 0)
			_, isProblem := errors.AsType[diag.Problem](err)
			assert.Equal(t, isProblem, tt.isProblem)
		})
	}
}

func TestARendererMayTakeWhatItsContainerLeaves(t *testing.T) {
	req := played(t, "memory")
	req.MemoryLimits = func() []string { return []string{"536870912\n"} }
	_, err := render.Dir(t.Context(), req)
	assert.Error(t, err, "app/kustomization.yaml: rendering it needs more than 384 MB of memory")

	req = played(t, "taking")
	objects, err := render.Dir(t.Context(), req)
	assert.Equal(t, show(t, objects, err), "# app/kustomization.yaml A \nkind: A\n")
	req.MemoryLimits = func() []string { return []string{"536870912\n"} }
	_, err = render.Dir(t.Context(), req)
	assert.Error(t, err, "app/kustomization.yaml: rendering it needs more than 384 MB of memory")
}

func TestARendererThatIsNotThere(t *testing.T) {
	req := played(t, "good")
	req.Programs.Kustomize = "/nowhere/safesync-render-kustomize"
	_, err := render.Dir(t.Context(), req)
	assert.Error(t, err, `render the kustomization in app: no renderer at "/nowhere/safesync-render-kustomize"`)
	req.Programs.Kustomize = ""
	_, err = render.Dir(t.Context(), req)
	assert.Error(t, err, `render the kustomization in app: no renderer at ""`)
}

func TestTheDeadlineEndsARendererAndWhatItStarted(t *testing.T) {
	req := played(t, "slow")
	pidFile := filepath.Join(t.TempDir(), "pid")
	req.Env = append(req.Env, "ARGOCD_APP_PIDFILE="+pidFile)
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		poll.WaitOn(t, func(poll.LogT) poll.Result {
			if _, err := os.Stat(pidFile); err != nil {
				return poll.Continue("not started")
			}
			return poll.Success()
		})
		cancel(errors.New("gave up after 45s"))
	}()
	_, err := render.Dir(ctx, req)
	assert.Error(t, err, "gave up after 45s rendering kustomization in app")
	text, err := os.ReadFile(pidFile)
	assert.NilError(t, err)
	pid, err := strconv.Atoi(string(text))
	assert.NilError(t, err)
	poll.WaitOn(t, func(poll.LogT) poll.Result { return gone(pid) })
}

func TestOutputThatIsReadLateCounts(t *testing.T) {
	objects, err := render.Dir(t.Context(), played(t, "late"))
	assert.Equal(t, show(t, objects, err), "# app/kustomization.yaml Late \nkind: Late\n")
}

func TestWhatARendererStartedEndsWithIt(t *testing.T) {
	req := played(t, "leaves")
	pidFile := filepath.Join(t.TempDir(), "pid")
	req.Env = append(req.Env, "ARGOCD_APP_PIDFILE="+pidFile)
	_, err := render.Dir(t.Context(), req)
	assert.ErrorContains(t, err, "render the kustomization in app: exit status")
	text, err := os.ReadFile(pidFile)
	assert.NilError(t, err)
	pid, err := strconv.Atoi(string(text))
	assert.NilError(t, err)
	defer func() { _ = syscall.Kill(pid, syscall.SIGKILL) }()
	poll.WaitOn(t, func(poll.LogT) poll.Result { return gone(pid) })
}

// Its streams stay open, and nobody can end what holds them.
func TestTheDeadlineDoesNotWaitForWhatLeftTheGroup(t *testing.T) {
	req := played(t, "left")
	pidFile := filepath.Join(t.TempDir(), "pid")
	req.Env = append(req.Env, "ARGOCD_APP_PIDFILE="+pidFile)
	ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Second, errors.New("gave up after 2s"))
	defer cancel()
	started := time.Now()
	_, err := render.Dir(ctx, req)
	took := time.Since(started)
	text, rerr := os.ReadFile(pidFile)
	assert.NilError(t, rerr)
	pid, rerr := strconv.Atoi(string(text))
	assert.NilError(t, rerr)
	assert.NilError(t, syscall.Kill(pid, syscall.SIGKILL))
	assert.Error(t, err, "gave up after 2s rendering kustomization in app")
	assert.Assert(t, took < 20*time.Second, "%s", took)
}

func TestTheDeadlineSaysWhatTookLong(t *testing.T) {
	req := played(t, "long")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Second, errors.New("gave up after 2s"))
	defer cancel()
	_, err := render.Dir(ctx, req)
	assert.Error(t, err, "app/kustomization.yaml: gave up after 2s rendering kustomization in app: kustomize takes all objects at once\n\thint: split it")
}

// gone reports whether a process has ended; one that nobody has reaped has.
func gone(pid int) poll.Result {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil || strings.Contains(string(stat), ") Z ") {
		return poll.Success()
	}
	return poll.Continue("process %d lives", pid)
}

func TestARendererEndsWithItsFront(t *testing.T) {
	self, err := os.Executable()
	assert.NilError(t, err)
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = []string{roleVariable + "=watch"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	alive, err := cmd.StdinPipe()
	assert.NilError(t, err)
	stdout, err := cmd.StdoutPipe()
	assert.NilError(t, err)
	assert.NilError(t, cmd.Start())
	line := make([]byte, len("started\n"))
	_, err = io.ReadFull(stdout, line)
	assert.NilError(t, err)
	assert.NilError(t, alive.Close())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		assert.ErrorContains(t, err, "killed")
	case <-time.After(10 * time.Second):
		_ = cmd.Process.Kill()
		t.Fatal("the renderer outlives the end of its standard input")
	}
}

// TestTheRealKustomizeProgram builds the program and holds the two sides of the
// contract together.
func TestTheRealKustomizeProgram(t *testing.T) {
	program := filepath.Join(t.TempDir(), "safesync-render-kustomize")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../cmd/safesync-render-kustomize")
	out, err := build.CombinedOutput()
	assert.NilError(t, err, "%s", out)

	req := unpack(t, "testdata/kustomize/base.txtar")
	req.Programs.Kustomize = program
	req.App = "overlay"
	objects, err := render.Dir(t.Context(), req)
	assert.Equal(t, show(t, objects, err), `# base/a.yaml ConfigMap edge/prod-a
apiVersion: v1
kind: ConfigMap
metadata:
  name: prod-a
  namespace: edge
data:
  a: "yes"
`)
	again, err := render.Dir(t.Context(), req)
	assert.Equal(t, show(t, again, err), show(t, objects, nil))

	req.App = "broken"
	_, err = render.Dir(t.Context(), req)
	assert.Error(t, err, `broken/kustomization.yaml:2:3: resources[0]: want a file or a directory, got "gone.yaml", which does not exist`)
	req.App = "remote"
	_, err = render.Dir(t.Context(), req)
	assert.ErrorContains(t, err, `remote/kustomization.yaml:1:13: resources[0]: want a path in the repository, got "https://example.invalid/x.yaml" on another host`)
}
