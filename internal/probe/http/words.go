package http

import (
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// beginning is how much of a server's text a message shows, in bytes.
const beginning = 80

// statusText is the status as RFC 9110 names it, whatever words the server
// sends.
func statusText(resp *http.Response) string {
	if text := http.StatusText(resp.StatusCode); text != "" {
		return fmt.Sprintf("%d %s", resp.StatusCode, text)
	}
	return strconv.Itoa(resp.StatusCode)
}

// media is the media type of an answer, for a message.
func media(resp *http.Response) string {
	got, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		return "a body without a media type"
	}
	return got[:min(len(got), beginning)] // a token: nothing in it needs quotes
}

// bodyWords describes a body that is not the expected one: its type and how it
// begins tell a login page from an application.
func bodyWords(resp *http.Response, body []byte) string {
	if len(body) == 0 {
		return "an empty body"
	}
	if packed := resp.Header.Get("Content-Encoding"); packed != "" {
		return fmt.Sprintf("%s packed as %s, which was not asked for", media(resp), begin([]byte(packed)))
	}
	return fmt.Sprintf("%s that begins with %s", media(resp), begin(body))
}

// begin quotes the first line of text that somebody else wrote, or as much of it
// as a message can bear.
func begin(text []byte) string {
	s := strings.TrimSpace(strings.ToValidUTF8(string(text[:min(len(text), beginning+utf8.UTFMax)]), ""))
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		s = s[:i] + "…"
	}
	if len(s) > beginning+len("…") {
		s = strings.ToValidUTF8(s[:beginning], "") + "…"
	}
	return strconv.Quote(s)
}
