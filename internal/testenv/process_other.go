//go:build !linux

package testenv

import "os/exec"

// dieWithParent does nothing where the system cannot do it: a test that is
// killed leaves its servers behind.
func dieWithParent(*exec.Cmd) {}
