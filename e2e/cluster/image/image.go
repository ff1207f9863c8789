// Package image makes the images of the test cluster without a registry. It knows
// buildah, debootstrap and the Dockerfiles in its folders; it must not know what
// the cluster does with an image, nor where programs come from.
//
// No base can be pulled: what others build on an image of their distribution
// stands here on a Debian made by debootstrap. Our own image is the last stage of
// the project's Dockerfile, as it is. The stage before ran outside: the same
// go build, on the machine's own Go.
package image

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Folder is the usual Cache, beside the folder of programs.
func Folder(tools string) string { return filepath.Join(filepath.Dir(tools), "images") }

// A Builder makes images and keeps them.
type Builder struct {
	// Cache is the absolute path of the folder of archives and of buildah's storage.
	// It can be deleted at any time, and is large: about 3 GB. Checkouts share it.
	Cache string
	// Root is the absolute path of the project's checkout.
	Root string
	// Tool returns the file of a program that was built before, by its name
	// without the version.
	Tool func(name string) string
	// Log gets what the programs say that make an image.
	Log io.Writer
}

// Archive returns a file that holds the image of a recipe, for an import into
// containerd. It is made if what goes into the image has changed since the last
// time: the Dockerfile, its files, the programs, or the image below.
func (b *Builder) Archive(ctx context.Context, name string) (string, error) {
	m, err := b.prepare(ctx, name)
	if err != nil {
		return "", fmt.Errorf("image %s: %w", name, err)
	}
	file := b.file(m)
	if now := time.Now(); os.Chtimes(file, now, now) == nil { // it is there, and is used
		return file, nil
	}
	if err := b.build(ctx, m); err != nil {
		return "", fmt.Errorf("image %s: %w", name, err)
	}
	if err := b.export(ctx, m, file); err != nil {
		return "", fmt.Errorf("image %s: %w", name, err)
	}
	return file, nil
}

// Reference returns the name under which containers run the image of a recipe.
// Ours is the one that deploy/ and the hook Jobs have.
func (b *Builder) Reference(name string) (string, error) {
	r, err := find(name)
	if err != nil {
		return "", err
	}
	if r.Reference != "" {
		return r.Reference, nil
	}
	return deployed(filepath.Join(b.Root, sidecar))
}

// A making is one image on its way: what goes in, and the digest of that.
type making struct {
	recipe recipe
	digest string
	// programs maps the path in the build context to the file on this machine.
	programs map[string]string
	// on are the images that the Dockerfile stands on.
	on []making
}

// local is the image's name in buildah's storage. It has the digest, so that an
// image never stands on an older one than its own digest says.
func (m making) local() string { return "localhost/safesync-cluster/" + m.recipe.Name + ":" + m.digest }

// prepare compiles what is compiled here, and works out the digest.
func (b *Builder) prepare(ctx context.Context, name string) (making, error) {
	r, err := find(name)
	if err != nil {
		return making{}, err
	}
	m := making{recipe: r, programs: map[string]string{}}
	for _, below := range r.On {
		on, err := b.prepare(ctx, below)
		if err != nil {
			return making{}, err
		}
		m.on = append(m.on, on)
	}
	for path, tool := range r.Tools {
		m.programs[path] = b.Tool(tool)
	}
	if err := b.compile(ctx, &m); err != nil {
		return making{}, err
	}
	m.digest, err = b.digest(m)
	return m, err
}
