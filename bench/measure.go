package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
)

// A command is a process to measure.
type command struct {
	dir   string
	stdin string // a file; empty is none
	path  string // where it finds the programs that it starts; empty is the system's
	args  []string
	// then reads what the first process prints; its time counts too.
	then []string
}

// A bench is a case of the table.
type bench struct {
	name           string
	ours, peer     command
	peerName, goal string
	// most is the largest figure that reaches the goal.
	most float64
	// figure makes a figure of what both took; nil is the ratio of their times.
	figure func(ours, peer cost) (value float64, shown string)
	long   bool // minutes; measured once
}

// A cost is what a process and those that it waited for took.
type cost struct {
	seconds float64 // CPU, user and system
	mebi    float64 // peak resident memory of the largest process
}

const (
	// short is what a case takes at most to be measured more often.
	short = 0.05
	// oftener is how much more often that is.
	oftener = 5
)

// measure runs both commands in turn. The least time of each counts: what is more is
// what others did to it on the same machine. Of memory the most counts.
func (b bench) measure(rounds int) (row string, err error) {
	if b.long {
		rounds = 1
	}
	ours, peer := cost{seconds: -1}, cost{seconds: -1}
	for round := 0; round < rounds; round++ {
		if err := b.ours.least(&ours); err != nil {
			return "", err
		}
		if err := b.peer.least(&peer); err != nil {
			return "", err
		}
		if round == 0 && ours.seconds < short && !b.long {
			rounds *= oftener
		}
	}
	value, shown := ours.seconds/peer.seconds, ""
	if b.figure != nil {
		value, shown = b.figure(ours, peer)
	} else {
		shown = fmt.Sprintf("%.3g", value)
	}
	return fmt.Sprintf("| %s | %.1f | %.0f | %s | %.1f | %.0f | **%s** | %s | %s |",
		b.name, 1000*ours.seconds, ours.mebi, b.peerName, 1000*peer.seconds, peer.mebi, shown, b.goal, verdict(value <= b.most)), nil
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "see below"
}

// least runs a command and lowers what it took at least.
func (c command) least(so *cost) error {
	now, err := c.run()
	if so.seconds < 0 || now.seconds < so.seconds {
		so.seconds = now.seconds
	}
	so.mebi = max(so.mebi, now.mebi)
	return err
}

// run starts a command and waits for it.
func (c command) run() (cost, error) {
	if c.then == nil {
		return c.process(io.Discard, nil, c.args)
	}
	var out bytes.Buffer
	first, err := c.process(&out, nil, c.args)
	if err != nil {
		return first, err
	}
	second, err := c.process(io.Discard, &out, c.then)
	return cost{first.seconds + second.seconds, max(first.mebi, second.mebi)}, err
}

// process runs one process. What it prints goes through a pipe, as in Argo CD.
func (c command) process(stdout io.Writer, stdin io.Reader, args []string) (cost, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = c.dir
	// Nothing of this machine's configuration, and Argo CD's own variables.
	path := "/usr/bin:/bin"
	if c.path != "" {
		path = c.path + ":" + path
	}
	cmd.Env = []string{"HOME=" + c.dir, "PATH=" + path, "ARGOCD_APP_NAME=bench", "ARGOCD_APP_NAMESPACE=shop"}
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.Stdin = struct{ io.Writer }{stdout}, &stderr, stdin
	if c.stdin != "" {
		f, err := os.Open(c.stdin)
		if err != nil {
			return cost{}, err
		}
		defer f.Close()
		cmd.Stdin = f
	}
	if err := cmd.Run(); err != nil {
		return cost{}, fmt.Errorf("%s: %w: %s", args[0], err, stderr.Bytes())
	}
	usage, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return cost{
		seconds: (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(),
		mebi:    float64(usage.Maxrss) / 1024,
	}, nil
}
