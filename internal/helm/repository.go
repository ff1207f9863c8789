package helm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

const (
	// maxIndex bounds the index of a repository: the largest public ones have
	// about 20 MB.
	maxIndex = 50 << 20
	// maxArchive bounds a chart's archive.
	maxArchive = 20 << 20
)

// archive gets a chart's archive from the cache, or else from a repository on
// another host. A repository is not asked at all if the version is a single one
// and the cache has it.
func (r *run) archive(ctx context.Context, d dependency, address *url.URL) ([]byte, error) {
	source := r.repositoryAt(d, address)
	version, isExact := d.exact()
	if !isExact {
		var err error
		if version, err = source.resolve(ctx); err != nil {
			return nil, err
		}
	}
	return r.cached([]string{d.repository, d.name, version}, func() ([]byte, error) {
		data, err := source.pull(ctx, version)
		if err != nil {
			return nil, err
		}
		// A page that asks for a password would be kept for all runs.
		if _, err := unpack(data); err != nil {
			return nil, d.notAnArchive(err)
		}
		return data, nil
	})
}

func (d dependency) notAnArchive(err error) error {
	return d.at.Problemf("want an archive of the chart %s in its repository: %s", d.name, unpackable(err))
}

// A repository is where a dependency comes from.
type repository interface {
	// resolve finds the newest version that the dependency allows.
	resolve(ctx context.Context) (version string, err error)
	// pull gets the archive of a version.
	pull(ctx context.Context, version string) ([]byte, error)
}

func (r *run) repositoryAt(d dependency, address *url.URL) repository {
	if strings.EqualFold(address.Scheme, "oci") {
		return &registry{run: r, dependency: d, path: strings.TrimSuffix(address.Host+address.Path, "/") + "/" + d.name}
	}
	return &website{run: r, dependency: d, address: address}
}

// A website is a repository with an index.
type website struct {
	run        *run
	dependency dependency
	address    *url.URL
	// versions are the chart's; nil until the index is read.
	versions []indexed
}

// indexed is a version of a chart in an index.
type indexed struct {
	Version string   `json:"version"`
	URLs    []string `json:"urls"`
}

func (s *website) resolve(ctx context.Context) (string, error) {
	if err := s.read(ctx); err != nil {
		return "", err
	}
	var versions []string
	for _, v := range s.versions {
		if len(v.URLs) > 0 {
			versions = append(versions, v.Version)
		}
	}
	return s.dependency.newest(versions)
}

func (s *website) pull(ctx context.Context, version string) ([]byte, error) {
	if err := s.read(ctx); err != nil {
		return nil, err
	}
	for _, v := range s.versions {
		if strings.TrimPrefix(v.Version, "v") != strings.TrimPrefix(version, "v") || len(v.URLs) == 0 {
			continue
		}
		target, err := s.address.Parse(v.URLs[0])
		if reference, perr := url.Parse(v.URLs[0]); perr == nil && !reference.IsAbs() && !strings.HasPrefix(v.URLs[0], "/") {
			target = s.address.JoinPath(v.URLs[0])
		}
		if err != nil || target.Scheme != "https" && target.Scheme != "http" {
			return nil, s.dependency.at.Problemf("want an https address of the chart %s in the index of its repository, got another text", s.dependency.name)
		}
		return s.get(ctx, target.String(), maxArchive)
	}
	return nil, s.dependency.at.Problemf("want the chart %s in version %s, got none of that version in its repository", s.dependency.name, version)
}

// read gets the index, and of it what concerns the chart.
func (s *website) read(ctx context.Context) error {
	if s.versions != nil {
		return nil
	}
	data, err := s.get(ctx, s.address.JoinPath("index.yaml").String(), maxIndex)
	if err != nil {
		return err
	}
	var index struct {
		Entries map[string][]indexed `json:"entries"`
	}
	if err := yaml.Unmarshal(data, &index); err != nil {
		return s.dependency.at.Problemf("want an index of charts at %s, got something else", shown(s.address))
	}
	s.versions = index.Entries[s.dependency.name]
	if len(s.versions) == 0 {
		return s.dependency.at.Problemf("want the chart %s in the repository %s, got none of that name", s.dependency.name, shown(s.address))
	}
	return nil
}

// get downloads a file of the repository; a problem with it names the chart that
// is missing because of it.
func (s *website) get(ctx context.Context, address string, most int) ([]byte, error) {
	data, err := s.run.download(ctx, s.dependency.at, address, most)
	if p, ok := errors.AsType[diag.Problem](err); ok {
		p.Msg = "the chart " + s.dependency.name + " is not in charts/: " + p.Msg
		return nil, p
	}
	return data, err
}

// download gets a file from another host. At is the place that asks for it.
func (r *run) download(ctx context.Context, at diag.Pos, address string, most int) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, at.Problemf("want an address, got another text")
	}
	req.Header.Set("User-Agent", "argocd-safesync")
	name := shown(req.URL)
	resp, err := r.http.Do(req)
	if err != nil {
		return nil, at.Problemf("get %s: %s", name, short(reasonWithoutURL(err)))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, at.Problemf("get %s: want status 200, got %d", name, resp.StatusCode)
	}
	return readBounded(at, name, resp.Body, most)
}

func readBounded(at diag.Pos, name string, body io.Reader, most int) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(body, int64(most)+1))
	switch {
	case err != nil:
		return nil, at.Problemf("get %s: %s", name, short(reasonWithoutURL(err)))
	case len(data) > most:
		return nil, at.Problemf("get %s: want at most %d MB, got more", name, most>>20)
	}
	return data, nil
}

// shown is an address as messages have it: without a password, and without a query
// or a fragment, which are a password too where a link is signed.
func shown(address *url.URL) string {
	bare := *address
	bare.RawQuery, bare.ForceQuery, bare.Fragment, bare.RawFragment = "", false, "", ""
	return bare.Redacted()
}

// reasonWithoutURL is an error of net/http without the address, whose user
// information may be secret.
func reasonWithoutURL(err error) string {
	// These name the addresses and the name server of this machine's network.
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return fmt.Sprint(e.Err)
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Sprint(e.Err)
	}
	return err.Error()
}
