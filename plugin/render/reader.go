package render

import (
	"bytes"
	"io"
	"io/fs"
)

// A reader reads files one after another.
type reader struct {
	repo fs.FS
	// reuse reads each into the memory of the one before.
	reuse bool
	buf   []byte
}

// reader reads the files of the repository. With a place for texts, nobody keeps
// what was read.
func (req Request) reader() reader { return reader{repo: req.Repo, reuse: req.Store != nil} }

// roomy is more than most files have.
const roomy = 64 << 10

// read reads a file, and no more of it than it takes to see that it has more than
// most bytes.
func (r *reader) read(name string, most int64) ([]byte, error) {
	f, err := r.repo.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	switch {
	case !r.reuse:
		info, err := f.Stat()
		if err != nil {
			return nil, err
		}
		r.buf = make([]byte, 0, min(info.Size(), most)+bytes.MinRead) // with room for one more read it does not grow to find the end
	case r.buf == nil:
		r.buf = make([]byte, 0, roomy)
	}
	data := bytes.NewBuffer(r.buf[:0])
	_, err = data.ReadFrom(io.LimitReader(f, most+1))
	r.buf = data.Bytes()
	return r.buf, err
}
