package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Programs is the folder of the programs that are compiled for a recipe. It is in
// the checkout, whose they are: two checkouts may be at it at the same time.
func (b *Builder) Programs(name string) string { return filepath.Join(b.Root, "bin", "image", name) }

// compile builds a recipe's Go programs, as the build stage of the project's
// Dockerfile does.
func (b *Builder) compile(ctx context.Context, m *making) error {
	if len(m.recipe.Go) == 0 {
		return nil
	}
	out := b.Programs(m.recipe.Name)
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	args := append([]string{"build", "-trimpath", "-ldflags", "-s -w", "-o", out + string(filepath.Separator)}, m.recipe.Go...)
	command := b.goCommand(ctx, args...)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if err := b.run(command); err != nil {
		return err
	}
	// Not what is in the folder, where a program may be left that is no more.
	built, err := b.goCommand(ctx, append([]string{"list"}, m.recipe.Go...)...).Output()
	if err != nil {
		return fmt.Errorf("list the programs: %w", err)
	}
	for _, name := range strings.Fields(string(built)) {
		m.programs[filepath.Join("out", path.Base(name))] = filepath.Join(out, path.Base(name))
	}
	return nil
}

// goCommand runs Go in the checkout.
func (b *Builder) goCommand(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = b.Root
	return command
}

// debootstrap makes a small Debian and packs it.
func (b *Builder) debootstrap(ctx context.Context, file string, packages []string) error {
	folder, err := os.MkdirTemp(filepath.Dir(file), "debian")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	args := []string{"--variant=minbase"}
	for _, name := range packages {
		args = append(args, "--include="+name)
	}
	if err := b.run(exec.CommandContext(ctx, "debootstrap", append(args, "bookworm", folder)...)); err != nil {
		return err
	}
	// Devices are made by whoever starts a container, and packages are unpacked.
	return b.run(exec.CommandContext(ctx, "tar", "--create", "--file="+file, "--directory="+folder, "--numeric-owner",
		"--exclude=./dev/*", "--exclude=./var/cache/apt/archives/*.deb", "--exclude=./var/lib/apt/lists/*", "."))
}

// digest is that of everything which goes into an image.
func (b *Builder) digest(m making) (string, error) {
	sum := sha256.New()
	// The recipe's other fields are in here by name or by what they lead to.
	fmt.Fprintf(sum, "%s %q\n", m.recipe.Reference, m.recipe.Packages)
	for _, on := range m.on {
		fmt.Fprintln(sum, on.digest)
	}
	for _, path := range slices.Sorted(maps.Keys(m.programs)) {
		fmt.Fprintln(sum, path)
		if err := addFile(sum, os.Open, m.programs[path]); err != nil {
			return "", err
		}
	}
	if err := b.addFiles(sum, m.recipe.Name); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

// addFiles adds what else the build reads: the Dockerfile's folder, or of ours
// the files that the last stage copies and the reference.
func (b *Builder) addFiles(sum hash.Hash, name string) error {
	if name == Ours {
		var err error
		for _, path := range []string{"Dockerfile", "plugin.yaml", sidecar} {
			err = errors.Join(err, addFile(sum, os.Open, filepath.Join(b.Root, path)))
		}
		return err
	}
	return fs.WalkDir(files, name, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		fmt.Fprintln(sum, path)
		return addFile(sum, files.Open, path)
	})
}

// addFile adds a file of this machine, or of this program.
func addFile[F io.ReadCloser](sum hash.Hash, open func(string) (F, error), path string) error {
	file, err := open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(sum, file)
	return err
}
