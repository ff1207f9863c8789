package kustomize

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/konfig"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// remote is what kustomize takes for the address of a repository or a file on
// another host, unless there is a file of that name.
var remote = regexp.MustCompile(`^(git::|[A-Za-z][A-Za-z0-9+.-]*://|[^/@]+@[^/:]+[:/]|(?i:(www\.)?github\.com[:/]))`)

// pathFields are the fields of a kustomization whose entries are paths of files
// or directories, or addresses of repositories. Those that are true hold nothing
// else; the others may hold whole objects too.
var pathFields = map[string]bool{
	"resources": true, "bases": true, "components": true,
	"generators": false, "transformers": false, "validators": false,
}

// look finds the entries of a kustomization that lead nowhere, or to another
// host. Kustomize says so in words that name each of its own layers.
func (j *jail) look(name string, data []byte) error {
	if !slices.Contains(konfig.RecognizedKustomizationFileNames(), path.Base(name)) {
		j.origins.add(name, data)
		return nil
	}
	j.seen = append(j.seen, seenFile{name: name, data: data})
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil || len(doc.Content) == 0 {
		return nil // kustomize has its own words for it
	}
	root := doc.Content[0]
	for i := 0; i+1 < len(root.Content) && root.Kind == yaml.MappingNode; i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if _, ok := chartFields[key.Value]; ok && len(value.Content) > 0 {
			if err := j.lookAtCharts(diag.Pos{File: name, Line: key.Line, Col: key.Column, Path: key.Value}, root, value); err != nil {
				return err
			}
		}
		onlyPaths, isPath := pathFields[key.Value]
		if !isPath || value.Kind != yaml.SequenceNode {
			continue
		}
		for n, entry := range value.Content {
			at := diag.Pos{File: name, Line: entry.Line, Col: entry.Column, Path: fmt.Sprintf("%s[%d]", key.Value, n)}
			if err := j.lookAt(at, entry, onlyPaths); err != nil {
				return err
			}
		}
	}
	return j.lookAtFiles(name, root)
}

// lookAt checks one entry of a kustomization.
func (j *jail) lookAt(at diag.Pos, entry *yaml.Node, isPath bool) error {
	if entry.Kind != yaml.ScalarNode || strings.ContainsAny(entry.Value, "\n") || entry.Value == "" {
		return nil // an object in place of a path, or nothing
	}
	target := j.target(at.File, entry.Value)
	switch {
	case remote.MatchString(entry.Value):
		j.remotes = append(j.remotes, at)
		if j.opts.AllowRemote || !strings.Contains(entry.Value, "://") && j.Exists(target) {
			return nil
		}
		return j.found(remoteProblem(at, entry.Value))
	case !isPath && mayBeObject(entry.Value):
		return nil
	}
	j.uses.note(j, target, true)
	if err := j.lookInside(at, entry.Value, target, "a file or a directory"); err != nil {
		return err
	}
	if err := j.lookForKustomization(at, entry.Value, target); err != nil {
		return err
	}
	return j.lookBelow(at, entry.Value, target)
}

// target is the path of what an entry of a kustomization names.
func (j *jail) target(file, name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(j.root, filepath.FromSlash(path.Dir(file)), filepath.FromSlash(name))
}

// mayBeObject reports whether an entry is an object in place of a path.
func mayBeObject(text string) bool {
	return strings.ContainsAny(text, "{}") || strings.Contains(text, ": ")
}

// lookForKustomization refuses a directory without a kustomization, and a component
// that is a file.
func (j *jail) lookForKustomization(at diag.Pos, name, target string) error {
	switch {
	case !j.IsDir(target):
		if !strings.HasPrefix(at.Path, "components[") {
			return nil
		}
		return j.found(at.Problemf("want a directory with a component, got %q, a file", name))
	case filepath.IsAbs(name):
		return j.found(at.Problemf("want a path relative to the kustomization, got %q", name))
	case slices.ContainsFunc(konfig.RecognizedKustomizationFileNames(), func(file string) bool {
		return j.Exists(filepath.Join(target, file))
	}):
		return nil
	}
	return j.found(at.Problemf("want a directory with a kustomization, got %q, which has none", name))
}

// lookBelow refuses a file that is not in or below its kustomization's directory,
// unless those may be read.
func (j *jail) lookBelow(at diag.Pos, name, target string) error {
	own, _, err := j.CleanedAbs(filepath.Join(j.root, filepath.FromSlash(path.Dir(at.File))))
	dir, file, fileErr := j.CleanedAbs(target)
	if j.opts.LoadRestrictor == "none" || err != nil || fileErr != nil || file == "" || dir.HasPrefix(own) {
		return nil
	}
	instead := "move the file"
	if key, _, _ := strings.Cut(at.Path, "["); pathFields[key] {
		instead = "give that directory a kustomization and name the directory"
	}
	return j.found(at.Problemf("want a file in or below the kustomization's directory, got %q", name).
		WithHint("write source.kustomize.loadRestrictor: none into the policy, or %s", instead))
}

func remoteProblem(at diag.Pos, address string) diag.Problem {
	return at.Problemf("want a path in the repository, got %q on another host", address).
		WithHint("copy it into the repository; only the sidecar's configuration can allow other hosts")
}

// refuseNetwork makes every request of this process fail: kustomize downloads
// whatever looks like an address. It returns what undoes it.
func (j *jail) refuseNetwork() (undo func()) {
	before := http.DefaultTransport
	http.DefaultTransport = refusing{j}
	return func() { http.DefaultTransport = before }
}

type refusing struct{ jail *jail }

var errRemote = errors.New("other hosts are not allowed")

// RoundTrip finds the kustomization that wants the file, and refuses.
func (r refusing) RoundTrip(req *http.Request) (*http.Response, error) {
	address := req.URL.String()
	at := diag.Pos{File: r.jail.kustomization()}
	for _, f := range r.jail.seen {
		before, _, found := bytes.Cut(f.data, []byte(address))
		if found {
			lineStart := bytes.LastIndexByte(before, '\n') + 1
			at = diag.Pos{File: f.name, Line: 1 + bytes.Count(before, []byte("\n")), Col: 1 + len([]rune(string(before[lineStart:])))}
			break
		}
	}
	_ = r.jail.found(remoteProblem(at, address))
	return nil, errRemote
}
