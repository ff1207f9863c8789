package node

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"
)

// fake is a node that could be in /state.
func fake(t *testing.T) *Node {
	t.Helper()
	return &Node{Dir: "/state/node", Tools: "/tools", Checkout: "../../..", Log: io.Discard}
}

func TestOpen(t *testing.T) {
	tests := map[string]struct {
		env  map[string]string
		dir  string
		want string // the error
	}{
		"by default":       {env: map[string]string{"HOME": "/home/x"}, dir: "/home/x/.cache/safesync/cluster/node"},
		"another place":    {env: map[string]string{"SAFESYNC_CLUSTER_DIR": "/run/safe/"}, dir: "/run/safe/node"},
		"a relative place": {env: map[string]string{"SAFESYNC_CLUSTER_DIR": "safe"}, want: `SAFESYNC_CLUSTER_DIR: want an absolute path of letters, digits and ._-, got "safe"`},
		"an odd place":     {env: map[string]string{"SAFESYNC_CLUSTER_DIR": "/a b"}, want: `SAFESYNC_CLUSTER_DIR: want an absolute path of letters, digits and ._-, got "/a b"`},
		"a deep place": {
			env:  map[string]string{"SAFESYNC_CLUSTER_DIR": "/" + strings.Repeat("x", 59)},
			want: `SAFESYNC_CLUSTER_DIR: want at most 59 characters, because sockets are below it, got 60`,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{"HOME": "/home/x"}
			for k, v := range tc.env {
				env[k] = v
			}
			n, err := Open(func(name string) string { return env[name] }, io.Discard)
			if tc.want != "" {
				assert.Error(t, err, tc.want)
				return
			}
			assert.NilError(t, err)
			assert.Equal(t, n.Dir, tc.dir)
		})
	}
}

// TestALinkToThePlaceIsFollowed because the kernel names mounts without links.
func TestALinkToThePlaceIsFollowed(t *testing.T) {
	real := t.TempDir()
	link := filepath.Join(t.TempDir(), "l")
	assert.NilError(t, os.Symlink(real, link))
	resolved, err := filepath.EvalSymlinks(real)
	assert.NilError(t, err)
	assert.Equal(t, realPath(filepath.Join(link, "cluster")), filepath.Join(resolved, "cluster"))
}

// TestEveryProgramIsToldWhere holds all that the programs read, so that a change
// is seen as what it is.
func TestEveryProgramIsToldWhere(t *testing.T) {
	n := fake(t)
	var out strings.Builder
	for _, p := range n.programs() {
		out.WriteString(p.name + "\n\t" + strings.Join(p.args, "\n\t") + "\n")
	}
	golden.Assert(t, out.String(), "programs.txt")
	for name := range configs {
		text, err := n.config(name)
		assert.NilError(t, err)
		golden.Assert(t, text, name)
	}
}

// TestTheMakefileBuildsWhatIsLookedFor holds the list of tools to the Makefile's.
func TestTheMakefileBuildsWhatIsLookedFor(t *testing.T) {
	text, err := os.ReadFile("../../../Makefile")
	assert.NilError(t, err)
	want := map[string]tool{}
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(line), "\\")), ",")
		if len(fields) < 4 || !strings.HasPrefix(line, "\t") {
			continue
		}
		name := fields[3]
		if name == "" {
			name = filepath.Base(fields[1] + "/" + fields[2])
		}
		want[name] = tool{name: name, folder: fields[0], module: fields[1]}
	}
	assert.Assert(t, len(want) > 10, "want the Makefile's list, found %v", want)
	got := map[string]tool{}
	for _, l := range tools {
		l.ours = false
		got[l.name] = l
	}
	assert.DeepEqual(t, got, want, cmp.AllowUnexported(tool{}))
}

func TestAToolsVersionIsInItsName(t *testing.T) {
	n := fake(t)
	for _, l := range tools {
		assert.Assert(t, n.Version(l.name) != "unknown", "%s is pinned by no go.mod", l.name)
		assert.Equal(t, n.Tool(l.name), "/tools/"+l.name+"-"+n.Version(l.name))
	}
	assert.Equal(t, n.Version("nosuch"), "unknown")
}

// TestWhatIsMissingIsNamed looks on a PATH and in a folder where nothing is.
func TestWhatIsMissingIsNamed(t *testing.T) {
	n := fake(t)
	n.Tools = t.TempDir()
	t.Setenv("PATH", t.TempDir())
	if os.Geteuid() != 0 {
		assert.DeepEqual(t, n.Missing(), []string{"root: namespaces, mounts and cgroups need it"})
		return
	}
	got := strings.Join(n.Missing(), "\n") + "\n"
	for _, l := range tools {
		got = strings.ReplaceAll(got, n.Version(l.name), "VERSION")
	}
	// Those with a whole path are there or not, whatever PATH says.
	for _, d := range debian {
		if filepath.IsAbs(d.program) && !exists(d.program) {
			got = strings.ReplaceAll(got, filepath.Base(d.program)+": apt-get install "+d.pkg+"\n", "")
		}
	}
	golden.Assert(t, got, "missing.txt")
}

// TestPackagesAreNamedWhereTheyAreInstalled holds the list to what CI installs and
// to what people read.
func TestPackagesAreNamedWhereTheyAreInstalled(t *testing.T) {
	essential := []string{"mount", "util-linux"}
	for _, file := range []string{".ci/run", "CONTRIBUTING.md"} {
		text, err := os.ReadFile("../../../" + file)
		assert.NilError(t, err)
		for _, d := range debian {
			named := slices.Contains(essential, d.pkg) || regexp.MustCompile(`\b`+d.pkg+`\b`).Match(text)
			assert.Assert(t, named, "%s does not name %s", file, d.pkg)
		}
	}
}

