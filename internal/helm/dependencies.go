package helm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
	chart "helm.sh/helm/v4/pkg/chart/v2"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// complete adds the charts that the chart depends on and that are not in its
// charts directory. As with Argo CD, nothing is asked for, and no lock is looked
// at, unless one is missing.
func (r *run) complete(ctx context.Context, c *chart.Chart) error {
	missing := slices.ContainsFunc(c.Metadata.Dependencies, func(d *chart.Dependency) bool { return !has(c, d) })
	if !missing {
		return nil
	}
	locked, err := r.locked(c)
	if err != nil {
		return err
	}
	for i, d := range c.Metadata.Dependencies {
		if has(c, d) {
			continue
		}
		child, err := r.fetch(ctx, dependency{
			name: d.Name, repository: d.Repository, version: locked(i), at: r.dependencyAt(i),
		})
		if err != nil {
			return err
		}
		c.AddDependency(child)
	}
	return nil
}

// has reports whether a chart has the one that it depends on, as Helm looks for
// it: by its name alone.
func has(c *chart.Chart, d *chart.Dependency) bool {
	return slices.ContainsFunc(c.Dependencies(), func(child *chart.Chart) bool { return child.Name() == d.Name })
}

// locked returns what tells the wanted version of each dependency: that of the
// lock file if there is one, which must belong to this Chart.yaml.
func (r *run) locked(c *chart.Chart) (func(i int) string, error) {
	wanted := c.Metadata.Dependencies
	if c.Lock == nil {
		return func(i int) string { return wanted[i].Version }, nil
	}
	file := "Chart.lock"
	if c.Metadata.APIVersion == chart.APIVersionV1 {
		file = "requirements.lock"
	}
	if len(c.Lock.Dependencies) != len(wanted) || !fits(c) {
		return nil, r.at(file).Problemf("want a lock file of the dependencies in %s, got one of others", chartFile).
			WithHint("run helm dependency update and commit %s", file)
	}
	return func(i int) string { return c.Lock.Dependencies[i].Version }, nil
}

// fits reports whether the digest in the lock file is that of the dependencies, as
// Helm makes it, or made it in version 2.
func fits(c *chart.Chart) bool {
	wanted := c.Metadata.Dependencies
	if slices.Contains(c.Lock.Dependencies, nil) {
		return false
	}
	if digest([2][]*chart.Dependency{wanted, c.Lock.Dependencies}) == c.Lock.Digest {
		return true
	}
	isOld := c.Metadata.APIVersion == chart.APIVersionV1
	return isOld && digest(map[string][]*chart.Dependency{"dependencies": wanted}) == strings.TrimPrefix(c.Lock.Digest, "sha256:")
}

func digest(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// A dependency is a chart that another one needs.
type dependency struct {
	name, repository string
	// version is one version, or a range of them.
	version string
	at      diag.Pos
}

// fetch gets a chart from where the dependency says.
func (r *run) fetch(ctx context.Context, d dependency) (*chart.Chart, error) {
	address, err := url.Parse(d.repository)
	if err != nil {
		return nil, d.at.Problemf("want the address of a repository for the chart %s, got another text", d.name)
	}
	var archive []byte
	switch scheme := strings.ToLower(address.Scheme); {
	case d.repository == "":
		return nil, d.at.Problemf("the chart %s is not in charts/, and no repository is given for it", d.name)
	case scheme == "file":
		return r.local(d)
	case scheme == "https", scheme == "http", scheme == "oci":
		archive, err = r.archive(ctx, d, address)
	default:
		// Aliases are repositories that Argo CD knows, and plugins do not.
		return nil, d.at.Problemf("the chart %s is not in charts/: want an https, oci or file address of its repository, got %q", d.name, d.repository)
	}
	if err != nil {
		return nil, err
	}
	return assembleArchive(archive, path.Join(r.app, "charts", d.name+".tgz"), r.budget, 1)
}

// local loads a chart from another directory of the repository.
func (r *run) local(d dependency) (*chart.Chart, error) {
	relative := strings.TrimPrefix(d.repository, "file://")
	dir := path.Join(r.app, relative)
	if strings.HasPrefix(relative, "/") || strings.HasPrefix(dir+"/", "../") {
		return nil, d.at.Problemf("want the chart %s inside the repository, got %q", d.name, d.repository)
	}
	if info, err := r.repo.Stat(dir); err != nil || !info.IsDir() {
		return nil, d.at.Problemf("the chart %s is not in charts/, and there is no directory %s", d.name, dir)
	}
	files, err := r.collect(dir)
	if err != nil {
		return nil, err
	}
	if !hasChartFile(files) {
		return nil, diag.Pos{File: dir}.Problemf("want a chart, got a directory without %s", chartFile)
	}
	c, err := assemble(files, dir, r.budget, 1)
	if err != nil {
		return nil, err
	}
	return c, d.check(c)
}

// check holds the version of a chart against the wanted one.
func (d dependency) check(c *chart.Chart) error {
	wanted, err := d.constraint()
	if err != nil {
		return err
	}
	if version, err := semver.NewVersion(c.Metadata.Version); err != nil || !wanted.Check(version) {
		return d.at.Problemf("want the chart %s in version %s, got %s", d.name, d.version, c.Metadata.Version)
	}
	return nil
}

func (d dependency) constraint() (*semver.Constraints, error) {
	wanted, err := semver.NewConstraint(d.version)
	if err != nil {
		return nil, d.at.Problemf("want a version, or a range of versions, of the chart %s, got %q", d.name, d.version)
	}
	return wanted, nil
}

// exact returns the version if only one fits.
func (d dependency) exact() (version string, ok bool) {
	_, err := semver.StrictNewVersion(strings.TrimPrefix(d.version, "v"))
	return d.version, err == nil
}

// newest returns the first of these versions that fits, as Helm does: they are
// sorted, the newest first.
func (d dependency) newest(versions []string) (string, error) {
	wanted, err := d.constraint()
	if err != nil {
		return "", err
	}
	var parsed []*semver.Version
	for _, text := range versions {
		if v, err := semver.NewVersion(text); err == nil {
			parsed = append(parsed, v)
		}
	}
	slices.SortStableFunc(parsed, func(a, b *semver.Version) int { return b.Compare(a) })
	for _, v := range parsed {
		if wanted.Check(v) {
			return v.Original(), nil
		}
	}
	return "", d.at.Problemf("want the chart %s in version %s, got none of that version in its repository", d.name, d.version)
}

// dependencyAt is the place of a dependency in the file that lists it.
func (r *run) dependencyAt(i int) diag.Pos {
	entry := fmt.Sprintf("dependencies[%d]", i)
	for _, name := range []string{chartFile, "requirements.yaml"} {
		at := r.at(name)
		data, err := r.readFile(at)
		if err != nil {
			continue
		}
		if line, col, found := place(data, "dependencies", i); found {
			at.Line, at.Col, at.Path = line, col, entry
			return at
		}
	}
	at := r.at(chartFile)
	at.Path = entry
	return at
}
