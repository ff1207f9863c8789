package helm

import (
	"context"
	"encoding/json"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

const (
	// chartLayer is the media type of a chart's archive in a registry.
	chartLayer = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
	// maxManifest bounds the list of an artifact's parts.
	maxManifest = 1 << 20
)

// A registry is a repository that speaks OCI's protocol. It is asked without
// credentials: a plugin gets none from Argo CD.
type registry struct {
	run        *run
	dependency dependency
	// path is host/repository, without a scheme.
	path string
}

func (r *registry) open() (*remote.Repository, error) {
	repo, err := remote.NewRepository(r.path)
	if err != nil {
		return nil, r.dependency.at.Problemf("want the address of a registry for the chart %s, got %q", r.dependency.name, r.path)
	}
	repo.Client = &auth.Client{Client: r.run.http, Cache: auth.NewCache()}
	return repo, nil
}

func (r *registry) resolve(ctx context.Context) (string, error) {
	repo, err := r.open()
	if err != nil {
		return "", err
	}
	var versions []string
	err = repo.Tags(ctx, "", func(tags []string) error {
		for _, tag := range tags {
			// A tag cannot hold a plus sign.
			versions = append(versions, strings.ReplaceAll(tag, "_", "+"))
		}
		return nil
	})
	if err != nil {
		return "", r.refused(err)
	}
	return r.dependency.newest(versions)
}

func (r *registry) pull(ctx context.Context, version string) ([]byte, error) {
	repo, err := r.open()
	if err != nil {
		return nil, err
	}
	described, err := repo.Resolve(ctx, strings.ReplaceAll(version, "+", "_"))
	if err != nil {
		return nil, r.refused(err)
	}
	if described.Size > maxManifest {
		return nil, r.at().Problemf("want a manifest of at most %d MB at %s, got more", maxManifest>>20, r.path)
	}
	text, err := content.FetchAll(ctx, repo.Manifests(), described)
	if err != nil {
		return nil, r.refused(err)
	}
	var parts ocispec.Manifest
	if err := json.Unmarshal(text, &parts); err != nil {
		return nil, r.at().Problemf("want a chart at %s, got something else", r.path)
	}
	for _, layer := range parts.Layers {
		if layer.MediaType != chartLayer {
			continue
		}
		if layer.Size > maxArchive {
			return nil, r.at().Problemf("want a chart of at most %d MB at %s, got more", maxArchive>>20, r.path)
		}
		data, err := content.FetchAll(ctx, repo, layer)
		if err != nil {
			return nil, r.refused(err)
		}
		return data, nil
	}
	return nil, r.at().Problemf("want a chart at %s, got an artifact of another kind", r.path)
}

func (r *registry) at() diag.Pos { return r.dependency.at }

// refused is the registry's own reason.
func (r *registry) refused(err error) error {
	return r.at().Problemf("get the chart %s in version %s from %s: %s", r.dependency.name, r.dependency.version, r.path, short(reasonWithoutURL(err)))
}
