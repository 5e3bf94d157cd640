package functions

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	mathrand "math/rand/v2"
	"sync"

	"tidemark.dev/function"
	"tidemark.dev/types"
)

// Functions of chance. With a seed the numbers are those of java.util.Random.
var randomFunctions = []*function.Function{
	{
		Name: "RAND", Family: "arithmetic", Varies: true,
		Summary: "a random DOUBLE from 0 up to 1; with a constant seed always the same sequence, with another its first number",
		Syntax:  []string{"RAND([seed])"},
		Bind: binding(1, func(ps []types.Type, args []function.Arg) (function.Signature, error) {
			return strict(ps, types.TDouble, randKernel(args))
		}, plainInt),
	},
	{
		Name: "RAND_INTEGER", Family: "arithmetic", Varies: true,
		Summary: "a random INT from 0 up to a bound; with a constant seed always the same sequence, with another its first number",
		Syntax:  []string{"RAND_INTEGER([seed,] bound)"},
		Bind: func(args []function.Arg) (function.Signature, error) {
			if err := arity(args, 1, 2); err != nil {
				return function.Signature{}, err
			}
			ps, err := params(args, plainInt)
			if err != nil {
				return function.Signature{}, err
			}
			return strict(ps, types.TInt, randIntegerKernel(args))
		},
	},
	{
		Name: "UUID", Family: "string", Varies: true,
		Summary: "a random UUID (RFC 9562, version 4)",
		Syntax:  []string{"UUID()"},
		Bind:    plain(types.Type{Kind: types.Char, Precision: 36}, uuid),
	},
}

// plainInt takes no BIGINT, which it would cut.
var plainInt = class{"an INT", func(t types.Type) bool { return t.IsInteger() && t.Kind != types.BigInt }, to(types.TInt)}

// javaRandom is the generator of java.util.Random: 48 bits, linear congruential.
type javaRandom struct{ seed uint64 }

func newJavaRandom(seed int64) javaRandom {
	return javaRandom{(uint64(seed) ^ 0x5DEECE66D) & (1<<48 - 1)}
}

func (r *javaRandom) next(bits int) int32 {
	r.seed = (r.seed*0x5DEECE66D + 0xB) & (1<<48 - 1)
	return int32(r.seed >> (48 - bits))
}

func (r *javaRandom) double() float64 {
	return float64(int64(r.next(26))<<27+int64(r.next(27))) * 0x1p-53
}

// below is a number from 0 up to bound, which is positive.
func (r *javaRandom) below(bound int32) int32 {
	if bound&-bound == bound {
		return int32(int64(bound) * int64(r.next(31)) >> 31)
	}
	for {
		bits := r.next(31)
		// What is beyond the last multiple of bound overflows, and is drawn again.
		if x := bits % bound; bits-x+(bound-1) >= 0 {
			return x
		}
	}
}

// sequence is a generator that goes on from batch to batch, and which tasks share.
type sequence struct {
	lock sync.Mutex
	javaRandom
}

// seeded is the generator of a constant seed, nil without one.
func seeded(a function.Arg) *sequence {
	if a.Literal == nil || a.Literal.Null {
		return nil
	}
	return &sequence{javaRandom: newJavaRandom(int64(int32(a.Literal.I)))}
}

func randKernel(args []function.Arg) function.Kernel {
	var constant *sequence
	if len(args) > 0 {
		constant = seeded(args[0])
	}
	return func(c *function.Call) error {
		out := c.Out.Float64s()
		if constant != nil {
			constant.lock.Lock()
			defer constant.lock.Unlock()
		}
		return c.Rows(func(i int) error {
			switch {
			case constant != nil:
				out[i] = constant.double()
			case len(c.Args) > 0:
				r := newJavaRandom(int64(int32At(c, 0, i)))
				out[i] = r.double()
			default:
				out[i] = mathrand.Float64()
			}
			return nil
		})
	}
}

func randIntegerKernel(args []function.Arg) function.Kernel {
	var constant *sequence
	if len(args) > 1 {
		constant = seeded(args[0])
	}
	bound := len(args) - 1
	return func(c *function.Call) error {
		out := c.Out.Int32s()
		if constant != nil {
			constant.lock.Lock()
			defer constant.lock.Unlock()
		}
		return c.Rows(func(i int) error {
			n := int32At(c, bound, i)
			if n <= 0 {
				return function.Failf(i, "the bound of RAND_INTEGER must be positive, not %d", n)
			}
			switch {
			case constant != nil:
				out[i] = constant.below(n)
			case bound > 0:
				r := newJavaRandom(int64(int32At(c, 0, i)))
				out[i] = r.below(n)
			default:
				out[i] = mathrand.Int32N(n)
			}
			return nil
		})
	}
}

var errNoChance = errors.New("the machine has no random numbers")

func uuid(c *function.Call) error {
	var b [16]byte
	text := make([]byte, 0, 36)
	return c.Rows(func(i int) error {
		if _, err := rand.Read(b[:]); err != nil {
			return errNoChance
		}
		b[6] = b[6]&0x0F | 0x40
		b[8] = b[8]&0x3F | 0x80
		text = text[:0]
		for k, to := range []int{4, 6, 8, 10, 16} {
			if k > 0 {
				text = append(text, '-')
			}
			text = hex.AppendEncode(text, b[[]int{0, 4, 6, 8, 10}[k]:to])
		}
		c.Out.SetBytes(i, text)
		return nil
	})
}
