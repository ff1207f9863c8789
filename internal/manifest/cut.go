package manifest

import "bytes"

// normalised returns a document with line feeds for line ends, one behind the last
// line too, as apimachinery's YAMLReader hands documents on.
func normalised(data []byte) []byte {
	if bytes.IndexByte(data, '\r') >= 0 {
		data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	}
	if len(data) > 0 && data[len(data)-1] != '\n' {
		data = append(data[:len(data):len(data)], '\n')
	}
	return data
}

// cutDocument cuts the first document off a stream, as apimachinery's
// YAMLReader does: a marker ends it and is swallowed, but one at its beginning is
// a part of it. Ok is false if a marker goes on with more than a comment.
func cutDocument(data []byte) (chunk, rest []byte, ok bool) {
	if !isSeparator(data) {
		return nil, nil, false
	}
	at := bytes.Index(data, []byte("\n---")) + 1
	if at == 0 {
		return data, nil, true
	}
	_, rest, _ = bytes.Cut(data[at:], []byte("\n"))
	return data[:at], rest, isSeparator(data[at:])
}

// isSeparator reports whether the first line is a marker with nothing but a
// comment behind it, or no marker at all.
func isSeparator(data []byte) bool {
	after, found := bytes.CutPrefix(data, []byte("---"))
	if !found {
		return true
	}
	line, _, _ := bytes.Cut(after, []byte("\n"))
	line = bytes.TrimSpace(line)
	return len(line) == 0 || line[0] == '#'
}

// skipToContent drops markers, comments and empty lines from the beginning.
func skipToContent(chunk []byte) []byte {
	rest := chunk
	for len(rest) > 0 {
		line, after, _ := bytes.Cut(rest, []byte("\n"))
		trimmed := bytes.TrimSpace(line)
		if len(trimmed) > 0 && trimmed[0] != '#' && !bytes.HasPrefix(line, []byte("---")) {
			return rest
		}
		rest = after
	}
	return chunk
}

// losesLastLine reports whether apimachinery's reader drops the last line of a stream:
// it reads lines in parts of so many bytes, and does not look at one that ends with
// such a part where the stream ends too.
func losesLastLine(data []byte) bool {
	const part = 4096
	last := data[bytes.LastIndexByte(data, '\n')+1:]
	return len(last) > 0 && len(last)%part == 0 && !bytes.HasPrefix(last, []byte("---"))
}
