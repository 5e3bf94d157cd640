package twin

import "errors"

// like matches text with a LIKE pattern: % stands for any text, _ for one character
// that does not end a line, the escape character makes the next literal.
func like(text, pattern, escape []rune) (bool, error) {
	if len(escape) > 1 {
		return false, errors.New("the escape of LIKE is more than one character")
	}
	if len(pattern) == 0 {
		return len(text) == 0, nil
	}
	p := pattern[0]
	switch {
	case len(escape) == 1 && p == escape[0]:
		if len(pattern) < 2 || pattern[1] != '%' && pattern[1] != '_' && pattern[1] != escape[0] {
			return false, errors.New("invalid escape sequence in LIKE")
		}
		if len(text) == 0 || text[0] != pattern[1] {
			return false, nil
		}
		return like(text[1:], pattern[2:], escape)
	case p == '%':
		for i := 0; i <= len(text); i++ {
			if ok, err := like(text[i:], pattern[1:], escape); ok || err != nil {
				return ok, err
			}
		}
		return false, nil
	case len(text) == 0:
		return false, nil
	case p == '_':
		switch text[0] {
		case '\n', '\r', '\u0085', '\u2028', '\u2029':
			return false, nil
		}
	case p != text[0]:
		return false, nil
	}
	return like(text[1:], pattern[1:], escape)
}
