package main_test

import (
	"context"
	"fmt"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// parts that only some scenarios need, by the name that needs has for them.
var installable = map[string]func(*suite, context.Context) error{
	"cnpg": func(s *suite, ctx context.Context) error {
		volumes, err := s.node.Folder("volumes")
		if err != nil {
			return err
		}
		return s.install.CloudNativePG(ctx, volumes)
	},
	"traefik": func(s *suite, ctx context.Context) error { return s.install.Traefik(ctx) },
}

// installed is what a run has installed. One scenario installs at a time; the
// others then find it done.
type installed struct {
	sync.Mutex
	parts map[string]bool
}

func (c *scenario) needs(_ *testscript.TestScript, args []string) error {
	c.installed.Lock()
	defer c.installed.Unlock()
	for _, name := range args {
		do, ok := installable[name]
		if !ok {
			return fmt.Errorf("nobody knows how to install %q", name)
		}
		if c.installed.parts[name] {
			continue
		}
		if err := do(c.suite, c.ctx); err != nil {
			return err
		}
		c.installed.parts[name] = true
	}
	return nil
}
