package proof

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
)

// A Machine is what a scenario's times depend on.
type Machine struct {
	Cores int `json:"cores"`
	// Memory is in GiB, rounded down.
	Memory int    `json:"memory"`
	Kernel string `json:"kernel"`
	System string `json:"system"`
}

// ThisMachine describes the machine that asks, a Linux.
func ThisMachine() (Machine, error) {
	memory, err := find("/proc/meminfo", `(?m)^MemTotal: +(\d+) kB$`)
	if err != nil {
		return Machine{}, err
	}
	kib, err := strconv.Atoi(memory)
	if err != nil {
		return Machine{}, fmt.Errorf("/proc/meminfo: %w", err)
	}
	system, err := find("/etc/os-release", `(?m)^PRETTY_NAME="?([^"\n]*)"?$`)
	if err != nil {
		return Machine{}, err
	}
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	return Machine{Cores: runtime.NumCPU(), Memory: kib >> 20, Kernel: strings.TrimSpace(string(kernel)), System: system}, err
}

// find returns the first group of pattern in a file.
func find(file, pattern string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	found := regexp.MustCompile(pattern).FindSubmatch(text)
	if found == nil {
		return "", fmt.Errorf("%s: want a line like %s, got none", file, pattern)
	}
	return string(found[1]), nil
}
