package image

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// build makes an image in buildah's storage, with those that it stands on.
func (b *Builder) build(ctx context.Context, m making) error {
	if exec.CommandContext(ctx, "buildah", b.storage("inspect", "--type", "image", m.local())...).Run() == nil {
		return nil // it is in the storage
	}
	args := []string{"bud", "--quiet", "--isolation", "chroot", "--pull-never", "--tag", m.local()}
	for _, on := range m.on {
		if err := b.build(ctx, on); err != nil {
			return err
		}
		args = append(args, "--build-arg", on.recipe.Name+"="+on.local())
	}
	if m.recipe.Name == Ours {
		return b.buildOurs(ctx, m, args)
	}
	stage, err := b.stage(ctx, m)
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	return b.buildah(ctx, append(args, stage)...)
}

// buildOurs runs the last stage of the project's Dockerfile. A folder stands in
// for the stage that it copies from, which buildah then leaves out.
func (b *Builder) buildOurs(ctx context.Context, m making, args []string) error {
	stage, err := b.stage(ctx, m)
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	const certificates = "/etc/ssl/certs/ca-certificates.crt"
	if err := link(certificates, filepath.Join(stage, certificates)); err != nil {
		return err
	}
	return b.buildah(ctx, append(args, "--build-context", "build="+stage, b.Root)...)
}

// stage lays out the build context of an image.
func (b *Builder) stage(ctx context.Context, m making) (string, error) {
	stage, err := os.MkdirTemp(b.Cache, "stage-"+m.recipe.Name+"-")
	if err != nil {
		return "", err
	}
	for path, file := range m.programs {
		if err := link(file, filepath.Join(stage, path)); err != nil {
			return "", err
		}
	}
	if len(m.recipe.Packages) > 0 {
		if err := b.debootstrap(ctx, filepath.Join(stage, "rootfs.tar"), m.recipe.Packages); err != nil {
			return "", err
		}
	}
	if m.recipe.Name == Ours {
		return stage, nil
	}
	folder, err := fs.Sub(files, m.recipe.Name)
	if err != nil {
		return "", err
	}
	return stage, os.CopyFS(stage, folder)
}

// link puts a file of this machine into a build context.
func link(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if os.Link(from, to) == nil {
		return nil
	}
	text, err := os.ReadFile(from) // on another file system
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o755)
}

// export writes the archive, and deletes those of the recipe that nobody uses any
// more.
func (b *Builder) export(ctx context.Context, m making, file string) error {
	reference, err := b.Reference(m.recipe.Name)
	if err != nil {
		return err
	}
	part, err := os.MkdirTemp(b.Cache, "archive-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(part)
	archive := filepath.Join(part, "archive.tar")
	if err := b.buildah(ctx, "push", "--quiet", m.local(), "docker-archive:"+archive+":"+reference); err != nil {
		return err
	}
	return errors.Join(os.Rename(archive, file), b.forget(m.recipe.Name, time.Now().Add(-keep)))
}

// keep is how long an archive stays that is not used. Another checkout may need
// one of other inputs, even while this one makes its own.
const keep = 24 * time.Hour

// forget deletes a recipe's archives that were last used before then.
func (b *Builder) forget(name string, then time.Time) error {
	archives, err := filepath.Glob(filepath.Join(b.Cache, name+"-????????????????.tar"))
	for _, archive := range archives {
		info, statErr := os.Stat(archive)
		if statErr == nil && info.ModTime().Before(then) {
			err = errors.Join(err, os.Remove(archive))
		}
	}
	return err
}

// buildah runs one command of it.
func (b *Builder) buildah(ctx context.Context, args ...string) error {
	return b.run(exec.CommandContext(ctx, "buildah", b.storage(args...)...))
}

// storage has buildah work in a storage of our own.
func (b *Builder) storage(args ...string) []string {
	return append([]string{
		"--storage-driver", "overlay",
		"--root", filepath.Join(b.Cache, "buildah", "storage"),
		"--runroot", filepath.Join(b.Cache, "buildah", "run"),
	}, args...)
}

// run runs a command; what it says goes to the log.
func (b *Builder) run(command *exec.Cmd) error {
	command.Stdout, command.Stderr = b.Log, b.Log
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	return nil
}
