package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/runner"
)

const long = `safesync-hook does the steps of a hook: it asks each one until it says yes, a
definite no, or its time is over.

Exit codes: 0 done or skipped, 1 the system says no, 2 wrong command line or
spec, 3 permission refused, 4 out of time, 143 stopped by a signal.

Every flag has an environment variable: SAFESYNC_TIMEOUT for --timeout.`

func command(env func(string) (string, bool)) *cobra.Command {
	root := &cobra.Command{Use: "safesync-hook", Short: "Take and prove backups, and check that systems work", Long: long}
	root.AddCommand(runCommand(env), printCommand(), cli.VersionCommand(), cli.ManCommand())
	return root
}

// options are the flags of run.
type options struct {
	spec           string
	policy         string
	manifests      string
	hook           string
	timeout        time.Duration
	namespace      string
	kubeconfig     string
	terminationLog string
}

func (o *options) add(flags *pflag.FlagSet) {
	flags.StringVar(&o.spec, "spec", "", "`steps` to do as YAML, @FILE to read them from a file, @- from stdin")
	flags.StringVar(&o.policy, "policy", "", "take the steps from the policy in this `directory`, from a laptop")
	flags.StringVar(&o.manifests, "manifests", "", "take the steps from a Job in this `file` of rendered objects, from a laptop; - reads stdin")
	flags.StringVar(&o.hook, "hook", "", "`name` of the hook in the policy, which is the name of its Job")
	flags.DurationVar(&o.timeout, "timeout", 0, "give up after this `duration`; 0 waits as long as the steps do, or as the policy says")
	flags.StringVarP(&o.namespace, "namespace", "n", "", "the hook's `namespace`; without it POD_NAMESPACE, the kubeconfig's, or the service account's")
	flags.StringVar(&o.kubeconfig, "kubeconfig", "", "`file` that says where the Kubernetes API is; without it KUBECONFIG, or the pod's service account")
	flags.StringVar(&o.terminationLog, "termination-log", "/dev/termination-log", "`file` for the reason in one line; written only if it exists")
}

