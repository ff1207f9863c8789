// Command bench measures the programs of this module beside those that people
// use for the same job, in turn on one machine, and prints the table of
// docs/performance.md.
//
// It knows command lines and processes and nothing of what is in the programs.
// make bench builds them all and starts it.
package main

import (
	"errors"
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
	if opts, err = opts.installed(filepath.Join(dir, "programs")); err != nil {
		return err
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

// installed copies the programs below dir, as an image has them. The linker leaves
// its file in the page cache in single pages, which cost a program that lives for
// milliseconds up to a fifth more each time; what is written at once, as a layer of
// an image is, lies in large ones.
func (o options) installed(dir string) (options, error) {
	for as, from := range map[string]*string{"ours": &o.ours, "peers": &o.peers, "lovely": &o.lovely} {
		if *from == "" {
			continue
		}
		to := filepath.Join(dir, as, filepath.Base(*from))
		if err := install(*from, to); err != nil {
			return o, fmt.Errorf("copy the programs: %w", err)
		}
		*from = to
	}
	if o.charts == "" {
		return o, nil
	}
	var err error
	o.charts, err = filepath.Abs(o.charts)
	return o, err
}

// install copies a file, or the files of a directory.
func install(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return copyFile(from, to, info.Mode().Perm())
	}
	entries, err := os.ReadDir(from)
	for _, entry := range entries {
		if err == nil && entry.Type().IsRegular() {
			err = install(filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name()))
		}
	}
	return err
}

// copyFile writes what is in a file to another one, in large parts.
func copyFile(from, to string, mode os.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	// As plain files they would be copied in the kernel, in its own parts.
	_, err = io.CopyBuffer(struct{ io.Writer }{out}, struct{ io.Reader }{in}, make([]byte, 1<<20))
	return errors.Join(err, out.Close())
}
