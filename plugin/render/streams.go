package render

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// killWait is how long the streams of a killed program may stay open, which a
// grandchild that left its process group could hold.
const killWait = 2 * time.Second

// A streams is what a program prints, read to its end. The ones of os/exec, with a
// limit on the wait, give a program up that has ended well when a busy machine does
// not let us read for that long.
type streams struct {
	ends, writers []*os.File
	reading       sync.WaitGroup
	mu            sync.Mutex
	err           error
}

// to returns what a program writes to, so that it arrives in w.
func (s *streams) to(w io.Writer) (*os.File, error) {
	r, end, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	s.ends, s.writers = append(s.ends, r), append(s.writers, end)
	s.reading.Go(func() {
		if _, err := io.Copy(w, r); err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.err = err
		}
	})
	return end, nil
}

// run runs a program, which leads a process group, and reads its streams. No process
// of the group outlives it. When ctx ends it is killed, and its
// streams are not waited for much longer.
func (s *streams) run(ctx context.Context, cmd *exec.Cmd) error {
	err := cmd.Start()
	s.close(s.writers)
	defer s.close(s.ends)
	if err == nil {
		err = cmd.Wait()
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what it started, if that is still there
	}
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(killWait, func() { s.close(s.ends) }) // which ends the reading
	})
	defer stop()
	s.reading.Wait()
	if err != nil {
		return err
	}
	return s.err
}

// runWith runs a program with these streams, and one that it can watch.
func runWith(ctx context.Context, cmd *exec.Cmd, stdout, stderr io.Writer) error {
	// The program ends when this pipe does: nobody else would stop it if we die.
	alive, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("start the renderer: %w", err)
	}
	defer alive.Close()
	var s streams
	out, err := s.to(stdout)
	if err != nil {
		return fmt.Errorf("start the renderer: %w", err)
	}
	errs, err := s.to(stderr)
	if err != nil {
		s.close(s.writers)
		return fmt.Errorf("start the renderer: %w", err)
	}
	cmd.Stdout, cmd.Stderr = out, errs
	return s.run(ctx, cmd)
}

func (*streams) close(files []*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}
