package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
)

const recogniserRow = "14 recogniser"

// throughput finds the name and the megabytes in a second of a benchmark.
var throughput = regexp.MustCompile(`BenchmarkDecode/(\S+?)(?:-\d+)?\s+\d+\s+\d+ ns/op\s+([\d.]+) MB/s`)

// recogniser is the row that no process has: the benchmark of internal/manifest, in
// one run with yaml.v3. The best of five counts, as the least time does.
func recogniser() (row string, err error) {
	out, err := exec.Command("go", "test", "-run=^$", "-bench=BenchmarkDecode", "-benchtime=0.3s", "-count=5", "./internal/manifest").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	speeds := map[string][]float64{}
	for _, found := range throughput.FindAllStringSubmatch(string(out), -1) {
		speed, err := strconv.ParseFloat(found[2], 64)
		if err != nil {
			return "", err
		}
		speeds[found[1]] = append(speeds[found[1]], speed)
	}
	ours, peer := speeds["full=false"], speeds["yaml.v3"]
	if len(ours) == 0 || len(peer) == 0 {
		return "", fmt.Errorf("no benchmark in %s", out)
	}
	best, other := slices.Max(ours), slices.Max(peer)
	ratio := best / other
	return fmt.Sprintf("| %s, MB/s | %.0f | – | yaml.v3 to nodes | %.0f | – | **%.3g** | ≥ 10 | %s |",
		recogniserRow, best, other, ratio, verdict(ratio >= 10)), nil
}
