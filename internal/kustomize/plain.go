package kustomize

import (
	"regexp"
	"strconv"
	"strings"
)

// A plainError is one of kustomize's without what each layer of a build puts around it.
type plainError struct {
	error
	text string
}

func (e plainError) Error() string { return e.text }

func (e plainError) Unwrap() error { return e.error }

// around is what layers put before a reason: which of them it is about is told by the
// culprit, and by the files that were read.
var around = []*regexp.Regexp{
	regexp.MustCompile(`^accumulating components: `),
	regexp.MustCompile(`^accumulating resources: `),
	regexp.MustCompile(`(?s)^accumulation err='.*? must resolve to a file': `),
	regexp.MustCompile(`(?s)^recursed accumulation of path '.*?': `),
	regexp.MustCompile(`(?s)^couldn't make target for path '.*?': `),
}

// asFile is about a resource that is a file and was tried as a directory too.
var asFile = regexp.MustCompile(`(?s)^accumulation err='(.*)': (?:'.*' )?must build at directory: '[^']*': file is not directory$`)

// quoted are the layers that quote the reason in them as Go does, with all its line
// feeds and quotes. What hides secrets looks for them as they are.
var quoted = []string{"accumulateDirectory: ", "loader.New "}

// plain is an error of kustomize without the layers around its reason. All that
// translates, places and hides takes it from here.
func plain(err error) error {
	text := err.Error()
	for {
		inner := within(text)
		if inner == text {
			return plainError{error: err, text: text}
		}
		text = inner
	}
}

// within is a reason without its outermost layer.
func within(text string) string {
	for _, prefix := range quoted {
		if rest, ok := strings.CutPrefix(text, prefix); ok {
			if inner, err := strconv.Unquote(rest); err == nil {
				return inner
			}
		}
	}
	for _, layer := range around {
		if at := layer.FindStringIndex(text); at != nil {
			return text[at[1]:]
		}
	}
	if m := asFile.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return text
}
