package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A process is a running program, recorded in a file so that whoever stops it
// need not be who started it.
type process struct {
	Name string   `json:"name"`
	Args []string `json:"args"`
	PID  int      `json:"pid"`
	// Started is when, in the kernel's ticks since Boot. Pids are used again;
	// a pid with its start is not.
	Started uint64 `json:"started"`
	Boot    string `json:"boot"`
}

// start runs p inside the node's namespaces, in a session of its own, so that it
// outlives this process and no signal of a terminal reaches it.
func (n *Node) start(p program) error {
	file, err := exec.LookPath(n.file(p.name))
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(n.Logs(), p.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command("nsenter", append([]string{"--net=" + n.netFile(), "--mount=" + n.mountFile(), "--", file}, p.args...)...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, "/"
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")} // no proxy, no other cluster
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	go func() { _ = cmd.Wait() }() // or else it stays as a zombie for as long as this process runs
	pid := cmd.Process.Pid
	return n.record(process{Name: p.name, Args: p.args, PID: pid, Started: statOf(pid).started, Boot: boot()})
}

// file is where the program called name is: one that was built, or one that is
// looked for on PATH.
func (n *Node) file(name string) string {
	for _, t := range tools {
		if t.name == name {
			return n.Tool(name)
		}
	}
	return name
}

func (n *Node) record(p process) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return os.WriteFile(n.recordFile(p.Name), text, 0o644)
}

func (n *Node) recordFile(name string) string { return n.path("run", name+".json") }

// recorded returns the record of a program. One that was never started is an
// error.
func (n *Node) recorded(name string) (process, error) {
	var p process
	text, err := os.ReadFile(n.recordFile(name))
	if errors.Is(err, fs.ErrNotExist) {
		return p, fmt.Errorf("%s was not started", name)
	}
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return p, fmt.Errorf("record of %s: %w", name, err)
	}
	return p, nil
}

// runs says whether the very process that was recorded is still there.
func (p process) runs() bool {
	now := statOf(p.PID)
	return p.PID > 0 && p.Boot == boot() && now.started == p.Started && !now.ended()
}

// stop ends p: by asking, and by force once patience is over. With no patience
// it does not ask.
func (p process) stop(ctx context.Context, patience time.Duration) error {
	if !p.runs() {
		return nil
	}
	if patience > 0 {
		asked, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		_ = syscall.Kill(p.PID, syscall.SIGTERM)
		if wait(asked, func() bool { return !p.runs() }) == nil {
			return nil
		}
	}
	_ = syscall.Kill(p.PID, syscall.SIGKILL)
	killed, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := wait(killed, func() bool { return !p.runs() }); err != nil {
		return fmt.Errorf("stop %s (process %d): %w", p.Name, p.PID, err)
	}
	return nil
}

// wait asks until yes.
func wait(ctx context.Context, yes func() bool) error {
	for !yes() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// A stat is what the kernel tells of a process. The zero is one that has ended.
type stat struct {
	state   string // a letter
	parent  int
	started uint64 // in ticks since boot
}

// statOf asks for the stat of a process.
func statOf(pid int) stat {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}
	}
	return parseStat(string(text))
}

// ended says whether nothing runs any more. A zombie does not: its parent has not
// looked yet.
func (s stat) ended() bool { return s.state == "" || s.state == "Z" }

// parseStat reads a line of /proc/PID/stat. The second field is a name in
// brackets, which may have spaces and brackets itself; the state is the third,
// the parent the fourth and the start the 22nd.
func parseStat(text string) stat {
	fields := strings.Fields(text[strings.LastIndex(text, ")")+1:])
	if len(fields) < 20 {
		return stat{}
	}
	parent, _ := strconv.Atoi(fields[1])                // 0 is nobody's parent
	started, _ := strconv.ParseUint(fields[19], 10, 64) // and no process's start
	return stat{fields[0], parent, started}
}

// boot names the time since the machine's start.
func boot() string {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // the same "" each time
	return strings.TrimSpace(string(id))
}
