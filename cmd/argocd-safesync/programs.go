package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/argocd-safesync/argocd-safesync/plugin/render"
)

// programs finds the renderers beside this program.
func programs() (render.Programs, error) {
	self, err := os.Executable()
	if err != nil {
		return render.Programs{}, fmt.Errorf("find this program: %w", err)
	}
	if real, err := filepath.EvalSymlinks(self); err == nil {
		self = real
	}
	dir := filepath.Dir(self)
	return render.Programs{
		Kustomize: filepath.Join(dir, "safesync-render-kustomize"),
		Helm:      filepath.Join(dir, "safesync-render-helm"),
		Jsonnet:   filepath.Join(dir, "safesync-render-jsonnet"),
	}, nil
}
