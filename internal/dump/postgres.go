package dump

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/s3"
)

// dumpCommand is pg_dump with a trailer after it. What differs stands in
// arguments, not in the script.
func dumpCommand(step hookspec.PostgresDump) []string {
	script := `LC_ALL=C; export LC_ALL; `
	if step.PasswordEnv != "" {
		script += `PGPASSWORD="$` + step.PasswordEnv + `"; export PGPASSWORD; `
	}
	script += `pg_dump "$@" && printf '%s' '` + trailer + `'`
	command := []string{"sh", "-c", script, "pg_dump", "--format=custom", "--no-password", "--username=" + step.User, "--dbname=" + step.Database}
	if step.Host != "" {
		command = append(command, "--host="+step.Host)
	}
	return command
}

// restoreCommand reads a dump from its standard input, without a database.
func restoreCommand(verify string) []string {
	if verify == "read" {
		return []string{"sh", "-c", "pg_restore --file=/dev/null"}
	}
	return []string{"sh", "-c", "LC_ALL=C pg_restore --list"}
}

// verdict says whether pg_dump has written all of a dump.
func (d *dumper) verdict(at kube.Container, s *stream, out kube.Output, err error) error {
	place := fmt.Sprintf("pg_dump of database %s in %s", d.step.Database, at)
	switch {
	case s.foreign:
		return probe.No(probe.Content, "%s: want a dump that begins with %s, got %q", place, magic, s.held[:min(len(s.held), 40)])
	case err != nil:
		return err
	case out.ExitCode != 0:
		return exited(place, out)
	case !s.complete():
		return probe.NotYet(probe.Content, "%s: the connection was cut after %d bytes, before pg_dump was done", place, s.passed+int64(len(s.held)))
	}
	return nil
}

// exited tells what time may mend from what it does not: a server that starts
// or is away will come, one that says FATAL otherwise means it.
func exited(place string, out kube.Output) error {
	words := lastWords(out)
	passing := strings.Contains(words, "connect") && !strings.Contains(words, "FATAL:")
	for _, state := range []string{"starting up", "shutting down", "recovery mode"} {
		passing = passing || strings.Contains(words, state)
	}
	if passing {
		return probe.NotYet(probe.Content, "%s: exit code %d: %s", place, out.ExitCode, words)
	}
	return probe.No(probe.Content, "%s: exit code %d: %s", place, out.ExitCode, words)
}

// lastWords is what a command said last: where it has failed, that is why.
func lastWords(out kube.Output) string {
	const most, lines = 500, 3
	said := strings.Split(strings.TrimSpace(out.Stderr), "\n")
	words := strings.Join(strings.Fields(strings.Join(said[max(0, len(said)-lines):], " ")), " ")
	switch {
	case words == "":
		return "it printed nothing"
	case len(words) > most:
		return strings.ToValidUTF8(words[:most], "") + "…"
	}
	return words
}

// prove sends the stored dump back to pg_restore.
func (d *dumper) prove(ctx context.Context, at kube.Container, made s3.Object) (proof string, err error) {
	stored, err := d.Store.Stat(ctx, made.Where)
	switch {
	case err != nil:
		return "", err
	case stored.Size != made.Size:
		return "", probe.No(probe.Content, "%s: %s has %d bytes, put %d", d.Store.Place(), made.Where, stored.Size, made.Size)
	}
	reader, err := d.Store.Open(ctx, made.Where)
	if err != nil {
		return "", err
	}
	defer func() { _ = reader.Close() }() // pg_restore has said what it thinks
	var listed lines
	out, err := d.Pipe(ctx, at, restoreCommand(d.step.Verify), io.Reader(reader), &listed)
	switch {
	case err != nil:
		return "", err
	case out.ExitCode != 0:
		return "", probe.No(probe.Content, "pg_restore of %s in %s: exit code %d: %s", made.Where, at, out.ExitCode, lastWords(out))
	case d.step.Verify == "read":
		return "pg_restore read all of it", nil
	case listed.entries == 0:
		return "", probe.No(probe.Content, "pg_restore of %s in %s: it lists nothing: is %s the right database?", made.Where, at, d.step.Database)
	}
	return fmt.Sprintf("pg_restore lists %d entries", listed.entries), nil
}

// restore is how people get the dump back.
func (d *dumper) restore(at kube.Container, made s3.Object) string {
	return fmt.Sprintf(`to restore it into a new database:
kubectl -n %[1]s exec %[2]s -c %[3]s -- createdb --username=%[4]s restored
aws --endpoint-url %[5]s s3 cp %[6]s - |
  kubectl -n %[1]s exec -i %[2]s -c %[3]s -- pg_restore --username=%[4]s --dbname=restored
`, at.Namespace, at.Pod, at.Name, d.step.User, d.step.Endpoint, made.Where)
}
