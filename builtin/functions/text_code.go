package functions

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strconv"

	"tidemark.dev/function"
	"tidemark.dev/types"
)

func appendBase64(dst, b []byte) []byte { return base64.StdEncoding.AppendEncode(dst, b) }

// fromBase64 takes Base64 with or without its padding.
func fromBase64(c *function.Call) error {
	buf := make([]byte, 0, scratch)
	return c.Rows(func(i int) error {
		b := text(c, 0, i)
		var err error
		if buf, err = base64.RawStdEncoding.AppendDecode(buf[:0], bytes.TrimRight(b, "=")); err != nil {
			return function.Failf(i, "'%s' is not Base64", b)
		}
		c.Out.SetBytes(i, bytes.ToValidUTF8(buf, []byte("\uFFFD")))
		return nil
	})
}

func bindHex(args []function.Arg) (function.Signature, error) {
	if len(args) == 1 && args[0].Type.IsInteger() {
		return plain(types.TString, integerText(16), bigInt)(args)
	}
	return plain(types.TString, texts(func(dst, b []byte) []byte {
		from := len(dst)
		dst = hex.AppendEncode(dst, b)
		for i, c := range dst[from:] {
			if c >= 'a' {
				dst[from+i] = c - ('a' - 'A')
			}
		}
		return dst
	}), anyText)(args)
}

// integerText writes a BIGINT, as two's complement, to a base.
func integerText(base int) function.Kernel {
	return textKernel(func(c *function.Call, dst []byte, i int) ([]byte, bool) {
		dst = strconv.AppendUint(dst, uint64(int64At(c, 0, i)), base)
		for k, d := range dst {
			if d >= 'a' {
				dst[k] = d - ('a' - 'A')
			}
		}
		return dst, true
	})
}
