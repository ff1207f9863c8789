package kube

import (
	"context"
	"errors"
	"io"

	"k8s.io/client-go/tools/remotecommand"
	utilexec "k8s.io/client-go/util/exec"
)

// Pipe runs command in a container as [Client.Exec] does, with stdin and stdout
// of any length: nothing of them is kept. Either may be nil. A connection that
// is cut between the two can look like the end of the command: whoever needs all
// of stdout lets the command say when it is done.
func (c *Client) Pipe(ctx context.Context, at Container, command []string, stdin io.Reader, stdout io.Writer) (Output, error) {
	target, err := c.execURL(at, command)
	if err != nil {
		return Output{}, err
	}
	if stdin != nil {
		target.RawQuery += "&stdin=true"
	}
	if stdout == nil {
		stdout = io.Discard
	}
	var stderr bounded
	err = c.stream(ctx, target, remotecommand.StreamOptions{Stdin: stdin, Stdout: stdout, Stderr: &stderr})
	out := Output{Stderr: stderr.String(), Truncated: stderr.cut}
	if exit, ok := errors.AsType[utilexec.CodeExitError](err); ok {
		out.ExitCode, err = exit.Code, nil
	}
	if err != nil {
		return out, execAnswer(at, err)
	}
	return out, nil
}

// PodFor is the pod named pod in namespace, which is the client's own where it
// is empty; where pod is empty it is the first ready one by name that selector
// chooses. Without any the answer is that of an absence.
func (c *Client) PodFor(ctx context.Context, namespace, pod, selector string) (Container, error) {
	at := Container{Namespace: c.or(namespace), Pod: pod}
	if pod != "" {
		return at, nil
	}
	var err error
	at.Pod, err = c.readyPod(ctx, at.Namespace, selector)
	return at, err
}
