package json

// array converts an array.
func (r *reader) array(n *node, i, row int) int {
	if r.data[i] != '[' {
		return r.mismatch(n, i, row, "expected an array")
	}
	if r.depth >= maxDepth {
		return r.fail(i, "objects and arrays nest deeper than 1000 levels")
	}
	r.depth++
	i = r.space(i + 1)
	if r.at(i) == ']' {
		i++
	} else {
		for {
			if i >= r.end {
				return r.expected(i, "a value")
			}
			n.elem.vec.Extend(1)
			if i = r.convert(n.elem, i, n.elem.vec.Len()-1); i < 0 {
				return i
			}
			i = r.space(i)
			c := r.at(i)
			if c == ',' {
				i = r.space(i + 1)
				continue
			}
			if c != ']' {
				return r.expected(i, "',' or ']'")
			}
			i++
			break
		}
	}
	r.depth--
	n.vec.EndList(row)
	return i
}

// keySpan is a key of a map and where its value stands.
type keySpan struct {
	key   Span
	plain bool // without escapes
	value int
}

// mapping converts an object into a MAP or MULTISET. It is walked over once to see
// which keys there are: of a key that is there twice, the last value counts. To Flink's
// tree of nodes, what is no object is one without members.
func (r *reader) mapping(n *node, i, row int) int {
	if r.data[i] != '{' {
		if !r.set.Tree {
			return r.mismatch(n, i, row, "expected an object")
		}
		end := r.skip(i)
		if end >= 0 {
			n.vec.EndList(row)
		}
		return end
	}
	first := len(r.keys)
	end := r.mapKeys(i, first)
	if end < 0 {
		return end
	}
	r.depth++
	for k := first; k < len(r.keys); k++ {
		e := r.keys[k]
		key, elem := n.key.vec, n.elem.vec
		key.Extend(1)
		elem.Extend(1)
		at := key.Len() - 1
		if raw := r.data[e.key.From:e.key.To]; e.plain {
			key.SetView(at, n.key.buffer, e.key.From, raw)
		} else {
			r.scratch = unescape(r.scratch[:0], raw)
			key.SetBytes(at, r.scratch)
		}
		if r.convert(n.elem, e.value, at) < 0 {
			return -1
		}
	}
	r.depth--
	r.keys = r.keys[:first]
	n.vec.EndList(row)
	return end
}

// mapKeys lists the distinct keys of the object at i and their last values.
func (r *reader) mapKeys(i, first int) int {
	if r.depth >= maxDepth {
		return r.fail(i, "objects and arrays nest deeper than 1000 levels")
	}
	r.depth++
	var byKey map[string]int
	i = r.space(i + 1)
	if r.at(i) == '}' {
		r.depth--
		return i + 1
	}
	for {
		if r.at(i) != '"' {
			return r.expected(i, "a key in quotes")
		}
		end, escaped := r.text(i + 1)
		if end < 0 {
			return end
		}
		e := keySpan{key: Span{i + 1, end}, plain: !escaped}
		if e.value = r.colon(end + 1); e.value < 0 {
			return -1
		}
		if old := r.findKey(first, e, &byKey); old >= 0 {
			r.keys[old].value = e.value
		} else {
			r.keys = append(r.keys, e)
		}
		if i = r.skip(e.value); i < 0 {
			return i
		}
		i = r.space(i)
		switch r.at(i) {
		case ',':
			i = r.space(i + 1)
		case '}':
			r.depth--
			return i + 1
		default:
			return r.expected(i, "',' or '}'")
		}
	}
}

// findKey looks for the key of e among those listed from first on, or answers -1.
// A few keys without escapes are compared one by one.
func (r *reader) findKey(first int, e keySpan, byKey *map[string]int) int {
	n := len(r.keys) - first
	if *byKey == nil && n <= 16 && e.plain {
		key := r.keyText(e)
		for k := first; k < len(r.keys); k++ {
			if string(r.keyText(r.keys[k])) == string(key) {
				return k
			}
		}
		return -1
	}
	if *byKey == nil {
		*byKey = make(map[string]int, 2*n)
		for k := first; k < len(r.keys); k++ {
			(*byKey)[string(r.keyText(r.keys[k]))] = k
		}
	}
	key := r.keyText(e)
	if k, ok := (*byKey)[string(key)]; ok {
		return k
	}
	(*byKey)[string(key)] = len(r.keys)
	return -1
}

// keyText is the text of a key; one with escapes lies in scratch until the next.
func (r *reader) keyText(e keySpan) []byte {
	raw := r.data[e.key.From:e.key.To]
	if e.plain {
		return raw
	}
	r.scratch = unescape(r.scratch[:0], raw)
	return r.scratch
}
