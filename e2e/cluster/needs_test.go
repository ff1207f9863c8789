package main_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"gotest.tools/v3/assert"
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
	for _, name := range args {
		if err := c.installPart(c.ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// installPart installs a part, if nobody has.
func (s *suite) installPart(ctx context.Context, name string) error {
	s.installed.Lock()
	defer s.installed.Unlock()
	do, ok := installable[name]
	if !ok {
		return fmt.Errorf("nobody knows how to install %q", name)
	}
	if s.installed.parts[name] {
		return nil
	}
	if err := do(s, ctx); err != nil {
		return err
	}
	s.installed.parts[name] = true
	return nil
}

// installAhead installs all parts if all scenarios are to run: unpacking images
// keeps the disk so busy that those without a need of their own would feel it.
func (s *suite) installAhead(t *testing.T) {
	if strings.Contains(flag.Lookup("test.run").Value.String(), "/") {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(installable)) {
		assert.NilError(t, s.installPart(t.Context(), name))
	}
}
