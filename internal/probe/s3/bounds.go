package s3

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// maxAnswer is how much of an answer is read: a page of a list has at most
	// 1000 keys of at most 1024 bytes, each several times as long in XML.
	maxAnswer = 8 << 20
	// slowestUpload is how many bytes a second must get through, besides the time
	// that every request has: 1 Mbit, so that a part of a dump is not given up on
	// a home's line.
	slowestUpload = 128 << 10
	// maxHeaderBytes bounds the header of an answer.
	maxHeaderBytes = 64 << 10
	// beginning is how much of a foreign text a message shows, in bytes.
	beginning = 80
)

func connections(trust *tls.Config) *http.Transport {
	return &http.Transport{
		// No proxy: the way to a Service leads through the cluster's network.
		Proxy:           nil,
		TLSClientConfig: trust,
		// A small compressed answer can hold gigabytes.
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
}

// bounds limits every request: how long it takes with its answer, and how much
// the answer may be. It refuses what no S3 server says, which the client library
// would take for a yes.
type bounds struct {
	next  http.RoundTripper
	limit time.Duration
}

// RoundTrip implements [http.RoundTripper].
func (b *bounds) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	limit := b.limit + time.Duration(req.ContentLength/slowestUpload)*time.Second
	slow := time.AfterFunc(limit, func() { cancel(errSlow) })
	resp, err := b.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		defer cancel(nil)
		slow.Stop()
		return nil, reading(ctx, err)
	}
	answer := &body{ReadCloser: resp.Body, ctx: ctx, slow: slow, cancel: cancel, left: maxAnswer}
	if req.Context().Value(streaming{}) != nil {
		slow.Stop() // the step's own time bounds it, and whoever reads it keeps nothing
		answer.left = unbounded
	}
	resp.Body = answer
	if foreign(resp) {
		defer resp.Body.Close()
		return nil, describe(resp)
	}
	return resp, nil
}

// streaming is the key of a context whose answers may have any length.
type streaming struct{}

const unbounded = -1

// What ends an answer before its end.
var (
	errSlow = errors.New("no complete answer in time")
	errLong = fmt.Errorf("an answer of more than %d bytes", maxAnswer)
	errCut  = errors.New("the connection was closed in the middle of the answer")
)

// reading names what ended an answer: the library looks for EOF in texts, and
// then forgets the reason.
func reading(ctx context.Context, err error) error {
	switch {
	case errors.Is(context.Cause(ctx), errSlow):
		return errSlow
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return errCut
	}
	return err
}

// A body is an answer within its bounds.
type body struct {
	io.ReadCloser
	ctx    context.Context
	slow   *time.Timer
	cancel context.CancelCauseFunc
	left   int64
}

// Read reads no more than there may be.
func (b *body) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, errLong
	}
	if b.left != unbounded {
		p = p[:min(int64(len(p)), b.left)]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left != unbounded {
		b.left -= int64(n)
	}
	if err != nil && err != io.EOF { //nolint:errorlint // the one that ends every reader, as it is
		err = reading(b.ctx, err)
	}
	return n, err
}

// Close ends the request, also that of a server which never ends its answer.
func (b *body) Close() error {
	b.slow.Stop()
	b.cancel(nil)
	return b.ReadCloser.Close()
}

// foreign reports whether resp is a page for people, such as that of a console
// or of a proxy: the library takes any 200 for a yes. Objects can be such pages
// too, but then the server has numbered its answer.
func foreign(resp *http.Response) bool {
	return media(resp) == "text/html" && resp.Header.Get("X-Amz-Request-Id") == ""
}

// A foreignAnswer is one that no S3 server gives.
type foreignAnswer struct{ words string }

func (f *foreignAnswer) Error() string { return f.words }

func describe(resp *http.Response) *foreignAnswer {
	words := fmt.Sprintf("%d with %s", resp.StatusCode, media(resp))
	text, _ := io.ReadAll(io.LimitReader(resp.Body, beginning+utf8.UTFMax))
	if len(text) > 0 {
		words += " that begins with " + begin(text)
	}
	return &foreignAnswer{words: words}
}

func media(resp *http.Response) string {
	got, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		return "no media type"
	}
	return got[:min(len(got), beginning)]
}

// begin quotes the first line of a foreign text, or as much of it as a message
// can bear.
func begin(text []byte) string {
	s := strings.TrimSpace(strings.ToValidUTF8(string(text[:min(len(text), beginning)]), ""))
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		s = s[:i] + "…"
	} else if len(text) > beginning {
		s += "…"
	}
	return strconv.Quote(s)
}
