package manifest

// flow reads a flow collection that ends on its line, and returns the place
// behind it; 0 is refused.
func (r *recogniser) flow(at int) (after int) {
	if r.depth++; r.depth > deepest {
		return 0
	}
	defer func() { r.depth-- }()
	k, closing := flowMap, byte('}')
	if r.text[at] == '[' {
		k, closing = flowList, ']'
	}
	self, first := r.open(k, at, 0), len(r.keys)
	defer func() { r.keys = r.keys[:first] }()
	at = r.spaces(at + 1)
	for r.text[at] != closing {
		if k == flowMap {
			if at = r.flowKey(at, first); at == 0 {
				return 0
			}
		}
		if at = r.flowValue(at); at == 0 {
			return 0
		}
		at = r.spaces(at)
		switch r.text[at] {
		case ',':
			if at = r.spaces(at + 1); r.text[at] == closing {
				return 0
			}
		case closing:
		default:
			return 0
		}
	}
	r.nodes[self].next, r.nodes[self].end = uint32(len(r.nodes)), uint32(at+1)
	return at + 1
}

func (r *recogniser) spaces(at int) int {
	for r.text[at] == ' ' {
		at++
	}
	return at
}

// flowKey reads a key, its colon and the spaces behind it.
func (r *recogniser) flowKey(at, first int) (after int) {
	start, end, after := keyAt(r.text, at, r.end)
	if after == 0 || start == at && !flowPlain(r.text[start:end]) || !r.addKey(first, start, end) {
		return 0
	}
	return r.spaces(after)
}

// flowValue reads a value inside a flow collection.
func (r *recogniser) flowValue(at int) (after int) {
	switch c := r.text[at]; c {
	case '{', '[':
		return r.flow(at)
	case '"', '\'':
		return r.flowQuoted(at)
	default:
		if indicator[c] {
			return 0
		}
	}
	end := at
	for c := r.text[end]; c != ',' && c != ']' && c != '}' && c != '\n'; c = r.text[end] {
		end++
	}
	after = end
	for r.text[end-1] == ' ' {
		end--
	}
	text := r.text[at:end]
	if !flowPlain(text) || notText(text) {
		return 0
	}
	r.leaf(plain, at, end)
	return after
}

// flowQuoted reads a quoted scalar that ends on its line.
func (r *recogniser) flowQuoted(at int) (after int) {
	quote, k := r.text[at], single
	if quote == '"' {
		k = double
	}
	for i := at + 1; r.text[i] != '\n' && r.text[i] != '\t'; i++ {
		switch c := r.text[i]; {
		case c == quote && quote == '\'' && r.text[i+1] == '\'':
			i++
		case c == quote:
			r.leaf(k, at+1, i)
			return i + 1
		case c == '\\' && quote == '"':
			length := escapeLength(r.text[i:])
			if length == 0 {
				return 0
			}
			i += length - 1
		}
	}
	return 0
}

// flowPlain reports whether a text is a plain scalar in a flow collection for all
// parsers. They differ about colons, and about what a dash begins.
func flowPlain(text []byte) bool {
	if text[0] == '-' && (len(text) == 1 || indicator[text[1]]) {
		return false
	}
	for i, c := range text {
		switch c {
		case '{', '}', '[', ']', ',', '?', '\t', '"', '\'':
			return false
		case ':':
			if i+1 == len(text) || text[i+1] == ' ' || text[i+1] == ':' {
				return false
			}
		case '#':
			if i > 0 && text[i-1] == ' ' {
				return false
			}
		}
	}
	return true
}
