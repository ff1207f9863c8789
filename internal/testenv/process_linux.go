package testenv

import (
	"os/exec"
	"syscall"
)

// dieWithParent ends the process when the test's is gone, however that ended: a
// panic, a time-out or a kill run no Cleanup. SIGQUIT ends a Go program, and lets
// PostgreSQL end its own children and free its shared memory.
func dieWithParent(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
}
