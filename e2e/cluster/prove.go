package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/e2e/cluster/node"
	"github.com/argocd-safesync/argocd-safesync/e2e/cluster/proof"
)

// prove writes docs/proof.md from the records that the scenarios have left in
// the cluster, if there is one for each of them.
func prove(n *node.Node, commit string) error {
	dir, err := n.Folder(proof.Folder)
	if err != nil {
		return err
	}
	page := proof.Page{Commit: commit}
	if page.Records, err = proof.Read(dir); err != nil {
		return err
	}
	figures, err := n.Figures()
	if err != nil {
		return err
	}
	page.Start, page.Memory = figures.Start, figures.Memory
	want, err := scenarios(filepath.Join(n.Checkout, "e2e", "cluster", "testdata"))
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := page.Write(&text, want); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(n.Checkout, "docs", "proof.md"), text.Bytes(), 0o644)
}

// scenarios are the names of all scripts below a folder.
func scenarios(dir string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.txtar"))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, file := range files {
		out = append(out, strings.TrimSuffix(filepath.Base(file), ".txtar"))
	}
	return out, nil
}
