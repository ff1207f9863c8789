// Command bench measures the programs of this module beside those that people
// use for the same job, in turn on one machine, and prints the table of
// docs/performance.md.
//
// It knows command lines and processes and nothing of what is in the programs.
// make bench builds them all and starts it.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
)

func main() {
	log.SetFlags(0)
	var opts options
	flag.StringVar(&opts.ours, "ours", "bin", "`directory` of the programs of this module")
	flag.StringVar(&opts.peers, "peers", "", "`directory` of kustomize, helm, empty and split")
	flag.StringVar(&opts.lovely, "lovely", "", "`program` argocd-lovely-plugin, for rows 5 and 12")
	flag.StringVar(&opts.charts, "charts", "", "`directory` with the charts traefik and kube-prometheus-stack, for rows 11 and 12")
	flag.IntVar(&opts.rounds, "rounds", 9, "how often each case is measured; short ones five times as often")
	flag.BoolVar(&opts.long, "long", false, "measure the cases of minutes too")
	only := flag.String("run", "", "`pattern` of the cases to measure")
	corpora := flag.String("make", "", "only write the applications into a `directory`")
	flag.Parse()
	if *corpora != "" {
		if err := makeApps(*corpora); err != nil {
			log.Fatal(err)
		}
		return
	}
	var err error
	if opts.only, err = regexp.Compile(*only); err != nil {
		log.Fatal(err)
	}
	if err := run(os.Stdout, opts); err != nil {
		log.Fatal(err)
	}
}

type options struct {
	ours, peers, lovely, charts string
	rounds                      int
	long                        bool
	only                        *regexp.Regexp
}

// run makes the applications, measures each case and prints a table.
func run(w io.Writer, opts options) error {
	dir, err := os.MkdirTemp("", "safesync-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	// A process begins with the memory of the one that started it: the applications
	// are made in another, so that this one stays small.
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if out, err := exec.Command(self, "-make", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("make the applications: %w: %s", err, out)
	}
	for _, path := range []*string{&opts.ours, &opts.peers, &opts.lovely, &opts.charts} {
		if *path == "" {
			continue
		}
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	fmt.Fprintln(w, "| case | ours, ms | MiB | beside it | ms | MiB | measured | goal | |\n|---|---|---|---|---|---|---|---|---|")
	for _, c := range cases(dir, opts) {
		if !opts.only.MatchString(c.name) || c.long && !opts.long {
			continue
		}
		row, err := c.measure(opts.rounds)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		fmt.Fprintln(w, row)
	}
	if !opts.only.MatchString(recogniserRow) {
		return nil
	}
	row, err := recogniser()
	if err == nil {
		fmt.Fprintln(w, row)
	}
	return err
}
