package shell

// fold keeps the lines of a result that still hold: what is taken back is taken out, and what
// replaces it by an update stands in its place. A line that is taken back before it is there
// changes nothing (MEANING.md, section 2).
type fold struct {
	lines []string
	there []bool
	at    map[string][]int32 // where a line stands, latest last; nil: none will be taken back
	gone  int
	bytes int
}

// newFold returns an empty fold. final: remove will not be called.
func newFold(final bool) *fold {
	if final {
		return &fold{}
	}
	return &fold{at: map[string][]int32{}}
}

// add adds a line, at place, if that is free, else behind all.
func (f *fold) add(line []byte, place int) {
	text := string(line)
	f.bytes += len(text) + 48 // and its share of the index
	if place >= 0 && place < len(f.lines) && !f.there[place] {
		f.gone--
	} else {
		place = len(f.lines)
		f.lines, f.there = append(f.lines, ""), append(f.there, false)
	}
	f.lines[place], f.there[place] = text, true
	if f.at != nil {
		f.at[text] = append(f.at[text], int32(place))
	}
}

// remove takes the latest line that is equal out and returns its place, -1 if there is none.
func (f *fold) remove(line []byte) int {
	places := f.at[string(line)]
	if len(places) == 0 {
		return -1
	}
	place := int(places[len(places)-1])
	if len(places) == 1 {
		delete(f.at, string(line))
	} else {
		f.at[string(line)] = places[:len(places)-1]
	}
	f.bytes -= len(line) + 48
	f.lines[place], f.there[place] = "", false
	if f.gone++; f.gone > 1024 && f.gone > len(f.lines)*3/4 {
		return f.compact(place)
	}
	return place
}

// compact closes the gaps but one, whose new place it returns.
func (f *fold) compact(keep int) int {
	n := 0
	clear(f.at)
	for i, text := range f.lines {
		switch {
		case i == keep:
			keep = n
		case !f.there[i]:
			continue
		default:
			f.at[text] = append(f.at[text], int32(n))
		}
		f.lines[n], f.there[n] = text, f.there[i]
		n++
	}
	clear(f.lines[n:])
	f.lines, f.there, f.gone = f.lines[:n], f.there[:n], 1
	return keep
}

// each calls visit with the lines that hold, in order. The line must not be changed.
func (f *fold) each(visit func(line []byte)) {
	var buf []byte
	for i, text := range f.lines {
		if f.there[i] {
			buf = append(buf[:0], text...)
			visit(buf)
		}
	}
}
