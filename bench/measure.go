package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"syscall"
)

// A command is a process to measure.
type command struct {
	dir   string
	stdin string // a file; empty is none
	args  []string
	// then reads what the first process prints; its time counts too.
	then []string
}

// A bench is a case of the table.
type bench struct {
	name           string
	ours, peer     command
	peerName, goal string
	long           bool // minutes; measured once
}

// A cost is what a process and those that it waited for took.
type cost struct {
	seconds float64 // CPU, user and system
	mebi    float64 // peak resident memory of the largest process
}

// measure runs both commands in turn, and prints medians. The ratio is the median
// of the ratios of each turn: what disturbs the machine disturbs both.
func (b bench) measure(rounds int) (row string, err error) {
	if b.long {
		rounds = 1
	}
	var ours, peers []cost
	var ratios []float64
	for range rounds {
		a, err := b.ours.run()
		if err != nil {
			return "", err
		}
		p, err := b.peer.run()
		if err != nil {
			return "", err
		}
		ours, peers, ratios = append(ours, a), append(peers, p), append(ratios, a.seconds/p.seconds)
	}
	a, p := medians(ours), medians(peers)
	return fmt.Sprintf("| %s | %.1f | %.0f | %s | %.1f | %.0f | **%.3g** | %s |",
		b.name, 1000*a.seconds, a.mebi, b.peerName, 1000*p.seconds, p.mebi, median(ratios), b.goal), nil
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
	cmd.Env = []string{"HOME=" + c.dir, "PATH=/usr/bin:/bin", "ARGOCD_APP_NAME=bench", "ARGOCD_APP_NAMESPACE=shop"}
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

func medians(costs []cost) cost {
	var seconds, mebi []float64
	for _, c := range costs {
		seconds, mebi = append(seconds, c.seconds), append(mebi, c.mebi)
	}
	return cost{median(seconds), slices.Max(mebi)}
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
