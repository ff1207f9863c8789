package testenv

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"strings"
)

// Pipe runs command as [PostgresServer.Exec] does, with streams of any length;
// either may be nil.
func (p *PostgresServer) Pipe(ctx context.Context, command []string, stdin io.Reader, stdout io.Writer) (stderr string, exitCode int, err error) {
	cmd := p.command(ctx, command[0], command[1:]...)
	var errs strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, &errs
	err = cmd.Run()
	if ctx.Err() != nil {
		return errs.String(), 0, ctx.Err()
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return errs.String(), exit.ExitCode(), nil
	}
	return errs.String(), 0, err
}
