package main

import "os"

// memoryFiles have the limits on the memory of this container: of version 2 of
// Linux's control groups, and of version 1.
var memoryFiles = []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}

// memoryLimits are the texts of these files; one that cannot be read sets no limit.
func memoryLimits(files []string) []string {
	limits := make([]string, len(files))
	for i, name := range files {
		if text, err := os.ReadFile(name); err == nil {
			limits[i] = string(text)
		}
	}
	return limits
}
