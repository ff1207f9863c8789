package syncfail

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A failure is one hook that failed.
type failure struct {
	name, uid string
	at        time.Time
	reason    string
	exitCode  *int // nil where no container has ended with one
}

// String is the hook and its reason as people read them.
func (f failure) String() string {
	text := "hook " + f.name + " failed: " + f.reason
	if f.exitCode != nil {
		text += fmt.Sprintf(" (exit code %d)", *f.exitCode)
	}
	return text
}

// A pod is what matters here of one.
type pod struct {
	Metadata metadata
	Status   struct {
		Phase, Reason, Message                   string
		InitContainerStatuses, ContainerStatuses []struct {
			State struct{ Terminated *terminated }
		}
	}
}

// A terminated is how a container has ended.
type terminated struct {
	ExitCode        int
	Reason, Message string
	FinishedAt      time.Time
}

// explain takes the reason from the newest of the pods that has one. A pod of
// another Job that had the same name says nothing about this one.
func (f *failure) explain(pods []unstructured.Unstructured) error {
	var newest time.Time
	for i := range pods {
		var p pod
		if err := read(&pods[i], &p); err != nil {
			return err
		}
		own := slices.ContainsFunc(p.Metadata.OwnerReferences, func(o struct{ UID string }) bool { return o.UID == f.uid })
		end := p.end()
		if !own || end == nil || p.Metadata.CreationTimestamp.Before(newest) {
			continue
		}
		newest = p.Metadata.CreationTimestamp
		f.reason, f.exitCode = end.words(), &end.ExitCode
	}
	return nil
}

// end is how the first container that did not end well has ended; nil if none
// has.
func (p pod) end() *terminated {
	for _, c := range slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses) {
		if t := c.State.Terminated; t != nil && t.ExitCode != 0 {
			return t
		}
	}
	return nil
}

// alone is the failure of a pod that is a hook itself; nil if it has not failed.
func (p pod) alone() *failure {
	if p.Status.Phase != "Failed" {
		return nil
	}
	// A pod whose containers say nothing was ended as a whole, such as by its
	// deadline; then it says when only that it was created.
	out := &failure{
		name: p.Metadata.Name, uid: p.Metadata.UID, at: p.Metadata.CreationTimestamp,
		reason: condition{Reason: p.Status.Reason, Message: p.Status.Message}.words(),
	}
	if end := p.end(); end != nil {
		out.at, out.exitCode = end.FinishedAt, &end.ExitCode
		if out.reason == "" {
			out.reason = end.words()
		}
	}
	if out.reason == "" {
		out.reason = "its pod has failed"
	}
	return out
}

// words are the container's own, or what the kubelet has to say where there are
// none.
func (t terminated) words() string {
	switch {
	case strings.TrimSpace(t.Message) != "":
		return line(t.Message)
	case t.Reason != "" && t.Reason != "Error":
		return t.Reason
	}
	return "it left no message"
}

// longest is how much of a message is repeated, in bytes.
const longest = 1000

// line puts a message on one line of bounded length. A reason stands at its
// beginning, and what to look for at its end; a log, which the kubelet takes where
// a program left no message, has it at its end.
func line(text string) string {
	const last = 3
	lines := strings.Split(strings.TrimSpace(text), "\n")
	isLog := len(lines) > last
	text = strings.Join(strings.Fields(strings.Join(lines[max(0, len(lines)-last):], " ")), " ")
	switch {
	case len(text) <= longest:
		return text
	case isLog:
		return "…" + strings.ToValidUTF8(text[len(text)-longest:], "")
	}
	const head = longest * 7 / 10
	return strings.ToValidUTF8(text[:head], "") + " … " + strings.ToValidUTF8(text[len(text)-(longest-head):], "")
}
