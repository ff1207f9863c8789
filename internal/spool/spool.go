// Package spool keeps bytes outside the heap: in a private temporary file without
// a name that is mapped into memory, so that what nobody looks at takes none.
//
// It knows files and memory, and not what the bytes mean.
package spool

import (
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"
)

const (
	// inMemory is how much stays on the heap: most applications are smaller, and
	// never see a file.
	inMemory = 1 << 20
	// room is the part of the address space that is set aside; what is beyond it
	// stays on the heap. It is twice what Argo CD takes from a plugin.
	room = 256 << 20
	// step is how much is read at once.
	step = 256 << 10
	// window is what the kernel maps at a touch, and most is how many of them are
	// in memory at once: 2 MB.
	window, most = 64 << 10, 32
)

// A Spool keeps bytes. Where no file can be made or grown it keeps them on the
// heap, so that a full disk costs memory and nothing else. It may be used by many
// goroutines at once.
type Spool struct {
	dir string

	mu     sync.Mutex
	heap   int
	file   *os.File
	none   bool // no file can be had
	used   int
	mapped []byte

	base          atomic.Uintptr // of mapped
	last, windows atomic.Int64
}

// New returns a spool whose file is made in dir when it is needed; "" is the
// directory for temporary files.
func New(dir string) *Spool { return &Spool{dir: dir} }

// Keep returns a copy of data, good until Close. It must not be changed, and
// Touch must be told when it is read.
func (s *Spool) Keep(data []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.heap+len(data) <= inMemory {
		s.heap += len(data)
		return append(make([]byte, 0, len(data)), data...)
	}
	if at := s.used; s.write(data) {
		return s.mapped[at:s.used:s.used]
	}
	return append(make([]byte, 0, len(data)), data...)
}

// ReadAll is Keep for what r has, up to this many bytes.
func (s *Spool) ReadAll(r io.Reader, atMost int64) ([]byte, error) {
	r = io.LimitReader(r, atMost)
	first := make([]byte, 0, step)
	for len(first) < inMemory {
		n, err := r.Read(first[len(first):cap(first)])
		first = first[:len(first)+n]
		if errors.Is(err, io.EOF) {
			return first, nil
		}
		if err != nil {
			return nil, err
		}
		if len(first) == cap(first) {
			first = append(make([]byte, 0, 2*cap(first)), first...)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.used
	if !s.write(first) {
		return appendAll(first, r)
	}
	for buf := make([]byte, step); ; {
		n, err := r.Read(buf)
		if n > 0 && !s.write(buf[:n]) {
			return appendAll(append(append([]byte(nil), s.mapped[at:s.used]...), buf[:n]...), r)
		}
		if errors.Is(err, io.EOF) {
			return s.mapped[at:s.used:s.used], nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// appendAll reads the rest where no file can be had.
func appendAll(data []byte, r io.Reader) ([]byte, error) {
	rest, err := io.ReadAll(r)
	return append(data, rest...), err
}

// write puts data at the end of the file. What is written through a descriptor has
// its place on the disk: reading it back through memory cannot fail for want of
// space, as writing it through memory could.
func (s *Spool) write(data []byte) bool {
	if s.none || s.used+len(data) > room {
		return false
	}
	if s.file == nil && !s.open() {
		s.none = true
		return false
	}
	if n, err := s.file.WriteAt(data, int64(s.used)); err != nil || n < len(data) {
		return false
	}
	s.used += len(data)
	return true
}

// open makes the file, and takes its name away so that nobody else finds it and
// nothing has to be cleaned up.
func (s *Spool) open() bool {
	f, err := os.CreateTemp(s.dir, "safesync-")
	if err != nil {
		return false
	}
	if err := os.Remove(f.Name()); err != nil {
		_ = f.Close()
		return false
	}
	mapped, err := syscall.Mmap(int(f.Fd()), 0, room, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		_ = f.Close()
		return false
	}
	s.file, s.mapped = f, mapped
	s.base.Store(address(mapped))
	return true
}

// Touch says that part of what was kept is about to be read. Now and then it lets
// the pages that were read go: the file still has them.
func (s *Spool) Touch(part []byte) {
	base := s.base.Load()
	if base == 0 || len(part) == 0 {
		return
	}
	at := address(part) - base // of what is elsewhere, beyond all that is mapped
	if at >= room {
		return
	}
	first, last := int64(at/window), int64((at+uintptr(len(part))-1)/window)
	if first == last && s.last.Load() == last {
		return
	}
	s.last.Store(last)
	if s.windows.Add(last-first+1) > most {
		s.windows.Store(0)
		release(s.mapped)
	}
}

// address is where data is. It is compared, and never followed.
func address(data []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(data))) }

// Close gives everything back. Nothing that was kept may be read any more.
func (s *Spool) Close() error {
	if s.file == nil {
		return nil
	}
	s.base.Store(0)
	err := errors.Join(syscall.Munmap(s.mapped), s.file.Close())
	s.file, s.mapped, s.none = nil, nil, true
	return err
}
