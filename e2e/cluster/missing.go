package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/argocd-safesync/argocd-safesync/e2e/cluster/image"
	"github.com/argocd-safesync/argocd-safesync/e2e/cluster/node"
)

// missing is what the machine lacks for the scenarios, but for what make can
// build. To others than root that is root.
func missing(n *node.Node) []string {
	out := n.MissingPackages()
	if os.Geteuid() != 0 {
		return out
	}
	return append(out, image.Missing()...)
}

// uncached are the programs and those of the images that are not built yet.
func uncached(ctx context.Context, n *node.Node, images []string) ([]string, error) {
	out := n.MissingTools(node.Tools()...)
	if len(out) > 0 {
		return out, nil // images are made of programs
	}
	builder := &image.Builder{Cache: image.Folder(n.Tools), Root: n.Checkout, Tool: n.Tool, Log: io.Discard}
	for _, name := range images {
		has, err := builder.Has(ctx, name)
		if err != nil {
			return nil, err
		}
		if !has {
			out = append(out, fmt.Sprintf("image %s: make e2e-cluster", name))
		}
	}
	return out, nil
}

// lacks is an error if anything is missing.
func lacks(missing []string, err error) error {
	if err != nil || len(missing) == 0 {
		return err
	}
	return node.MissingError(missing)
}
