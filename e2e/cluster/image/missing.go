package image

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Missing returns a line for each program of Debian that makes images and that
// this machine lacks.
func Missing() []string {
	var out []string
	for _, program := range []string{"buildah", "debootstrap"} {
		if _, err := exec.LookPath(program); err != nil {
			out = append(out, program+": apt-get install "+program)
		}
	}
	return out
}

// Has says whether the archive of a recipe's image is there already, so that
// [Builder.Archive] has nothing to make.
func (b *Builder) Has(ctx context.Context, name string) (bool, error) {
	m, err := b.prepare(ctx, name)
	if err != nil {
		return false, fmt.Errorf("image %s: %w", name, err)
	}
	_, err = os.Stat(b.file(m))
	return err == nil, nil
}

// file is the archive of an image.
func (b *Builder) file(m making) string {
	return filepath.Join(b.Cache, m.recipe.Name+"-"+m.digest+".tar")
}
