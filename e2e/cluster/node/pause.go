package node

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
)

// importPause builds the pause program and makes an image of it. No registry has
// to be asked and no tool for images has to be there.
func (n *Node) importPause(ctx context.Context) error {
	program, archive := n.path("pause"), n.path("pause.tar")
	build := exec.CommandContext(ctx, "go", "build", "-ldflags=-s -w", "-o", program, "./cluster/node/pause")
	build.Dir = n.Checkout + "/e2e"
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // it has no C library to find
	if err := output(build); err != nil {
		return err
	}
	binary, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	text, err := archiveOf(pauseImage, "pause", binary)
	if err != nil {
		return err
	}
	if err := os.WriteFile(archive, text, 0o644); err != nil {
		return err
	}
	return n.Import(ctx, archive)
}

// archiveOf makes a docker-archive of an image with one static program in it.
func archiveOf(image, name string, program []byte) ([]byte, error) {
	layer, err := tarOf(file{name, 0o755, program})
	if err != nil {
		return nil, err
	}
	config, err := json.Marshal(map[string]any{
		"architecture": runtime.GOARCH, "os": "linux",
		"config": map[string]any{"Entrypoint": []string{"/" + name}, "User": "65535:65535"},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{fmt.Sprintf("sha256:%x", sha256.Sum256(layer))}},
	})
	if err != nil {
		return nil, err
	}
	manifest, err := json.Marshal([]any{map[string]any{
		"Config": "config.json", "RepoTags": []string{image}, "Layers": []string{"layer.tar"},
	}})
	if err != nil {
		return nil, err
	}
	return tarOf(file{"layer.tar", 0o644, layer}, file{"config.json", 0o644, config}, file{"manifest.json", 0o644, manifest})
}

// A file is one of an archive.
type file struct {
	name string
	mode int64
	data []byte
}

func tarOf(files ...file) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.data))}); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
