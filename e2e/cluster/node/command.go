package node

import (
	"context"
	"fmt"
	"os"
	"os/exec"
)

// Command is a program that runs inside the cluster's network, as its
// administrator: kubectl, ctr and what make cluster-tools builds are known by
// their plain names. Its files are the machine's.
func (n *Node) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "nsenter", append([]string{"--net=" + n.netFile(), "--", name}, args...)...)
	cmd.Env = append(os.Environ(),
		"PATH="+n.path("bin")+":"+os.Getenv("PATH"),
		"KUBECONFIG="+n.Kubeconfig(),
		"CONTAINERD_ADDRESS="+n.path("containerd.sock"), "CONTAINERD_NAMESPACE=k8s.io",
	)
	return cmd
}

// Import makes the image of an archive, of the docker-archive or oci-archive
// format, known to the node under the name in it.
func (n *Node) Import(ctx context.Context, archive string) error {
	if err := output(n.Command(ctx, "ctr", "images", "import", archive)); err != nil {
		return fmt.Errorf("import %s: %w", archive, err)
	}
	return nil
}
