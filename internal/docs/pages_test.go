package docs_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

var (
	link = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	code = regexp.MustCompile("(?ms)^```.*?^```|`[^`\n]*`")
	head = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// TestLinksLeadSomewhere follows every link of every page that stays in the
// repository, to the file and to the heading in it.
func TestLinksLeadSomewhere(t *testing.T) {
	repo := os.DirFS("../..")
	for _, page := range pages(t, repo) {
		t.Run(page, func(t *testing.T) {
			for _, complaint := range deadLinks(repo, page) {
				t.Error(complaint)
			}
		})
	}
}

func TestADeadLinkIsFound(t *testing.T) {
	assert.DeepEqual(t, deadLinks(os.DirFS("testdata"), "links.md"), []string{
		"nowhere.md: no such file",
		"links.md#not-there: no such heading",
		"#nor-this: no such heading",
	})
}

func deadLinks(repo fs.FS, page string) (complaints []string) {
	text, err := fs.ReadFile(repo, page)
	if err != nil {
		return []string{err.Error()}
	}
	for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(string(text), ""), -1) {
		if strings.Contains(m[1], "://") {
			continue
		}
		target, anchor, _ := strings.Cut(m[1], "#")
		file := page
		if target != "" {
			file = path.Join(path.Dir(page), target)
		}
		if _, err := fs.Stat(repo, file); err != nil {
			complaints = append(complaints, m[1]+": no such file")
		} else if anchor != "" && !slices.Contains(anchors(repo, file), anchor) {
			complaints = append(complaints, m[1]+": no such heading")
		}
	}
	return complaints
}

// anchors are the headings of a page as GitHub names them.
func anchors(repo fs.FS, page string) (out []string) {
	text, err := fs.ReadFile(repo, page)
	if err != nil {
		return nil
	}
	drop := regexp.MustCompile(`[^\pL\pN _-]`)
	for _, m := range head.FindAllStringSubmatch(string(text), -1) {
		name := drop.ReplaceAllString(strings.ToLower(m[1]), "")
		out = append(out, strings.ReplaceAll(name, " ", "-"))
	}
	return out
}

// TestExamplesComeFromTests holds that no page by hand shows a policy or an
// output that nothing checks.
func TestExamplesComeFromTests(t *testing.T) {
	repo := os.DirFS("../..")
	unmarked := regexp.MustCompile("(?m)^(.*)\n+```(yaml|)\n")
	for _, page := range []string{"docs/operations.md", "docs/moving-from-hooks.md", "docs/security.md", "docs/architecture.md", "CONTRIBUTING.md"} {
		text, err := fs.ReadFile(repo, page)
		assert.NilError(t, err)
		for _, m := range unmarked.FindAllStringSubmatch(fences(string(text)), -1) {
			if !strings.HasPrefix(m[1], "<!-- from: ") {
				t.Errorf("%s: the block after %q shows what no test holds", page, m[1])
			}
		}
	}
}

// fences is text with the insides of its blocks left out.
func fences(text string) string {
	return regexp.MustCompile("(?ms)^(```[a-z]*\n).*?^```$").ReplaceAllString(text, "$1")
}

// TestTheArchitectureNamesEveryPackage holds docs/architecture.md to the tree.
func TestTheArchitectureNamesEveryPackage(t *testing.T) {
	repo := os.DirFS("../..")
	text, err := fs.ReadFile(repo, "docs/architecture.md")
	assert.NilError(t, err)
	for _, pkg := range packages(t, repo) {
		if !strings.Contains(string(text), "`"+pkg+"`") {
			t.Errorf("docs/architecture.md does not say what `%s` knows", pkg)
		}
	}
}

// packages are the folders with Go files that are not tests, in this module.
func packages(t *testing.T, repo fs.FS) []string {
	t.Helper()
	var out []string
	assert.NilError(t, fs.WalkDir(repo, ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && outside(repo, file):
			return fs.SkipDir
		case strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go"):
			out = append(out, path.Dir(file))
		}
		return nil
	}))
	slices.Sort(out)
	return slices.Compact(out)
}

// outside reports whether a folder is no part of this module's packages.
func outside(repo fs.FS, dir string) bool {
	name := path.Base(dir)
	if dir == "." {
		return false
	}
	_, err := fs.Stat(repo, path.Join(dir, "go.mod"))
	return err == nil || name == "testdata" || strings.HasPrefix(name, ".")
}
