package javatext

// Base64 appends what a text in base 64 stands for. Padding must be there, may
// be within, and white space may stand between groups of four: as Jackson reads it.
func Base64(dst, text []byte) ([]byte, bool) {
	for {
		for len(text) > 0 && text[0] <= ' ' {
			text = text[1:]
		}
		if len(text) == 0 {
			return dst, true
		}
		if len(text) < 4 {
			return dst, false
		}
		a, b, c, d := base64Digit[text[0]], base64Digit[text[1]], base64Digit[text[2]], base64Digit[text[3]]
		if a|b > 63 {
			return dst, false
		}
		dst = append(dst, a<<2|b>>4)
		if c <= 63 {
			dst = append(dst, b<<4|c>>2)
			if d <= 63 {
				dst = append(dst, c<<6|d)
			} else if text[3] != '=' {
				return dst, false
			}
		} else if text[2] != '=' || text[3] != '=' {
			return dst, false
		}
		text = text[4:]
	}
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// base64Digit is the value of each digit, 255 of all else.
var base64Digit = func() (t [256]byte) {
	for i := range t {
		t[i] = 255
	}
	for i, c := range []byte(base64Digits) {
		t[c] = byte(i)
	}
	return t
}()
