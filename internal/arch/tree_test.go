package arch_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

const module = "github.com/argocd-safesync/argocd-safesync"

// readModule reads the imports of every package of the module. It opens the
// files itself instead of asking the go command: the test cache notices a change
// only in files that the test opened.
func readModule(t *testing.T) imports {
	t.Helper()
	root := filepath.Join("..", "..")
	tree := imports{}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != root && isForeign(name):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		return tree.read(root, name)
	})
	assert.NilError(t, err)
	assert.Assert(t, tree["internal/diag"] != nil, "found no packages under %s", root)
	return tree
}

// isForeign says that a folder holds no package of this module.
func isForeign(name string) bool {
	base := filepath.Base(name)
	if base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := os.Stat(filepath.Join(name, "go.mod"))
	return err == nil
}

// read adds the imports of one file.
func (i imports) read(root, name string) error {
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
	if err != nil {
		return err
	}
	rel, err := filepath.Rel(root, filepath.Dir(name))
	if err != nil {
		return err
	}
	pkg := filepath.ToSlash(rel)
	for _, spec := range file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		i[pkg] = append(i[pkg], p)
	}
	slices.Sort(i[pkg])
	i[pkg] = slices.Compact(i[pkg])
	return nil
}

// ours returns the packages of the module that pkg imports, by their folders.
func (i imports) ours(pkg string) (folders []string) {
	for _, p := range i[pkg] {
		if within(p, module) {
			folders = append(folders, strings.TrimPrefix(strings.TrimPrefix(p, module), "/"))
		}
	}
	return folders
}

// closure returns pkg and every package of the module that it reaches, sorted;
// none if there is no such package.
func (i imports) closure(pkg string) []string {
	if _, exists := i[pkg]; !exists {
		return nil
	}
	reached := []string{pkg}
	for n := 0; n < len(reached); n++ {
		for _, other := range i.ours(reached[n]) {
			if !slices.Contains(reached, other) {
				reached = append(reached, other)
			}
		}
	}
	slices.Sort(reached)
	return reached
}

// wayTo returns the packages on a way from pkg to one that imports library,
// both included; nil if there is none.
func (i imports) wayTo(pkg, library string) []string {
	if slices.ContainsFunc(i[pkg], func(p string) bool { return within(p, library) }) {
		return []string{pkg}
	}
	for _, other := range i.ours(pkg) {
		if way := i.wayTo(other, library); way != nil {
			return append([]string{pkg}, way...)
		}
	}
	return nil
}

// isLibrary says that an import path is neither ours nor the standard library's.
func isLibrary(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	return strings.Contains(first, ".") && !within(p, module)
}

// within says that an import path is the other or below it, whatever the major
// version that follows.
func within(p, parent string) bool {
	return p == parent || strings.HasPrefix(p, path.Clean(parent)+"/")
}
