package helm

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	"helm.sh/helm/v4/pkg/chart/loader/archive"
)

// maxTar bounds an archive unpacked, with what tar adds to each file.
const maxTar = maxChart + maxFiles*2<<10

var (
	errManyFiles = fmt.Errorf("it has more than %d files", maxFiles)
	errLarge     = fmt.Errorf("it has more than %d MB unpacked", maxChart>>20)
)

// unpack reads the files of an archive. Helm's own function takes a kilobyte for
// each, whatever their number, so they are counted first.
func unpack(data []byte) ([]*archive.BufferedFile, error) {
	if err := countFiles(data); err != nil {
		return nil, err
	}
	return archive.LoadArchiveFiles(bytes.NewReader(data))
}

// countFiles refuses an archive that has too many files. One that cannot be read is
// left to Helm, which has the reason.
func countFiles(data []byte) error {
	unzipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	left := &io.LimitedReader{R: unzipped, N: maxTar}
	in := tar.NewReader(left)
	for range maxFiles + 1 {
		if _, err := in.Next(); err != nil {
			if left.N == 0 {
				return errLarge
			}
			return nil //nolint:nilerr // see above
		}
	}
	return errManyFiles
}

// unpackable is why an archive is none.
func unpackable(err error) string {
	switch {
	case errors.Is(err, errManyFiles), errors.Is(err, errLarge):
		return err.Error()
	case strings.Contains(err.Error(), "larger than the maximum size"):
		return errLarge.Error()
	}
	return short(err.Error())
}
