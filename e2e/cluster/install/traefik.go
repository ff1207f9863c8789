package install

import "context"

// Traefik installs what an application with Traefik needs that is not its own:
// the custom resources, and the image, under two tags so that there is something
// to update.
func (i *Installer) Traefik(ctx context.Context) error {
	if err := i.Load(ctx, "traefik"); err != nil {
		return err
	}
	resources, err := i.vendor(ctx, "tools/traefik", "github.com/traefik/traefik/v3",
		"docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml")
	if err != nil {
		return err
	}
	if err := i.Apply(ctx, resources); err != nil {
		return err
	}
	first, err := i.Images.Reference("traefik")
	if err != nil {
		return err
	}
	_, err = i.output(ctx, nil, "ctr", "images", "tag", "--force", first, "localhost/safesync-cluster/traefik:2")
	return err
}
