package http

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// An Answer is what a server sent, for probes that know what it means.
type Answer struct {
	// Place says what was asked, for messages: GET http://…
	Place  string
	Status int
	Header http.Header
	Body   []byte
	Took   time.Duration

	asker *asker
	resp  *http.Response
}

// Fetch sends the request of c once and returns the complete answer, whatever
// its status; what c expects is not looked at. The error is one of a probe: no
// answer, an incomplete one, or one that is longer than MaxBytes.
func Fetch(ctx context.Context, c Config) (*Answer, error) {
	a := newAsker(c)
	limited, cancel := context.WithTimeout(ctx, a.RequestTimeout.Std())
	defer cancel()
	started := time.Now()
	resp, err := a.send(ctx, limited)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := a.read(resp)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(strings.NewReader(string(body[:min(len(body), longest)])))
	return &Answer{
		Place: a.place, Status: resp.StatusCode, Header: resp.Header, Body: body,
		Took: time.Since(started), asker: a, resp: resp,
	}, nil
}

// JSON reads the body into v. The error is an answer that says what came
// instead.
func (a *Answer) JSON(v any) error {
	if err := json.Unmarshal(a.Body, v); err != nil {
		return probe.NotYet(probe.Content, "%s: want JSON, got %s", a.Place, bodyWords(a.resp, a.Body))
	}
	return nil
}

// Unexpected is the answer about a status that is not the wanted one, with what
// the server says about it. Who is not let in is refused; time may change the
// rest.
func (a *Answer) Unexpected(want string) error {
	text := fmt.Sprintf("%s: %s, want %s%s", a.Place, statusText(a.resp), want, a.asker.reason(a.resp))
	if a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden {
		return probe.Refusal("%s", text)
	}
	return probe.NotYet(statusCause(a.Status), "%s", text)
}

// longest is how much of a server's own words a message repeats, in bytes.
const longest = 300

// Text is the body on one line of bounded length, for servers that explain
// themselves in plain text.
func (a *Answer) Text() string { return Line(string(a.Body[:min(len(a.Body), 4*longest)])) }

// Line puts what somebody else wrote on one line of bounded length, without
// characters that a terminal would act on.
func Line(text string) string {
	printable := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text, ""))
	line := strings.Join(strings.Fields(printable), " ")
	if len(line) <= longest {
		return line
	}
	return strings.ToValidUTF8(line[:longest], "") + "…"
}
