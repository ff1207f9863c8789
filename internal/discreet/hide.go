package discreet

import (
	"cmp"
	"encoding/base64"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// hidden stands for a text.
const hidden = "(hidden)"

// Hide returns a message without the texts, as the package's comment says.
func (v *Values) Hide(message string) string {
	if len(v.texts) == 0 {
		return message
	}
	s := newSearch(slices.Sorted(maps.Keys(v.texts)))
	message = s.without(message)
	for _, quoted := range quotes {
		message = quoted.ReplaceAllStringFunc(message, func(part string) string {
			if s.isPart(unquoted(part)) {
				return part[:1] + hidden + part[:1]
			}
			return part
		})
	}
	return message
}

// quotes are texts in quotes, as libraries quote what they could not read.
var quotes = []*regexp.Regexp{regexp.MustCompile(`"[^"]+"`), regexp.MustCompile("`[^`]+`"), regexp.MustCompile(`'[^']+'`)}

// A search looks for forms of texts.
type search struct {
	forms []form
	// by has the numbers of the forms that begin with so many bytes: a message is
	// gone through once, however many secrets there are.
	by map[[least]byte][]int
	// found are the texts that were in the message.
	found map[int]bool
}

func newSearch(texts []string) *search {
	s := &search{forms: formsOf(texts), by: map[[least]byte][]int{}, found: map[int]bool{}}
	for i, f := range s.forms {
		begin := [least]byte([]byte(f.text))
		s.by[begin] = append(s.by[begin], i)
	}
	return s
}

// A span is where a text is, from a byte up to another one.
type span struct{ from, to int }

// without returns a message with one mark for each place where texts are.
func (s *search) without(message string) string {
	spans := append(s.plain(message), s.encoded(message)...)
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	var out strings.Builder
	end := 0
	for i, next := range spans {
		if i == 0 || next.from > end {
			out.WriteString(message[end:next.from])
			out.WriteString(hidden)
		}
		end = max(end, next.to)
	}
	out.WriteString(message[end:])
	return out.String()
}

// plain are the places where forms stand.
func (s *search) plain(message string) (spans []span) {
	for i := 0; i+least <= len(message); i++ {
		for _, n := range s.by[[least]byte([]byte(message[i:i+least]))] {
			f := s.forms[n]
			end := i + len(f.text)
			if strings.HasPrefix(message[i:], f.text) && (!f.isWord || standsAlone(message, i, end)) {
				s.found[f.of] = true
				spans = append(spans, span{i, end})
			}
		}
	}
	return spans
}

// inBase64 is what may be base64 of a text that is hidden.
var inBase64 = regexp.MustCompile(`[A-Za-z0-9+/_-]{6,}=*`)

// encoded are the places of base64 in which forms stand, alone or beside something
// else, such as a password behind a user.
func (s *search) encoded(message string) (spans []span) {
	const layers = 3 // of a password in the data of a Secret that has credentials of registries
	for _, place := range inBase64.FindAllStringIndex(message, -1) {
		if s.isIn(message[place[0]:place[1]], layers) {
			spans = append(spans, span{place[0], place[1]})
		}
	}
	return spans
}

// isIn reports whether base64 stands for a text with one of the forms in it, or with
// base64 of such a text. Where the text before it ends nobody knows, so that it may
// begin at any of the letters that make a group.
func (s *search) isIn(encoded string, layers int) bool {
	encoded = strings.NewReplacer("-", "+", "_", "/", "=", "").Replace(encoded)
	const group = 4
	for begin := range group {
		letters := encoded[min(begin, len(encoded)):]
		if len(letters)%group == 1 {
			letters = letters[:len(letters)-1]
		}
		plain, err := base64.RawStdEncoding.DecodeString(letters)
		if err != nil {
			continue
		}
		if len(s.plain(string(plain))) > 0 {
			return true
		}
		for _, inner := range inBase64.FindAllString(string(plain), -1) {
			if layers > 1 && s.isIn(inner, layers-1) {
				return true
			}
		}
	}
	return false
}

// isPart reports whether what stands in quotes is a part of a form: of one that was in
// the message; or of any where it is no mere word, or where it was cut off.
func (s *search) isPart(inside string) bool {
	begin := strings.TrimSuffix(strings.TrimSuffix(inside, "..."), "…")
	if len(begin) < least {
		return false
	}
	return slices.ContainsFunc(s.forms, func(f form) bool {
		if begin != inside {
			return strings.HasPrefix(f.text, begin)
		}
		isTelling := s.found[f.of] || !isWord(inside) && !strings.ContainsAny(f.text, " \n")
		return isTelling && strings.Contains(f.text, inside)
	})
}
