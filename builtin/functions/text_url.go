package functions

import (
	"bytes"
	"strconv"
	"strings"

	"tidemark.dev/function"
	"tidemark.dev/types"
)

// Functions over URLs and addresses.
var urlFunctions = []*function.Function{
	{
		Name: "PARSE_URL", Family: "string",
		Summary:  "a part of a URL: HOST, PATH, QUERY, REF, PROTOCOL, AUTHORITY, FILE or USERINFO, or the value of a key of the query; NULL for no such part and for a text that is no URL to Java (http, https, ftp, file, jar, mailto)",
		Syntax:   []string{"PARSE_URL(url, part [, key])"},
		Examples: examples("PARSE_URL('http://user:pw@example.com:80/a/b.php?k=v&l=w#top', 'HOST')", "example.com", "PARSE_URL('http://example.com/a?k=v&l=w', 'QUERY', 'l')", "w", "PARSE_URL('http://example.com/a?k=v', 'FILE')", "/a?k=v", "PARSE_URL('example.com', 'HOST')", "NULL"),
		Bind:     loose(types.TString, textKernel(parseURL), 1, anyText, anyText, anyText),
	},
	{
		Name: "URL_ENCODE", Family: "string", BareNull: true,
		Summary:  "the text as it stands in a form of HTML: blanks as +, all but letters, digits and .-*_ as %XX of their UTF-8",
		Syntax:   []string{"URL_ENCODE(text)"},
		Examples: examples("URL_ENCODE('a b&ü')", "a+b%26%C3%BC"),
		Bind:     loose(types.TString, texts(appendURLEncoded), 0, anyText),
	},
	{
		Name: "URL_DECODE", Family: "string", BareNull: true,
		Summary:  "takes back URL_ENCODE; NULL for a % without two hexadecimal digits",
		Syntax:   []string{"URL_DECODE(text)"},
		Examples: examples("URL_DECODE('a+b%26%C3%BC')", "a b&ü", "URL_DECODE('%x')", "NULL"),
		Bind:     loose(types.TString, textKernel(urlDecode), 0, anyText),
	},
	{
		Name: "INET_ATON", Family: "string", BareNull: true,
		Summary:  "the number of an IPv4 address; of fewer than four parts the last is the lowest byte; NULL for a part beyond 255 and for anything else",
		Syntax:   []string{"INET_ATON(text)"},
		Examples: examples("INET_ATON('127.0.0.1')", "2130706433", "INET_ATON('127.1')", "2130706433", "INET_ATON('256.0.0.1')", "NULL"),
		Bind:     loose(types.TBigInt, inetATON, 0, anyText),
	},
	{
		Name: "INET_NTOA", Family: "string", BareNull: true,
		Summary:  "the IPv4 address of a number; NULL for one below 0 or beyond 4294967295",
		Syntax:   []string{"INET_NTOA(number)"},
		Examples: examples("INET_NTOA(2130706433)", "127.0.0.1", "INET_NTOA(-1)", "NULL"),
		Bind:     loose(types.TString, textKernel(inetNTOA), 0, bigInt),
	},
}

// url is a URL taken apart by the rules of java.net.URL, which resolves and unescapes
// nothing. Of what may be missing the flag tells that it is there.
type url struct {
	protocol, host, path, authority, userInfo, query, ref string
	hasAuthority, hasUserInfo, hasQuery, hasRef           bool
}

// readURL takes a text apart:
//
//  1. Control characters and blanks around it go, and "url:" before it.
//  2. What stands before the first ':', if no '/' stands before that, is the protocol.
//  3. Behind '#' stands the ref; of a mailto and a jar all else is the path.
//  4. Behind '?' stands the query. Behind "//" stands the authority, up to the next '/':
//     [user-info@]host[:port]. The rest is the path.
func readURL(s string) (u url, ok bool) {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	if len(s) >= 4 && strings.EqualFold(s[:4], "url:") {
		s = s[4:]
	}
	end := strings.IndexAny(s, ":/")
	if end < 0 || s[end] != ':' || s[0] == '#' {
		return u, false
	}
	u.protocol = strings.ToLower(s[:end])
	s = s[end+1:]
	switch u.protocol {
	case "http", "https", "ftp", "file", "mailto", "jar":
	default:
		return u, false
	}
	s, u.ref, u.hasRef = strings.Cut(s, "#")
	switch u.protocol {
	case "mailto":
		u.path, u.hasRef = s, false
		return u, strings.TrimSpace(s) != ""
	case "jar":
		u.path = s
		return u, strings.Contains(s, "!/")
	}
	s, u.query, u.hasQuery = strings.Cut(s, "?")
	if rest, found := strings.CutPrefix(s, "//"); found && !strings.HasPrefix(s, "////") {
		slash := strings.IndexByte(rest, '/')
		if slash < 0 {
			slash = len(rest)
		}
		u.authority, u.hasAuthority = rest[:slash], true
		s = rest[slash:]
		if !u.readAuthority() {
			return u, false
		}
	}
	u.path = s
	return u, true
}

