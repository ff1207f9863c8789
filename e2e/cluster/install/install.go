// Package install puts programs into the test cluster, each by its vendor's own
// manifests, which are read from the module cache. It knows what has to differ
// here: names of images, and what a cluster without a registry or a git server
// lacks. It must not know how the cluster runs, how images are made, or what the
// scenarios do.
package install

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A Cluster runs programs inside, such as kubectl, and takes images.
type Cluster interface {
	Command(ctx context.Context, name string, args ...string) *exec.Cmd
	Import(ctx context.Context, archive string) error
}

// Images makes images; see package image.
type Images interface {
	Archive(ctx context.Context, name string) (string, error)
	Reference(name string) (string, error)
}

// An Installer installs into one cluster. All that it does can be done again, and
// then costs seconds.
type Installer struct {
	Cluster Cluster
	Images  Images
	// Root is the absolute path of the project's checkout.
	Root string
	// Log gets a line about whatever takes time.
	Log io.Writer
}

// archiveLabel remembers at an image in containerd which archive it came from.
const archiveLabel = "safesync-archive"

// Load makes images known to the cluster, by the names of their recipes.
func (i *Installer) Load(ctx context.Context, recipes ...string) error {
	for _, name := range recipes {
		reference, err := i.Images.Reference(name)
		if err != nil {
			return err
		}
		archive, err := i.Images.Archive(ctx, name)
		if err != nil {
			return err
		}
		label := archiveLabel + "=" + filepath.Base(archive)
		known, err := i.output(ctx, nil, "ctr", "images", "list", "name=="+reference)
		if err != nil {
			return err
		}
		if strings.Contains(known, label) {
			continue
		}
		fmt.Fprintln(i.Log, "install: image", name)
		if err := i.Cluster.Import(ctx, archive); err != nil {
			return err
		}
		if _, err := i.output(ctx, nil, "ctr", "images", "label", reference, label); err != nil {
			return err
		}
	}
	return nil
}

// Apply applies manifests as kubectl does on the server. Objects of kinds that
// the same manifests define may be refused while the kinds are not there yet, so
// that they are applied once more when all are.
func (i *Installer) Apply(ctx context.Context, manifests []byte, flags ...string) error {
	args := append([]string{"apply", "--server-side", "--force-conflicts", "--filename=-"}, flags...)
	if _, err := i.output(ctx, manifests, "kubectl", args...); err == nil {
		return nil
	}
	if _, err := i.output(ctx, nil, "kubectl", "wait", "crd", "--all", "--for=condition=Established", "--timeout=1m"); err != nil {
		return err
	}
	_, err := i.output(ctx, manifests, "kubectl", args...)
	return err
}

// Ready waits until workloads, such as deployment/argocd-redis, are rolled out.
func (i *Installer) Ready(ctx context.Context, namespace string, workloads ...string) error {
	for _, workload := range workloads {
		if _, err := i.output(ctx, nil, "kubectl", "--namespace="+namespace, "rollout", "status", "--timeout=3m", workload); err != nil {
			return err
		}
	}
	return nil
}

// output runs a program in the cluster, with what it reads, and returns what it
// prints.
func (i *Installer) output(ctx context.Context, in []byte, name string, args ...string) (string, error) {
	command := i.Cluster.Command(ctx, name, args...)
	var said bytes.Buffer
	command.Stdin, command.Stderr = bytes.NewReader(in), &said
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, said.String())
	}
	return string(out), nil
}

// vendor reads a file of a module that one of the checkout's modules needs: the
// folder of that one, the path of the other, and the file in it, in which what go
// list knows of the module can stand, such as {{.Version}}.
func (i *Installer) vendor(ctx context.Context, folder, module, file string) ([]byte, error) {
	list := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}/"+file, module)
	list.Dir = filepath.Join(i.Root, folder)
	path, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("look for %s in the module cache: %w", module, err)
	}
	return os.ReadFile(strings.TrimSpace(string(path)))
}
