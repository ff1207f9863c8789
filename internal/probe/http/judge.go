package http

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// defaultStatus counts when a step expects no status.
var defaultStatus = hookspec.StatusList{{{Low: 200, High: 299}}}

// judge compares an answer with what is expected, the cheap things first: the
// body is read only when something is expected of it.
func (a *asker) judge(resp *http.Response) error {
	for _, compare := range []func(*http.Response) error{a.judgeStatus, a.judgeHeaders, a.judgeBody} {
		if err := compare(resp); err != nil {
			return err
		}
	}
	return nil
}

func (a *asker) judgeStatus(resp *http.Response) error {
	want := a.Expect.Status
	if len(want) == 0 {
		want = defaultStatus
	}
	if want.Has(resp.StatusCode) {
		return nil
	}
	got := statusText(resp)
	if to := resp.Header.Get("Location"); to != "" {
		got += " to " + begin([]byte(to))
	}
	return a.notYet(statusCause(resp.StatusCode), "%s, want %s%s", got, want, a.reason(resp))
}

// statusCause is the cause of an answer that has the wrong status.
func statusCause(code int) probe.Cause { return probe.Cause(strconv.Itoa(code)) }

// reason is what a server says in plain text about a status that was not
// wanted, such as why it is not ready; "" when it says no more than the status.
func (a *asker) reason(resp *http.Response) string {
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if media != "text/plain" {
		return ""
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, beginning+utf8.UTFMax))
	text := strings.ToLower(string(body))
	if strings.TrimSpace(text) == "" || strings.Contains(text, strings.ToLower(http.StatusText(resp.StatusCode))) {
		return ""
	}
	return ": " + begin(body)
}

func (a *asker) judgeHeaders(resp *http.Response) error {
	if want := a.Expect.ContentType; want != "" {
		got, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
		if err != nil || !strings.EqualFold(got, want) {
			return a.notYet("", "want %s, got %s", want, media(resp))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.Expect.Headers)) {
		values := resp.Header.Values(name)
		if wrong := a.Expect.Headers[name].Judge(name, strings.Join(values, ", "), len(values) > 0); wrong != "" {
			return a.notYet("", "header %s", wrong)
		}
	}
	return nil
}

func (a *asker) judgeBody(resp *http.Response) error {
	if !a.Expect.Body() {
		return nil
	}
	body, err := a.read(resp)
	if err != nil {
		return err
	}
	for _, want := range a.Expect.Contains {
		if !bytes.Contains(body, []byte(want)) {
			return a.notYet("", "want a body that contains %q, got %s", want, bodyWords(resp, body))
		}
	}
	for _, want := range a.Expect.Matches {
		re, err := regexp.Compile(string(want))
		if err != nil || !re.Match(body) {
			return a.notYet("", "want a body that matches %q, got %s", string(want), bodyWords(resp, body))
		}
	}
	if len(a.Expect.JSON) == 0 {
		return nil
	}
	return a.judgeJSON(resp, body)
}

func (a *asker) judgeJSON(resp *http.Response, body []byte) error {
	document, ok := decode(body)
	if !ok {
		return a.notYet("", "want JSON, got %s", bodyWords(resp, body))
	}
	for _, path := range slices.Sorted(maps.Keys(a.Expect.JSON)) {
		if wrong := a.Expect.JSON[path].Test(path, document); wrong != "" {
			return a.notYet("", "json %s", wrong)
		}
	}
	return nil
}

// decode reads one JSON document with nothing after it. Numbers keep their
// text, so that a large one compares exactly as it is written.
func decode(body []byte) (document any, ok bool) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&document) != nil {
		return nil, false
	}
	_, err := d.Token()
	return document, errors.Is(err, io.EOF)
}

// notYet is an answer of the server that is not the expected one.
func (a *asker) notYet(cause probe.Cause, format string, args ...any) error {
	if cause == "" {
		cause = probe.Content
	}
	return probe.NotYet(cause, "%s: "+format, append([]any{a.place}, args...)...)
}
