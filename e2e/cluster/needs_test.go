package main_test

import (
	"context"
	"fmt"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/argocd-safesync/argocd-safesync/e2e/cluster/install"
)

// parts that only some scenarios need, by the name that needs has for them.
var installable = map[string]func(*install.Installer, context.Context) error{
	"traefik": (*install.Installer).Traefik,
}

// installing lets one scenario install at a time; the others then find it done.
var installing sync.Mutex

func (c *scenario) needs(_ *testscript.TestScript, args []string) error {
	installing.Lock()
	defer installing.Unlock()
	for _, name := range args {
		do, ok := installable[name]
		if !ok {
			return fmt.Errorf("nobody knows how to install %q", name)
		}
		if err := do(c.install, c.ctx); err != nil {
			return err
		}
	}
	return nil
}
