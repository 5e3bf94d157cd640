package functions

import (
	"math"

	"tidemark.dev/function"
	"tidemark.dev/types"
)

// Functions of DOUBLE. What has no value is NaN or an infinity, as in Java.
var powerFunctions = []*function.Function{
	double("SQRT", "the square root", math.Sqrt, "SQRT(CAST(2.25 AS DOUBLE))", "1.5"),
	double("EXP", "e to the power of x", exponential, "EXP(0)", "1.0"),
	double("LN", "the natural logarithm", ln, "LN(1)", "0.0"),
	double("LOG10", "the logarithm to base 10", log10, "LOG10(1000)", "3.0"),
	double("LOG2", "the logarithm to base 2", log2, "LOG2(8)", "3.0"),
	{
		Name: "LOG", Family: "arithmetic",
		Summary:  "the natural logarithm of x, or its logarithm to a base",
		Syntax:   []string{"LOG(x)", "LOG(base, x)"},
		Examples: examples("LOG(2, 8)", "3.0", "LOG(1)", "0.0"),
		Bind: binding(1, func(ps []types.Type, args []function.Arg) (function.Signature, error) {
			if len(args) == 1 {
				return strict(ps, types.TDouble, float64s(ln))
			}
			return strict(ps, types.TDouble, doubles2(logTo))
		}, asDouble, asDouble),
	},
	{
		Name: "POWER", Aliases: []string{"POW"}, Family: "arithmetic",
		Summary:  "x to the power of y",
		Syntax:   []string{"POWER(x, y)"},
		Examples: examples("POWER(2, 10)", "1024.0", "POWER(2, -1)", "0.5"),
		Bind:     plain(types.TDouble, doubles2(power), asDouble, asDouble),
	},
	constant("PI", "the circle's circumference by its diameter", math.Pi, "3.141592653589793"),
	constant("E", "the base of natural logarithms", math.E, "2.718281828459045"),
}

var trigonometricFunctions = []*function.Function{
	double("SIN", "the sine of an angle in radians", sine, "SIN(0)", "0.0"),
	double("COS", "the cosine of an angle in radians", cosine, "COS(0)", "1.0"),
	double("TAN", "the tangent of an angle in radians", tangent, "TAN(0)", "0.0"),
	double("COT", "the cotangent of an angle in radians", cotangent, "COT(0)", "Infinity"),
	double("ASIN", "the angle whose sine is x", arcSine, "ASIN(0)", "0.0"),
	double("ACOS", "the angle whose cosine is x", arcCosine, "ACOS(1)", "0.0"),
	double("ATAN", "the angle whose tangent is x", arcTangent, "ATAN(0)", "0.0"),
	double("SINH", "the hyperbolic sine", hyperbolicSine, "SINH(0)", "0.0"),
	double("COSH", "the hyperbolic cosine", hyperbolicCosine, "COSH(0)", "1.0"),
	double("TANH", "the hyperbolic tangent", hyperbolicTangent, "TANH(0)", "0.0"),
	double("DEGREES", "an angle in radians, in degrees", func(x float64) float64 { return x * (180 / math.Pi) }, "DEGREES(PI())", "180.0"),
	double("RADIANS", "an angle in degrees, in radians", func(x float64) float64 { return x * (math.Pi / 180) }, "RADIANS(180)", "3.141592653589793"),
	{
		Name: "ATAN2", Family: "arithmetic",
		Summary:  "the angle of the point (x, y)",
		Syntax:   []string{"ATAN2(y, x)"},
		Examples: examples("ATAN2(0, 1)", "0.0"),
		Bind:     plain(types.TDouble, doubles2(arcTangent2), asDouble, asDouble),
	},
}

func double(name, summary string, f func(float64) float64, example, result string) *function.Function {
	return &function.Function{
		Name: name, Family: "arithmetic", Summary: summary, Syntax: []string{name + "(x)"},
		Examples: examples(example, result),
		Bind:     plain(types.TDouble, float64s(f), asDouble),
	}
}

func constant(name, summary string, value float64, text string) *function.Function {
	return &function.Function{
		Name: name, Family: "arithmetic", Summary: summary, Syntax: []string{name + "()"},
		Examples: examples(name+"()", text),
		Bind: func(args []function.Arg) (function.Signature, error) {
			if err := arity(args, 0, 0); err != nil {
				return function.Signature{}, err
			}
			return strict(nil, types.TDouble, func(c *function.Call) error {
				out := c.Out.Float64s()
				return c.Rows(func(i int) error { out[i] = value; return nil })
			})
		},
	}
}

// doubles2 makes a kernel of a function of two DOUBLEs.
func doubles2(f func(x, y float64) float64) function.Kernel {
	return func(c *function.Call) error {
		out, a, b := c.Out.Float64s(), c.Args[0], c.Args[1]
		x, y, am, bm := a.Float64s(), b.Float64s(), a.Mask(), b.Mask()
		return c.Rows(func(i int) error { out[i] = f(x[i&am], y[i&bm]); return nil })
	}
}