func runCommand(env func(string) (string, bool)) *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "run --spec TEXT|@FILE | run --policy DIR --hook NAME | run --manifests FILE --hook NAME",
		Short: "Do the steps of a hook",
		Example: `  safesync-hook run --spec @steps.yaml --timeout 5m
  safesync-hook run --policy apps/traefik --hook traefik-post-sync-validation
  argocd-safesync generate apps/traefik | safesync-hook run --manifests - --hook traefik-post-sync-validation
  safesync-hook run --spec 'steps: [{name: web, http: {url: "http://localhost:8080/"}}]'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			reason, err := o.run(cmd.Context(), cmd.InOrStdin(), cmd.ErrOrStderr(), env)
			if err != nil {
				reason = strings.TrimSpace(err.Error())
			}
			if logErr := writeReason(o.terminationLog, reason); logErr != nil {
				fmt.Fprintf(cmd.ErrOrStderr(), "warning: %v\n", logErr)
			}
			if err == nil {
				fmt.Fprintln(cmd.ErrOrStderr(), reason)
			}
			return err
		},
	}
	o.add(cmd.Flags())
	return cmd
}

// run does the steps, logs to log and returns the reason that ended it well.
func (o *options) run(ctx context.Context, stdin io.Reader, log io.Writer, env func(string) (string, bool)) (string, error) {
	spec, err := o.steps(stdin, log, env)
	if err != nil {
		return "", err
	}
	report, err := runner.Run(ctx, spec, runner.Env{
		Namespace:  either(o.namespace, "POD_NAMESPACE", env),
		Kubeconfig: either(o.kubeconfig, "KUBECONFIG", env),
		Timeout:    o.timeout,
		Log:        slog.New(slog.NewTextHandler(log, nil)),
		Getenv:     env,
		ReadFile:   os.ReadFile,
	})
	if len(report.Steps) > 0 {
		fmt.Fprintf(log, "\n%s\n%s", report.Table(), report.Notes())
	}
	if f, ok := errors.AsType[*runner.Failure](err); ok {
		return "", cli.Exit(f.Code, err)
	}
	return report.Conclusion(), err
}

// steps are those of the spec, or of a hook in a policy, whose timeout counts
// unless there is another.
func (o *options) steps(stdin io.Reader, log io.Writer, env func(string) (string, bool)) (hookspec.Spec, error) {
	switch {
	case o.timeout < 0:
		return hookspec.Spec{}, cli.Usagef("--timeout: want a duration that is not negative, got %s", o.timeout)
	case o.policy == "" && o.manifests == "" && o.hook == "":
		return readSpec(o.spec, stdin)
	case o.spec != "":
		return hookspec.Spec{}, cli.Usagef("--spec: want no --policy, --manifests and --hook beside it")
	case o.policy != "" && o.manifests != "":
		return hookspec.Spec{}, cli.Usagef("--manifests: want no --policy beside it")
	case o.policy == "" && o.manifests == "" || o.hook == "":
		return hookspec.Spec{}, cli.Usagef("want --policy and --hook or --manifests and --hook, got one of them")
	case o.manifests != "":
		return o.rendered(stdin, log, env)
	}
	spec, timeout, err := hookOf(o.policy, o.hook, either(either(o.namespace, "POD_NAMESPACE", env), "ARGOCD_APP_NAMESPACE", env), log)
	if o.timeout == 0 {
		o.timeout = timeout
	}
	return spec, err
}

// rendered are the steps of a rendered Job, whose namespace and timeout count
// unless there are others.
func (o *options) rendered(stdin io.Reader, log io.Writer, env func(string) (string, bool)) (hookspec.Spec, error) {
	j, err := jobOf(o.manifests, o.hook, stdin, env, log)
	o.namespace = cmp.Or(o.namespace, j.namespace)
	o.timeout = cmp.Or(o.timeout, j.timeout)
	return j.spec, err
}

// either is the flag, or the variable that others set for all programs.
func either(flag, variable string, env func(string) (string, bool)) string {
	if flag != "" {
		return flag
	}
	value, _ := env(variable)
	return value
}

// readSpec reads the steps from text, from a file or from stdin. Whatever is
// wrong with them is exit code 2: a Job with such a spec never gets better.
func readSpec(arg string, stdin io.Reader) (hookspec.Spec, error) {
	name, text := "spec", []byte(arg)
	if arg == "" {
		return hookspec.Spec{}, cli.Usagef("--spec: want steps or @FILE, got nothing")
	}
	if file, ok := strings.CutPrefix(arg, "@"); ok {
		name = file
		var err error
		if text, err = readFile(file, stdin, maxSpec); err != nil {
			return hookspec.Spec{}, cli.Usagef("--spec: %w", err)
		}
	}
	spec, err := hookspec.Parse(name, text)
	return spec, cli.Exit(cli.ExitUsage, err)
}

// maxSpec is more than fits into the arguments of a process.
const maxSpec = 2 << 20

func readFile(file string, stdin io.Reader, most int64) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(io.LimitReader(stdin, most))
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}

// maxReason is what the kubelet keeps of a termination message.
const maxReason = 4096

// writeReason writes the reason where Kubernetes shows it. On a laptop there is
// no such file, and none is made.
func writeReason(path, reason string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("write the termination message: %w", err)
	}
	// Without an end of line: Argo CD shows it as it is, in a table.
	_, err = f.WriteString(within(maxReason, reason))
	return errors.Join(err, f.Close())
}

// within is text of at most that many bytes. What is left out is in the middle,
// and counted: a reason begins with what failed and ends with what to look for.
func within(most int, text string) string {
	if len(text) <= most {
		return text
	}
	const mark = " … %d bytes left out … "
	room := most - len(fmt.Sprintf(mark, len(text)))
	head := strings.ToValidUTF8(text[:room*2/3], "")
	tail := strings.ToValidUTF8(text[len(text)-room/3:], "")
	return head + fmt.Sprintf(mark, len(text)-len(head)-len(tail)) + tail
}

func printCommand() *cobra.Command {
	var spec string
	cmd := &cobra.Command{
		Use:   "print --spec TEXT|@FILE",
		Short: "Read a spec and print it as a Job would carry it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := readSpec(spec, cmd.InOrStdin())
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), s.String())
			return err
		},
	}
	cmd.Flags().StringVar(&spec, "spec", "", "`steps` as YAML, @FILE to read them from a file, @- from stdin")
	return cmd
}