func TestAMachineThatLacksSomethingSaysSoInOneError(t *testing.T) {
	err := MissingError{"root: namespaces, mounts and cgroups need it", "runc: apt-get install runc"}
	assert.Error(t, err, "this machine lacks\n\troot: namespaces, mounts and cgroups need it\n\trunc: apt-get install runc")
}

func TestParseStat(t *testing.T) {
	const rest = " 1 2 3 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 1000 1"
	for line, want := range map[string]stat{
		"12 (etcd) S" + rest:            {"S", 1, 4711},
		"12 (a b) S 9) Z" + rest:        {"Z", 1, 4711},
		"12 (etcd) S 1 2":               {},
		"":                              {},
		"12 (etcd) S" + rest + " 9 9 9": {"S", 1, 4711},
	} {
		assert.Equal(t, parseStat(line), want, "%s", line)
	}
}

func TestResident(t *testing.T) {
	assert.Equal(t, resident("Name:\tetcd\nVmHWM:\t  9 kB\nVmRSS:\t  46296 kB\nVmData: 1 kB\n"), 46296)
	assert.Equal(t, resident("Name:\tzombie\n"), 0)
}

// TestOnlyTheRecordedProcessIsStopped starts one that stands for whoever has got
// the pid of one that is gone.
func TestOnlyTheRecordedProcessIsStopped(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	assert.NilError(t, cmd.Start())
	go func() { _ = cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	now := statOf(cmd.Process.Pid)
	assert.Assert(t, now.started > 0 && now.parent == os.Getpid() && !now.ended(), "%v", now)
	it := process{Name: "sleep", PID: cmd.Process.Pid, Started: now.started, Boot: boot()}

	later, rebooted := it, it
	later.Started--
	rebooted.Boot = "another"
	for _, other := range []process{later, rebooted} {
		assert.Assert(t, !other.runs(), "%v", other)
		assert.NilError(t, other.stop(t.Context(), time.Second))
	}
	assert.Assert(t, it.runs(), "it was stopped for another one")

	assert.NilError(t, it.stop(t.Context(), time.Second))
	assert.Assert(t, !it.runs())
}

// TestAProcessThatDoesNotListenIsKilled because a node must come down.
func TestAProcessThatDoesNotListenIsKilled(t *testing.T) {
	cmd := exec.Command("sh", "-c", "trap '' TERM; echo; while :; do sleep 1; done")
	out, err := cmd.StdoutPipe()
	assert.NilError(t, err)
	assert.NilError(t, cmd.Start())
	_, err = out.Read(make([]byte, 1)) // the trap is set
	assert.NilError(t, err)
	go func() { _ = cmd.Wait() }()
	it := process{PID: cmd.Process.Pid, Started: statOf(cmd.Process.Pid).started, Boot: boot()}
	assert.NilError(t, it.stop(t.Context(), 100*time.Millisecond))
	assert.Assert(t, !it.runs())
}

func TestOneProcessAtATimeHasALock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	l, by, err := tryLock(path)
	assert.NilError(t, err)
	assert.Equal(t, by, "")
	_, by, err = tryLock(path)
	assert.NilError(t, err)
	assert.Assert(t, strings.HasPrefix(by, "process "), by)
	l.remove()
	assert.Assert(t, !exists(path))
	l, by, err = tryLock(path)
	assert.NilError(t, err)
	assert.Equal(t, by, "")
	l.release()
}

// TestWhoeverWaitsForTheEndComesAfterIt has two bring a node down that is not there.
func TestWhoeverWaitsForTheEndComesAfterIt(t *testing.T) {
	n := fake(t)
	n.Dir = filepath.Join(t.TempDir(), "cluster", "node")
	first, err := n.change(t.Context())
	assert.NilError(t, err)
	second := make(chan error)
	go func() {
		l, err := n.change(t.Context())
		if err == nil {
			l.remove()
		}
		second <- err
	}()
	time.Sleep(150 * time.Millisecond) // longer than the second waits before it asks again
	first.remove()
	assert.NilError(t, os.Remove(filepath.Dir(n.Dir)))
	assert.NilError(t, <-second)
}

func TestSettingsComeBack(t *testing.T) {
	k, saved := kernel(t.TempDir()), filepath.Join(t.TempDir(), "saved")
	set := func(value string) {
		for _, name := range changed {
			path := filepath.Join(string(k), name)
			assert.NilError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			assert.NilError(t, os.WriteFile(path, []byte(value+"\n"), 0o644))
		}
	}
	assert.NilError(t, k.restore(saved)) // nothing was saved, nothing is there

	set("7")
	assert.NilError(t, k.save(saved))
	assert.Assert(t, !k.differs(saved))
	set("10")
	assert.Assert(t, k.differs(saved))
	assert.NilError(t, k.save(saved)) // must keep the older ones
	assert.NilError(t, k.restore(saved))
	for _, name := range changed {
		got, err := os.ReadFile(filepath.Join(string(k), name))
		assert.NilError(t, err)
		assert.Equal(t, string(got), "7\n")
	}
}

// TestNothingOfSomebodyElseIsTouched asks for a node where other files are.
func TestNothingOfSomebodyElseIsTouched(t *testing.T) {
	n := fake(t)
	n.Dir = t.TempDir()
	assert.NilError(t, n.foreign())
	assert.NilError(t, os.WriteFile(n.path("thesis.tex"), nil, 0o600))
	assert.Error(t, n.foreign(), "want "+n.Dir+" empty or not there, but it has thesis.tex, which no cluster has made")
	assert.NilError(t, os.WriteFile(n.path(mark), nil, 0o600))
	assert.NilError(t, n.foreign())
}
