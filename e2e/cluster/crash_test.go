package main_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// crash ends a container as the kernel would: at once, with no word to it. It
// waits until the kubelet has started another one and finds it ready.
func (c *scenario) crash(_ *testscript.TestScript, args []string) error {
	if len(args) != 3 {
		return errors.New("want a namespace, a selector of the pod and a container")
	}
	id, err := c.containerID(args[0], args[1], args[2])
	if err != nil {
		return err
	}
	if out, err := c.node.Command(c.ctx, "ctr", "tasks", "kill", "--signal=SIGKILL", id).CombinedOutput(); err != nil {
		return fmt.Errorf("end %s: %w: %s", id, err, out)
	}
	return c.poll(patience/2, "the next container "+args[2], func() (bool, error) {
		next, err := c.containerID(args[0], args[1], args[2])
		return err == nil && next != id, nil
	})
}

// containerID finds a container that is ready.
func (c *scenario) containerID(namespace, selector, container string) (string, error) {
	out, err := c.node.Command(c.ctx, "kubectl", "--namespace="+namespace, "get", "pods", "--selector="+selector,
		"--field-selector=status.phase=Running",
		fmt.Sprintf(`--output=jsonpath={range .items[0].status.containerStatuses[?(@.name==%q)]}{.ready} {.containerID}{end}`, container)).Output()
	if err != nil {
		return "", err
	}
	id, ok := strings.CutPrefix(strings.TrimSpace(string(out)), "true containerd://")
	if !ok {
		return "", fmt.Errorf("want a container %s of %s that is ready, got %q", container, selector, out)
	}
	return id, nil
}
