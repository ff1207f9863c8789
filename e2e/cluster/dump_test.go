package main_test

import (
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// hook tells how the newest pod of a hook ended. Argo CD may have called the sync
// over before that: it then has taken the Job of the sync before for the new one,
// because its own view was late. That is no failure of the hook, but it is told.
func (c *scenario) hook(ts *testscript.TestScript, args []string) error {
	var pod, ended string
	err := c.poll(patience/2, "the hook's pod to end", func() (bool, error) {
		out, err := c.node.Command(c.ctx, "kubectl", "--namespace="+c.name, "get", "pods",
			"--selector=argocd-safesync/hook="+args[0], "--sort-by=.metadata.creationTimestamp",
			`--output=jsonpath={range .items[*]}{.metadata.name} {range .status.containerStatuses[*]}{.state.terminated.exitCode}: {.state.terminated.message}{end}{"\x00"}{end}`).Output()
		if err != nil {
			return false, err
		}
		pods := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		was := pod
		pod, ended, _ = strings.Cut(pods[len(pods)-1], " ")
		if pod == "" {
			return false, fmt.Errorf("no pod of the hook %q is there", args[0])
		}
		over := ended != "" && !strings.HasPrefix(ended, ":")
		if !over && was == "" {
			c.lines = append(c.lines, "Argo CD called the sync over before the pod "+pod+" had ended")
		}
		return over, nil
	})
	fmt.Fprintln(ts.Stdout(), strings.TrimSpace(ended))
	return err
}

// dump tells what may explain a failure: what Argo CD says, the events, and the
// logs of hooks.
func (c *scenario) dump(ts *testscript.TestScript) {
	for _, args := range [][]string{
		{"--namespace=argocd", "get", "application", c.name, "--output=jsonpath={.status.sync.status} {.status.health.status}{\"\\n\"}{.status.conditions}{\"\\n\"}{.status.operationState}"},
		{"--namespace=" + c.name, "get", "pods,jobs", "--output=wide"},
		{"--namespace=" + c.name, "get", "events", "--sort-by=.metadata.creationTimestamp"},
		{"--namespace=" + c.name, "logs", "--selector=app.kubernetes.io/managed-by=argocd-safesync", "--tail=40", "--prefix"},
		{"--namespace=argocd", "logs", "deployment/argocd-repo-server", "--container=safesync", "--tail=40"},
	} {
		out, err := c.node.Command(c.ctx, "kubectl", args...).CombinedOutput()
		if err != nil {
			out = append(out, err.Error()...)
		}
		ts.Logf("$ kubectl %s", strings.Join(args, " "))
		for line := range strings.Lines(string(out)) {
			if !strings.Contains(line, "grpc.method") { // calls of the plugin server that went well
				ts.Logf("%s", strings.TrimSuffix(line, "\n"))
			}
		}
	}
}
