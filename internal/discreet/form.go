package discreet

import (
	"bytes"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A form is one way in which a text is written.
type form struct {
	text string
	// of is the number of the text that it is a form of.
	of int
	// isWord says that it is a word or a number, which other things may be called.
	isWord bool
}

// formsOf are all ways in which texts are written, also one in another: what is
// quoted may be made JSON.
func formsOf(texts []string) (all []form) {
	for i, text := range texts {
		written := []string{text}
		for range 2 {
			for _, text := range written {
				for _, write := range writers {
					written = append(written, write(text))
				}
			}
			slices.Sort(written)
			written = slices.Compact(written)
		}
		for _, text := range written {
			all = append(all, form{text: text, of: i, isWord: isWord(text)})
		}
	}
	return all
}

// writers write a text as it stands within quotes, in an address or in a page.
var writers = []func(string) string{
	func(text string) string { return unquoted(strconv.Quote(text)) },
	func(text string) string { return unquoted(strconv.QuoteToASCII(text)) },
	func(text string) string { return asJSON(text, true) },
	func(text string) string { return asJSON(text, false) },
	func(text string) string { return strings.ReplaceAll(text, "'", "''") },
	html.EscapeString, url.QueryEscape, url.PathEscape,
}

// asJSON writes a text as Go does, which escapes &, < and > unless it is told not to.
func asJSON(text string, escapeHTML bool) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(escapeHTML)
	if encoder.Encode(text) != nil {
		return text
	}
	return unquoted(strings.TrimSuffix(out.String(), "\n"))
}

func unquoted(text string) string { return text[1 : len(text)-1] }

// isWord reports whether a text is of letters or of digits alone, and no longer than
// words are.
func isWord(text string) bool {
	const longest = 16
	none := func(is func(rune) bool) bool { return !strings.ContainsFunc(text, func(r rune) bool { return !is(r) }) }
	return utf8.RuneCountInString(text) <= longest && (none(unicode.IsLetter) || none(unicode.IsDigit))
}

// standsAlone reports whether the word text[from:to] is no part of a longer one, of a
// path, or of a name with dots or hyphens.
func standsAlone(text string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:from])
	after, size := utf8.DecodeRuneInString(text[to:])
	then, _ := utf8.DecodeRuneInString(text[to+size:])
	if escape.MatchString(text[max(0, from-longestEscape):from]) || strings.HasSuffix(text[:from], "//") {
		before = ' ' // nor is the user of an address
	}
	return !inWord(before) && !joins(before) && !inWord(after) && after != '/' && (!joins(after) || !inWord(then))
}

// escape is a character that quotes or an address need to be written so: the letters
// at its end are no part of the word behind it.
var escape = regexp.MustCompile(`(?:\\[abfnrtv]|\\x[[:xdigit:]]{2}|\\u[[:xdigit:]]{4}|%[[:xdigit:]]{2})$`)

const longestEscape = len(`\u0000`)

func inWord(r rune) bool {
	return r == '_' || r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

func joins(r rune) bool { return r == '.' || r == '/' || r == '-' }
