package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// questions are the commands that succeed once a program does its work. etcd has
// none, because the API server's says it too.
var questions = map[string][]string{
	"kube-apiserver":          {"kubectl", "get", "--raw=/readyz"},
	"containerd":              {"ctr", "version"},
	"kube-controller-manager": {"kubectl", "get", "serviceaccount", "default", "--namespace=default"},
	"kubelet":                 {"kubectl", "wait", "--for=condition=Ready", "node/" + Name, "--timeout=1s"},
}

// addresses are those that listen once a program does its work.
var addresses = map[string]string{
	"kube-scheduler": "127.0.0.1:10259",
	"kube-proxy":     "127.0.0.1:10256",
	"coredns":        hostIP + ":53",
}

// answers asks a program once.
func (n *Node) answers(ctx context.Context, name string) error {
	if address, ok := addresses[name]; ok {
		conn, err := n.Dial(ctx, "tcp", address)
		if err == nil {
			err = conn.Close()
		}
		return err
	}
	question, ok := questions[name]
	if !ok {
		return nil
	}
	return output(n.Command(ctx, question[0], question[1:]...))
}

// ready waits until a program does its work. One that ends is not waited for.
func (n *Node) ready(ctx context.Context, name string) error {
	var last, gone error
	err := wait(ctx, func() bool {
		if gone = n.died(name); gone != nil {
			return true
		}
		last = n.answers(ctx, name)
		return last == nil
	})
	switch {
	case gone != nil:
		return fmt.Errorf("%w: %s", gone, n.lastWords(name))
	case err != nil:
		return fmt.Errorf("wait for %s (%w): %w", name, err, last)
	}
	return nil
}

// settled waits until the node is ready, and the kubelet has said so later than
// after.
func (n *Node) settled(ctx context.Context, after time.Time) error {
	err := wait(ctx, func() bool {
		const path = `{range .status.conditions[?(@.type=="Ready")]}{.status} {.lastHeartbeatTime}{end}`
		out, err := n.Command(ctx, "kubectl", "get", "node", Name, "--output=jsonpath="+path).Output()
		status, said, _ := strings.Cut(string(out), " ")
		when, parseErr := time.Parse(time.RFC3339, said)
		return err == nil && parseErr == nil && status == "True" && when.After(after)
	})
	if err != nil {
		return fmt.Errorf("wait for the node: %w", err)
	}
	return nil
}

// lastWords are the end of a program's log.
func (n *Node) lastWords(name string) string {
	text, err := os.ReadFile(filepath.Join(n.Logs(), name+".log"))
	if err != nil {
		return err.Error()
	}
	if strings.TrimSpace(string(text)) == "" {
		return "it has said nothing"
	}
	return lastLines(string(text), 3)
}
