package kube

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	utilexec "k8s.io/client-go/util/exec"
	"k8s.io/streaming/pkg/httpstream"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// maxOutput is how much of each stream of a command is kept: enough for any
// table a check prints, too little to fill a hook's memory of 128 MiB.
const maxOutput = 256 << 10

// An Output is what a command left.
type Output struct {
	Stdout, Stderr string
	// Truncated is true where a stream was longer than what is kept.
	Truncated bool
	ExitCode  int
}

// A Container is where a command runs.
type Container struct{ Namespace, Pod, Name string }

// String is "Pod db/pg-1, container postgres".
func (c Container) String() string {
	return PodRef(c.Namespace, c.Pod).String() + ", container " + c.Name
}

// Exec runs command in a container, without a shell, standard input or
// terminal. A command that ends with a code other than 0 is an Output, not an
// error.
func (c *Client) Exec(ctx context.Context, at Container, command []string) (Output, error) {
	target, err := c.execURL(at, command)
	if err != nil {
		return Output{}, err
	}
	var stdout, stderr bounded
	streams := remotecommand.StreamOptions{Stdout: &stdout, Stderr: &stderr}
	err = c.stream(ctx, target, streams)
	out := Output{Stdout: stdout.String(), Stderr: stderr.String(), Truncated: stdout.cut || stderr.cut}
	if exit, ok := errors.AsType[utilexec.CodeExitError](err); ok {
		out.ExitCode, err = exit.Code, nil
	}
	if err != nil {
		return out, execAnswer(at, err)
	}
	return out, nil
}

// PodRef is the ref of a pod.
func PodRef(namespace, name string) Ref { return Kind{"v1", "Pod", "pods"}.At(namespace, name) }

func (c *Client) execURL(at Container, command []string) (*url.URL, error) {
	base, _, err := rest.DefaultServerUrlFor(c.config)
	if err != nil {
		return nil, fmt.Errorf("find the Kubernetes API: %w", err)
	}
	base = base.JoinPath("api", "v1", "namespaces", at.Namespace, "pods", at.Pod, "exec")
	base.RawQuery = url.Values{
		"container": {at.Name}, "command": command, "stdout": {"true"}, "stderr": {"true"},
	}.Encode()
	return base, nil
}

// stream speaks WebSocket, and SPDY where the way to the API server or the
// server itself does not let WebSocket through. Old proxies do not, and OpenShift
// 4.18 to 4.20 answers 403 to it.
func (c *Client) stream(ctx context.Context, target *url.URL, streams remotecommand.StreamOptions) error {
	web, err := remotecommand.NewWebSocketExecutor(c.config, http.MethodGet, target.String())
	if err != nil {
		return fmt.Errorf("make a WebSocket client: %w", err)
	}
	spdy, err := remotecommand.NewSPDYExecutor(c.config, http.MethodPost, target)
	if err != nil {
		return fmt.Errorf("make a SPDY client: %w", err)
	}
	var first error
	both, err := remotecommand.NewFallbackExecutor(web, spdy, func(err error) bool {
		first = err
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	})
	if err != nil {
		return fmt.Errorf("make a client that falls back: %w", err)
	}
	err = both.StreamWithContext(ctx, streams)
	if err != nil && strings.HasPrefix(err.Error(), upgradeRefused) {
		// SPDY gives the server's words without its status; the first answer has both.
		return statusOf(first, err)
	}
	return err
}

// upgradeRefused begins what the SPDY client says when the server answers with
// words instead of a connection.
const upgradeRefused = "unable to upgrade connection: "

// statusOf is the API server's status in the failed upgrade first; where there is
// none it is the second error. A server that asks WebSocket for a verb of SPDY
// refuses without a reason: then the words are those of the second.
func statusOf(first, second error) error {
	upgrade, ok := errors.AsType[*httpstream.UpgradeFailureError](first)
	if !ok {
		return second
	}
	status, ok := errors.AsType[*apierrors.StatusError](upgrade.Cause)
	if !ok {
		return second
	}
	words := strings.TrimPrefix(second.Error(), upgradeRefused)
	if status.ErrStatus.Code == http.StatusForbidden && strings.Contains(words, " is forbidden: ") {
		out := *status
		out.ErrStatus.Message = words
		return &out
	}
	return status
}

// execAnswer names pods/exec rather than pods, which is what a Role must grant.
func execAnswer(at Container, err error) error {
	pod := PodRef(at.Namespace, at.Pod)
	doing := "exec in container " + at.Name + " of"
	var status apierrors.APIStatus
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return probe.NotYet(probe.Timeout, "%s %s: the command did not end in time", doing, pod)
	case !errors.As(err, &status):
		return outage(doing, pod, err)
	}
	s := status.Status()
	switch s.Code {
	case http.StatusForbidden, http.StatusUnauthorized:
		pod.Resource.Resource = "pods/exec"
		return refusal(refusedVerb(s.Message), pod, s)
	case http.StatusNotFound:
		return probe.NotYet(probe.Absent, "%w", &Absence{Ref: pod})
	case http.StatusBadRequest:
		return badRequest(at, s.Message)
	}
	return answer(doing, pod, err)
}

// refusedVerb is the verb in `User "x" cannot create resource`: exec needs two.
func refusedVerb(message string) string {
	_, rest, _ := strings.Cut(message, `" cannot `)
	if verb, _, found := strings.Cut(rest, " "); found {
		return verb
	}
	return "create"
}

// badRequest tells a container that is not in the pod, which stays so, from a
// pod that has no node yet.
func badRequest(at Container, message string) error {
	pod := PodRef(at.Namespace, at.Pod)
	if strings.Contains(message, "is not valid for pod") {
		return probe.No(probe.Other, "%s has no container %s: %s", pod, at.Name, probe.OneLine(message))
	}
	return probe.NotYet(probe.Other, "exec in container %s of %s: %s", at.Name, pod, probe.OneLine(message))
}

// A bounded keeps the first maxOutput bytes that are written and says that it
// took them all, so that a talkative command still ends by itself.
type bounded struct {
	kept bytes.Buffer // not embedded: its ReadFrom knows no bounds
	cut  bool
}

// String is what was kept.
func (b *bounded) String() string { return b.kept.String() }

// Write keeps what fits.
func (b *bounded) Write(p []byte) (int, error) {
	if room := maxOutput - b.kept.Len(); len(p) > room {
		b.cut = true
		b.kept.Write(p[:room])
		return len(p), nil
	}
	return b.kept.Write(p)
}
