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
	first, out, err := run1(c.dir, c.stdin, nil, c.args)
	if err != nil || c.then == nil {
		return first, err
	}
	second, _, err := run1(c.dir, "", out, c.then)
	return cost{first.seconds + second.seconds, max(first.mebi, second.mebi)}, err
}

func run1(dir, file string, input []byte, args []string) (cost, []byte, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	// Nothing of this machine's configuration, and Argo CD's own variables.
	cmd.Env = []string{"HOME=" + dir, "PATH=/usr/bin:/bin", "ARGOCD_APP_NAME=bench", "ARGOCD_APP_NAMESPACE=shop"}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &stderr
	if input == nil && file == "" {
		cmd.Stdout = &stdout
	}
	if file != "" {
		f, err := os.Open(file)
		if err != nil {
			return cost{}, nil, err
		}
		defer f.Close()
		cmd.Stdin = f
	} else if input != nil {
		cmd.Stdin = bytes.NewReader(input)
	}
	if err := cmd.Run(); err != nil {
		return cost{}, nil, fmt.Errorf("%s: %w: %s", args[0], err, stderr.Bytes())
	}
	usage, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return cost{
		seconds: (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(),
		mebi:    float64(usage.Maxrss) / 1024,
	}, stdout.Bytes(), nil
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
