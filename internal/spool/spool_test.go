package spool_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/spool"
)

// texts are different, and together larger than what stays on the heap.
func texts() [][]byte {
	var out [][]byte
	for i := range 100 {
		out = append(out, bytes.Repeat([]byte{byte(i), byte(i + 1)}, 10_000+i*317))
	}
	return out
}

func TestWhatIsKeptStaysAsItWas(t *testing.T) {
	s := spool.New(t.TempDir())
	defer s.Close()
	var kept [][]byte
	for _, text := range texts() {
		buf := bytes.Clone(text)
		kept = append(kept, s.Keep(buf))
		clear(buf)
	}
	for range 3 {
		for i, want := range texts() {
			s.Touch(kept[i])
			assert.Assert(t, bytes.Equal(kept[i], want), "text %d", i)
		}
	}
	assert.Equal(t, cap(kept[99]), len(kept[99])) // an append makes a copy
}

func TestTheFileHasNoName(t *testing.T) {
	dir := t.TempDir()
	s := spool.New(dir)
	s.Keep(make([]byte, 4<<20))
	left, err := os.ReadDir(dir)
	assert.NilError(t, err)
	assert.Equal(t, len(left), 0)
	assert.NilError(t, s.Close())
	assert.NilError(t, s.Close())
}

func TestWithoutAPlaceForAFileTheHeapKeeps(t *testing.T) {
	s := spool.New(filepath.Join(t.TempDir(), "none"))
	defer s.Close()
	for _, text := range texts() {
		kept := s.Keep(text)
		s.Touch(kept)
		assert.Assert(t, bytes.Equal(kept, text))
	}
	all := bytes.Join(texts(), nil)
	got, err := s.ReadAll(bytes.NewReader(all), 1<<30)
	assert.NilError(t, err)
	assert.Assert(t, bytes.Equal(got, all))
}

func TestReadAllReadsToTheEndOrTheBound(t *testing.T) {
	all := bytes.Join(texts(), nil)
	for name, r := range map[string]func([]byte) io.Reader{
		"at once":       func(b []byte) io.Reader { return bytes.NewReader(b) },
		"in halves":     func(b []byte) io.Reader { return iotest.HalfReader(bytes.NewReader(b)) },
		"end with data": func(b []byte) io.Reader { return iotest.DataErrReader(bytes.NewReader(b)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := spool.New(t.TempDir())
			defer s.Close()
			s.Keep([]byte("before"))
			for _, size := range []int{0, 1, 1 << 18, 1 << 20, 1<<20 + 1, len(all)} {
				got, err := s.ReadAll(r(all[:size]), 1<<30)
				assert.NilError(t, err)
				assert.Assert(t, bytes.Equal(got, all[:size]), "%d bytes", size)
			}
			got, err := s.ReadAll(r(all), 2<<20)
			assert.NilError(t, err)
			assert.Assert(t, bytes.Equal(got, all[:2<<20]))
		})
	}
}

func TestReadAllReturnsTheErrorOfTheReader(t *testing.T) {
	broken := errors.New("broken pipe")
	for _, before := range []int{0, 5 << 20} {
		s := spool.New(t.TempDir())
		_, err := s.ReadAll(io.MultiReader(bytes.NewReader(make([]byte, before)), iotest.ErrReader(broken)), 1<<30)
		assert.ErrorIs(t, err, broken)
		assert.NilError(t, s.Close())
	}
}
