// Package docs keeps what the documentation shows true: an excerpt names the
// file that it is cut from, and a test holds the two together.
//
// In Markdown, a comment before a fenced block names the file, from the root of
// the repository, and optionally a part of it: the kind of a YAML document, or a
// file in a script:
//
//	<!-- from: testdata/apps/web/want/web.yaml#Job -->
//	<!-- from: testdata/script/generate/plan.txtar#want.txt -->
//
// The package knows Markdown's fences and nothing of what stands in them.
package docs

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// marker is the comment, with the fence that must follow it.
var marker = regexp.MustCompile("(?m)^<!-- from: ([^ #]+)(?:#([A-Za-z./-]+))? -->\n+(```[a-z]*\n)")

// Refresh returns the Markdown text with each marked block replaced by what the
// file it names holds. A file that is missing, a part that is not in it, a mark
// without a block and a fence that does not end are errors.
func Refresh(repo fs.FS, text string) (string, error) {
	var out strings.Builder
	for {
		m := marker.FindStringSubmatchIndex(text)
		if err := unmarked(text, m); err != nil {
			return "", err
		}
		if m == nil {
			out.WriteString(text)
			return out.String(), nil
		}
		file, part := text[m[2]:m[3]], ""
		if m[4] >= 0 {
			part = text[m[4]:m[5]]
		}
		want, err := excerpt(repo, file, part)
		if err != nil {
			return "", err
		}
		body := text[m[1]:]
		end := strings.Index("\n"+body, "\n```")
		if end < 0 {
			return "", fmt.Errorf("%s: want a closing fence after its excerpt", file)
		}
		out.WriteString(text[:m[1]] + want)
		text = body[end:]
	}
}

// unmarked refuses a mark before the one that m has found: no block follows it.
func unmarked(text string, m []int) error {
	if m != nil {
		text = text[:m[0]]
	}
	_, rest, found := strings.Cut("\n"+text, "\n<!-- from: ")
	if !found {
		return nil
	}
	file, _, _ := strings.Cut(rest, " ")
	return fmt.Errorf("%s: want a block after its mark, got none", file)
}

// excerpt is the text of file, or of a part of it.
func excerpt(repo fs.FS, file, part string) (string, error) {
	data, err := fs.ReadFile(repo, path.Clean(file))
	switch {
	case err != nil || part == "":
		return string(data), err
	case path.Ext(file) == ".txtar":
		return inScript(file, data, part)
	}
	return ofKind(file, data, part)
}

// inScript is a file in a script.
func inScript(script string, data []byte, name string) (string, error) {
	for _, f := range txtar.Parse(data).Files {
		if f.Name == name {
			return string(f.Data), nil
		}
	}
	return "", fmt.Errorf("%s: want a file %s in it, got none", script, name)
}

// ofKind is the YAML documents of one kind.
func ofKind(file string, data []byte, kind string) (string, error) {
	var found []string
	for doc := range strings.SplitSeq(string(data), "---\n") {
		if strings.Contains("\n"+doc, "\nkind: "+kind+"\n") {
			found = append(found, doc)
		}
	}
	if len(found) == 0 {
		return "", fmt.Errorf("%s: want a document of kind %s, got none", file, kind)
	}
	return strings.Join(found, "---\n"), nil
}
