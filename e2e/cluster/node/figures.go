package node

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Figures are what the bring-up has cost.
type Figures struct {
	// Start is how long it took.
	Start time.Duration `json:"start"`
	// Memory is what the programs then had in RAM, in MB, before there was a pod.
	// What they share with each other is counted once for each.
	Memory int `json:"memory"`
}

// Figures returns those of the cluster that is up.
func (n *Node) Figures() (Figures, error) {
	var f Figures
	if err := n.Exists(); err != nil {
		return f, err
	}
	text, err := os.ReadFile(n.path("figures.json"))
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return f, fmt.Errorf("figures.json: %w", err)
	}
	return f, nil
}

func (f Figures) write(file string) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}

// memory adds up what the recorded programs have in RAM, in MB.
func (n *Node) memory() int {
	kib := 0
	for _, p := range n.programs() {
		r, err := n.recorded(p.name)
		if err != nil {
			continue
		}
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.PID)) // one that is gone has none
		kib += resident(string(text))
	}
	return kib * 1024 / 1e6
}

// resident reads VmRSS of a /proc/PID/status, in KiB.
func resident(status string) int {
	_, after, _ := strings.Cut(status, "\nVmRSS:")
	if fields := strings.Fields(after); len(fields) > 1 && fields[1] == "kB" {
		kib, _ := strconv.Atoi(fields[0])
		return kib
	}
	return 0
}
