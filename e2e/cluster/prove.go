package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/argocd-safesync/argocd-safesync/e2e/cluster/node"
	"github.com/argocd-safesync/argocd-safesync/e2e/cluster/proof"
)

// prove writes docs/proof.md from the records that the scenarios have left in
// the cluster, if there is one for each of them. Began is when the run began, in
// seconds since 1970.
func prove(n *node.Node, commit, began string) error {
	seconds, err := strconv.ParseInt(began, 10, 64)
	if err != nil {
		return fmt.Errorf("when the run began: want seconds since 1970, got %q", began)
	}
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
	pass := proof.Pass{Commit: commit, Began: time.Unix(seconds, 0).UTC(), Took: time.Since(time.Unix(seconds, 0))}
	passes := filepath.Join(n.Checkout, "bin", "cluster-passes")
	if page.Passes, err = pass.Add(passes+".before.json", passes+".json"); err != nil {
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
