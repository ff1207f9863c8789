package image

import (
	"embed"
	"fmt"
	"os"
	"regexp"
)

// files holds a folder for each recipe, with its Dockerfile. The one of our own
// image is the project's.
//
//go:embed */Dockerfile
var files embed.FS

// A recipe is what an image is made of.
type recipe struct {
	// Name is the recipe's, and its folder's.
	Name string
	// Reference is the name that containers use; without it the one of deploy/.
	Reference string
	// On are the recipes whose images the Dockerfile is FROM. It gets the name of
	// each as the build argument that is called like the recipe.
	On []string
	// Tools maps files of the build context to programs that were built before.
	Tools map[string]string
	// Packages are those of a Debian that debootstrap makes, as rootfs.tar.
	Packages []string
	// Go are packages of the project to compile, into the context's out/.
	Go []string
}

// Ours is the recipe of the project's own image.
const Ours = "safesync"

func recipes() []recipe {
	return []recipe{
		{Name: Ours, Go: []string{"./cmd/..."}},
		{Name: "base", Reference: "localhost/safesync-cluster/base:1", Packages: []string{"ca-certificates"}},
		{
			Name: "argocd", Reference: "localhost/safesync-cluster/argocd:1",
			On: []string{"base"}, Tools: map[string]string{"argocd": "argocd"},
		},
		{Name: "redis", Reference: "localhost/safesync-cluster/redis:1", On: []string{"base"}},
		{
			Name: "traefik", Reference: "localhost/safesync-cluster/traefik:1",
			On: []string{"base"}, Tools: map[string]string{"traefik": "traefik"},
		},
		{
			Name: "minio", Reference: "localhost/safesync-cluster/minio:1",
			On: []string{"base"}, Tools: map[string]string{"minio": "minio"},
		},
		// The operator reads PostgreSQL's version from the image's tag.
		{Name: "postgres", Reference: "localhost/safesync-cluster/postgres:15", On: []string{"base"}},
		{
			Name: "cnpg", Reference: "localhost/safesync-cluster/cnpg:1",
			Tools: map[string]string{"manager": "cnpg-manager"},
		},
		{
			Name: "barman", Reference: "localhost/safesync-cluster/barman:1",
			Tools: map[string]string{"manager": "barman-manager"},
		},
		{
			Name: "barman-sidecar", Reference: "localhost/safesync-cluster/barman-sidecar:1",
			On: []string{"postgres"}, Tools: map[string]string{"manager": "barman-manager"},
		},
	}
}

// Names returns all recipes, each after those that it stands on.
func Names() (names []string) {
	for _, r := range recipes() {
		names = append(names, r.Name)
	}
	return names
}

func find(name string) (recipe, error) {
	for _, r := range recipes() {
		if r.Name == name {
			return r, nil
		}
	}
	return recipe{}, fmt.Errorf("want one of %q, got %q", Names(), name)
}

// sidecar is what users install, in the checkout.
const sidecar = "deploy/kustomize/sidecar.yaml"

// deployed reads the image of the sidecar from what users install.
func deployed(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	image := regexp.MustCompile(`(?m)^\s*image: (\S+)$`).FindSubmatch(text)
	if image == nil {
		return "", fmt.Errorf("%s: want an image, found none", file)
	}
	return string(image[1]), nil
}
