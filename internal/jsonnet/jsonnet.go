// Package jsonnet evaluates the Jsonnet files of a directory with Google's own
// library, inside a jail: an import reads nothing outside the repository.
//
// It knows Jsonnet, and what Argo CD makes of its results; it does not know
// policies or the front. Only the program safesync-render-jsonnet imports it: a
// Jsonnet file is a program, and may need any amount of time and memory.
package jsonnet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"

	"github.com/google/go-jsonnet"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

// Build writes the objects of all files to w, each with a comment that has the
// number of its file in spec.Files, from 0. It writes nothing unless all is
// right. What the user's files do wrong is a diag.Problem.
func Build(w io.Writer, spec renderer.Jsonnet) error {
	repo, err := os.OpenRoot(spec.RepoRoot)
	if err != nil {
		return fmt.Errorf("open the repository: %w", err)
	}
	defer repo.Close()
	libs, err := inRepo(repo.FS(), spec.Libs)
	if err != nil {
		return err
	}
	places := append([]string{spec.App}, libs...)
	var out bytes.Buffer
	for i, file := range spec.Files {
		objects, err := evaluate(&importer{repo: repo.FS(), places: places, read: map[string]jsonnet.Contents{}}, spec, file)
		if err != nil {
			return err
		}
		for _, o := range objects {
			if out.Len() > 0 {
				out.WriteString("---\n")
			}
			out.WriteString(manifest.SourcePrefix + strconv.Itoa(i) + "\n")
			if err := manifest.Encode(&out, []manifest.Object{o}); err != nil {
				return err
			}
		}
	}
	_, err = w.Write(out.Bytes())
	return err
}

// evaluate returns the objects of one file. Each file gets a machine of its own,
// as in Argo CD.
func evaluate(files *importer, spec renderer.Jsonnet, file string) ([]manifest.Object, error) {
	vm := jsonnet.MakeVM()
	vm.SetTraceOut(io.Discard) // standard error is for our own problems
	seen := &formatter{ErrorFormatter: vm.ErrorFormatter}
	vm.ErrorFormatter = seen
	vm.Importer(files)
	for _, v := range spec.ExtVars {
		if v.Code {
			vm.ExtCode(v.Name, v.Value)
		} else {
			vm.ExtVar(v.Name, v.Value)
		}
	}
	for _, v := range spec.TLAs {
		if v.Code {
			vm.TLACode(v.Name, v.Value)
		} else {
			vm.TLAVar(v.Name, v.Value)
		}
	}
	text, err := vm.EvaluateFile("/" + file)
	if err != nil {
		return nil, discreetly(vm, spec, seen.problem(file, err))
	}
	return objectsOf([]byte(text), file)
}

// inRepo reads libs as Argo CD does: a leading slash is the repository too, and
// one that does not exist is no problem.
func inRepo(repo fs.FS, libs []string) ([]string, error) {
	out := make([]string, len(libs))
	for i, lib := range libs {
		out[i] = path.Clean("./" + lib)
		if _, err := fs.Stat(repo, out[i]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			at := diag.Pos{Path: fmt.Sprintf("source.directory.jsonnet.libs[%d]", i)}
			return nil, at.Problemf("want a directory in the repository, got %q, which is outside", lib)
		}
	}
	return out, nil
}

// objectsOf reads a result: one object, or a list of objects, in which null
// stands for none.
func objectsOf(text []byte, file string) ([]manifest.Object, error) {
	text = bytes.TrimSpace(text)
	at := diag.Pos{File: file}
	if string(text) == "null" {
		return nil, nil
	}
	if text[0] != '[' {
		return oneObject(text, at)
	}
	var entries []json.RawMessage
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, at.Problemf("want a JSON result: %v", err)
	}
	var out []manifest.Object
	for i, entry := range entries {
		if string(entry) == "null" {
			continue
		}
		at.Path = fmt.Sprintf("[%d]", i)
		objects, err := oneObject(entry, at)
		if err != nil {
			return nil, err
		}
		out = append(out, objects...)
	}
	return out, nil
}

// oneObject reads an object of a result. Lines of the result are not shown:
// nobody has them.
func oneObject(text []byte, at diag.Pos) ([]manifest.Object, error) {
	objects, err := manifest.DecodeJSON(text, at.File)
	if p, ok := errors.AsType[diag.Problem](err); ok {
		if p.Path != "" {
			at.Path += "." + p.Path
		}
		p.Pos = at
		return nil, p
	}
	return objects, err
}
