package functions

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"slices"

	"tidemark.dev/function"
	"tidemark.dev/types"
)

var textOrBytes = class{"a text or binary", func(t types.Type) bool { return t.IsText() || t.IsBytes() }, nil}

// Digests of a text's bytes, in lower-case hexadecimal digits.
var hashFunctions = []*function.Function{
	digest("MD5", 32, examples("MD5('a')", "0cc175b9c0f1b6a831c399e269772661"), func(dst, b []byte) []byte { s := md5.Sum(b); return hex.AppendEncode(dst, s[:]) }),
	digest("SHA1", 40, examples("SHA1('a')", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"), sum1),
	digest("SHA224", 56, examples("SHA224('a')", "abd37534c7d9a2efb9465de931cd7055ffdb8879563ae98078d6d6d5"), sum224),
	digest("SHA256", 64, examples("SHA256('a')", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"), sum256),
	digest("SHA384", 96, nil, sum384),
	digest("SHA512", 128, nil, sum512),
	{
		Name: "SHA2", Family: "hash",
		Summary:  "the SHA-2 digest of the text with 224, 256, 384 or 512 bits",
		Syntax:   []string{"SHA2(text, bits)"},
		Examples: examples("SHA2('a', 256)", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
		Bind: binding(0, func(ps []types.Type, args []function.Arg) (function.Signature, error) {
			if l := args[1].Literal; l != nil && !l.Null && !slices.Contains([]int64{224, 256, 384, 512}, l.I) {
				return function.Signature{}, fmt.Errorf("SHA-2 has no %d bits, but 224, 256, 384 or 512", l.I)
			}
			return strict(ps, types.Type{Kind: types.VarChar, Precision: 128}, sha2)
		}, textOrBytes, wholeInt),
	},
}

func sum1(dst, b []byte) []byte   { s := sha1.Sum(b); return hex.AppendEncode(dst, s[:]) }
func sum224(dst, b []byte) []byte { s := sha256.Sum224(b); return hex.AppendEncode(dst, s[:]) }
func sum256(dst, b []byte) []byte { s := sha256.Sum256(b); return hex.AppendEncode(dst, s[:]) }
func sum384(dst, b []byte) []byte { s := sha512.Sum384(b); return hex.AppendEncode(dst, s[:]) }
func sum512(dst, b []byte) []byte { s := sha512.Sum512(b); return hex.AppendEncode(dst, s[:]) }

func digest(name string, digits int32, examples []function.Example, sum func(dst, b []byte) []byte) *function.Function {
	return &function.Function{
		Name: name, Family: "hash",
		Summary:  "the " + name + " digest of the text in hexadecimal digits",
		Syntax:   []string{name + "(text)"},
		Examples: examples,
		Bind:     plain(types.Type{Kind: types.Char, Precision: digits}, texts(sum), textOrBytes),
	}
}

func sha2(c *function.Call) error {
	// Of a number that is no constant, Flink makes SHA-1 of 1.
	sums := map[int32]func(dst, b []byte) []byte{1: sum1, 224: sum224, 256: sum256, 384: sum384, 512: sum512}
	buf := make([]byte, 0, 128)
	return c.Rows(func(i int) error {
		sum := sums[int32At(c, 1, i)]
		if sum == nil {
			return function.Failf(i, "SHA-2 has no %d bits, but 224, 256, 384 or 512", int32At(c, 1, i))
		}
		buf = sum(buf[:0], text(c, 0, i))
		c.Out.SetBytes(i, buf)
		return nil
	})
}
