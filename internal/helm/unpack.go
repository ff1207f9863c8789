package helm

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
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
// each, whatever their number, so they are counted first; and where it refuses one
// it does not say which.
func unpack(data []byte) ([]*archive.BufferedFile, error) {
	if err := lookOver(data); err != nil {
		return nil, err
	}
	return archive.LoadArchiveFiles(bytes.NewReader(data))
}

// lookOver refuses an archive that has too many files, or one outside its chart. One
// that cannot be read is left to Helm, which has the reason.
func lookOver(data []byte) error {
	unzipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	left := &io.LimitedReader{R: unzipped, N: maxTar}
	in := tar.NewReader(left)
	for range maxFiles + 1 {
		file, err := in.Next()
		switch {
		case err != nil && left.N == 0:
			return errLarge
		case err != nil:
			return nil //nolint:nilerr // see above
		case leadsOut(file):
			return errOutside(file.Name)
		}
	}
	return errManyFiles
}

// errOutside is the name of a file that lies outside its chart.
type errOutside string

func (e errOutside) Error() string {
	return fmt.Sprintf("it has %q, which is outside the chart", string(e))
}

// leadsOut reports whether a file lies outside its chart, which is the first folder
// of the name. As for Helm, a name with \ in it is one of Windows.
func leadsOut(file *tar.Header) bool {
	if file.FileInfo().IsDir() || file.Typeflag == tar.TypeXGlobalHeader || file.Typeflag == tar.TypeXHeader {
		return false // Helm does not look at these
	}
	separator := "/"
	if strings.Contains(file.Name, `\`) {
		separator = `\`
	}
	_, name, _ := strings.Cut(file.Name, separator)
	name = path.Clean(strings.ReplaceAll(name, separator, "/"))
	return name == ".." || strings.HasPrefix(name, "../")
}

// unpackable is why an archive is none.
func unpackable(err error) string {
	_, outside := errors.AsType[errOutside](err)
	switch {
	case outside, errors.Is(err, errManyFiles), errors.Is(err, errLarge):
		return short(err.Error())
	case strings.Contains(err.Error(), "larger than the maximum size"):
		return errLarge.Error()
	}
	return short(err.Error())
}
