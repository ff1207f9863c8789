package dump

import (
	"bytes"
	"errors"
	"io"
)

// magic begins every dump in pg_dump's custom format.
const magic = "PGDMP"

// trailer is what the command writes after pg_dump was content. The dump itself
// does not say where it ends, and a connection that was cut looks like the end:
// without these bytes it was one.
const trailer = "\nsafesync-hook: pg_dump is complete\n"

// A stream passes a dump on as it comes, without its trailer.
type stream struct {
	next   io.Writer
	held   []byte // what may be the trailer
	passed int64
	// foreign is true where the first bytes are not those of a dump.
	foreign bool
}

var errForeign = errors.New("not a dump in the custom format")

// Write implements [io.Writer].
func (s *stream) Write(p []byte) (int, error) {
	s.held = append(s.held, p...)
	if s.passed == 0 && len(s.held) >= len(magic) && !bytes.HasPrefix(s.held, []byte(magic)) {
		s.foreign = true
		return 0, errForeign
	}
	n := len(s.held) - len(trailer)
	if n <= 0 {
		return len(p), nil
	}
	if _, err := s.next.Write(s.held[:n]); err != nil {
		return 0, err
	}
	s.passed += int64(n)
	s.held = s.held[:copy(s.held, s.held[n:])]
	return len(p), nil
}

// complete reports whether the stream ended as it should.
func (s *stream) complete() bool { return s.passed > 0 && string(s.held) == trailer }

// A lines counts the entries in what pg_restore lists: every line that is no
// comment.
type lines struct {
	entries int
	begun   bool // inside a line
}

// Write implements [io.Writer].
func (l *lines) Write(p []byte) (int, error) {
	for _, c := range p {
		if !l.begun && c != ';' && c != '\n' {
			l.entries++
		}
		l.begun = c != '\n'
	}
	return len(p), nil
}
