package render

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

// jsonnetExt ends the names of files that are Jsonnet.
const jsonnetExt = ".jsonnet"

// jsonnetSpec is where the renderer finds what it is to do.
const jsonnetSpec = "jsonnet.json"

// A Jsonnet is what Jsonnet files are evaluated with; names and meanings are
// those of Argo CD's source.directory.jsonnet.
type Jsonnet struct {
	ExtVars, TLAs []JsonnetVar
	Libs          []string
}

// A JsonnetVar is a value for a Jsonnet file: text, or code.
type JsonnetVar struct {
	Name, Value string
	Code        bool
}

// jsonnet evaluates Jsonnet files in one run of their program and returns their
// objects by the name of the file.
func jsonnet(ctx context.Context, req Request, names []string) (map[string][]manifest.Object, error) {
	if names == nil {
		return nil, nil
	}
	j := req.Source.Directory.Jsonnet
	spec, err := json.Marshal(renderer.Jsonnet{
		RepoRoot: req.RepoDir, App: req.App, Files: names, Libs: j.Libs,
		ExtVars: jsonnetVars(req, j.ExtVars), TLAs: jsonnetVars(req, j.TLAs),
	})
	if err != nil {
		return nil, fmt.Errorf("write what the renderer is to do: %w", err)
	}
	objects, err := program{
		path:  req.Programs.Jsonnet,
		args:  []string{"--spec", jsonnetSpec},
		files: map[string][]byte{jsonnetSpec: spec},
		what:  "jsonnet",
		at:    diag.Pos{File: names[0]},
	}.run(ctx, req)
	if err != nil {
		return nil, atSource(req, err)
	}
	return byFile(objects, names)
}

// byFile sorts objects by the numbers of their files, which the renderer gives
// as their origins.
func byFile(objects []manifest.Object, names []string) (map[string][]manifest.Object, error) {
	out := map[string][]manifest.Object{}
	for _, o := range objects {
		origin := o.Origin()
		i, err := strconv.Atoi(origin.File)
		if err != nil || i < 0 || i >= len(names) {
			return nil, fmt.Errorf("read what the renderer of jsonnet printed: no file %q", origin.File)
		}
		origin.File = names[i]
		out[names[i]] = append(out[names[i]], o.WithOrigin(origin))
	}
	return out, nil
}

func jsonnetVars(req Request, vars []JsonnetVar) []renderer.JsonnetVar {
	var out []renderer.JsonnetVar
	for _, v := range vars {
		out = append(out, renderer.JsonnetVar{Name: v.Name, Value: substitute(req.Env, v.Value), Code: v.Code})
	}
	return out
}

// atSource puts a problem of a renderer about what the policy says at the policy.
func atSource(req Request, err error) error {
	p, ok := errors.AsType[diag.Problem](err)
	if !ok || !strings.HasPrefix(p.Path, "source.") || req.Source.At.File == "" {
		return err
	}
	p.File, p.Line, p.Col = req.Source.At.File, req.Source.At.Line, req.Source.At.Col
	return p
}