func (u *url) readAuthority() bool {
	host := u.authority
	if at := strings.IndexByte(host, '@'); at >= 0 {
		if strings.Count(host, "@") > 1 {
			return true // no host of a server
		}
		u.userInfo, u.hasUserInfo = host[:at], true
		host = host[at+1:]
	}
	port := ""
	if strings.HasPrefix(host, "[") {
		end := strings.IndexByte(host, ']')
		if end <= 2 {
			return false
		}
		u.host = host[:end+1]
		if rest := host[end+1:]; rest != "" {
			if rest[0] != ':' {
				return false
			}
			port = rest[1:]
		}
	} else {
		u.host, port, _ = strings.Cut(host, ":")
	}
	if port == "" {
		return true
	}
	n, err := strconv.ParseInt(port, 10, 32)
	return err == nil && n >= -1
}

func parseURL(c *function.Call, dst []byte, i int) ([]byte, bool) {
	u, ok := readURL(types.View(text(c, 0, i)))
	if !ok {
		return dst, false
	}
	part := types.View(text(c, 1, i))
	if len(c.Args) > 2 {
		if part != "QUERY" || !u.hasQuery {
			return dst, false
		}
		return queryValue(dst, u.query, types.View(text(c, 2, i)))
	}
	s := ""
	switch part {
	case "HOST":
		s = u.host
	case "PATH":
		s = u.path
	case "QUERY":
		s, ok = u.query, u.hasQuery
	case "REF":
		s, ok = u.ref, u.hasRef
	case "PROTOCOL":
		s = u.protocol
	case "FILE":
		s = u.path
		if u.hasQuery {
			s += "?" + u.query
		}
	case "AUTHORITY":
		s, ok = u.authority, u.hasAuthority
	case "USERINFO":
		s, ok = u.userInfo, u.hasUserInfo
	default:
		ok = false
	}
	return append(dst, s...), ok
}

// queryValue is the value of the first "key=value" of a query.
func queryValue(dst []byte, query, key string) ([]byte, bool) {
	for pair := range strings.SplitSeq(query, "&") {
		if value, ok := strings.CutPrefix(pair, key); ok && strings.HasPrefix(value, "=") {
			return append(dst, value[1:]...), true
		}
	}
	return dst, false
}

func appendURLEncoded(dst, b []byte) []byte {
	const digits = "0123456789ABCDEF"
	for _, c := range b {
		switch {
		case c|' '-'a' < 26 || c-'0' < 10 || c == '.' || c == '-' || c == '*' || c == '_':
			dst = append(dst, c)
		case c == ' ':
			dst = append(dst, '+')
		default:
			dst = append(dst, '%', digits[c>>4], digits[c&15])
		}
	}
	return dst
}

func urlDecode(c *function.Call, dst []byte, i int) ([]byte, bool) {
	var raw []byte // of a run of %XX
	for b := text(c, 0, i); len(b) > 0; {
		switch b[0] {
		case '+':
			dst, b = append(dst, ' '), b[1:]
			continue
		case '%':
		default:
			dst, b = append(dst, b[0]), b[1:]
			continue
		}
		raw = raw[:0]
		for len(b) > 0 && b[0] == '%' {
			if len(b) < 3 || digit(b[1]) < 0 || digit(b[2]) < 0 {
				return dst, false
			}
			raw, b = append(raw, byte(digit(b[1])<<4|digit(b[2]))), b[3:]
		}
		dst = decodeUTF8(dst, raw)
	}
	return dst, true
}

func inetATON(c *function.Call) error {
	out := c.Out.Int64s()
	return c.Rows(func(i int) error {
		n, ok := address(text(c, 0, i))
		if !ok {
			c.Out.SetNull(i)
		}
		out[i] = n
		return nil
	})
}

// address reads an IPv4 address of one to four parts.
func address(b []byte) (n int64, ok bool) {
	parts := bytes.Count(b, []byte{'.'}) + 1
	if parts > 4 {
		return 0, false
	}
	for k := range parts {
		part, rest, _ := bytes.Cut(b, []byte{'.'})
		b = rest
		x := int64(0)
		for _, c := range part {
			if c-'0' > 9 {
				return 0, false
			}
			if x = x*10 + int64(c-'0'); x > 255 {
				return 0, false
			}
		}
		if len(part) == 0 {
			return 0, false
		}
		if k == parts-1 {
			return n | x, true
		}
		n |= x << (24 - 8*k)
	}
	return n, true
}

func inetNTOA(c *function.Call, dst []byte, i int) ([]byte, bool) {
	n := int64At(c, 0, i)
	if n < 0 || n > 1<<32-1 {
		return dst, false
	}
	for shift := 24; shift >= 0; shift -= 8 {
		dst = strconv.AppendInt(dst, n>>shift&255, 10)
		if shift > 0 {
			dst = append(dst, '.')
		}
	}
	return dst, true
}
