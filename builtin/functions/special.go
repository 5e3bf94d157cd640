package functions

import "tidemark.dev/function"

// Special are the functions that the planner binds itself, because they compute only
// some of their arguments, take types, or are constructors. They are described here for
// the manual; no registry has them.
var Special = []*function.Function{
	{
		Name: "COALESCE", Family: "conditional",
		Summary:  "the first value that is not NULL; those behind it are not computed",
		Syntax:   []string{"COALESCE(x, ...)"},
		Examples: examples("COALESCE(CAST(NULL AS INT), 5, 6)", "5"),
	},
	{
		Name: "IFNULL", Family: "conditional",
		Summary:  "the value, or if it is NULL the other one",
		Syntax:   []string{"IFNULL(x, y)"},
		Examples: examples("IFNULL(CAST(NULL AS INT), 5)", "5"),
	},
	{
		Name: "NULLIF", Family: "conditional",
		Summary:  "the value, or NULL if it is equal to the other one",
		Syntax:   []string{"NULLIF(x, y)"},
		Examples: examples("NULLIF(5, 5)", "NULL", "NULLIF(5, 0)", "5"),
	},
	{
		Name: "IF", Family: "conditional",
		Summary:  "one value if the condition is TRUE, else the other one; only that is computed",
		Syntax:   []string{"IF(condition, x, y)"},
		Examples: examples("IF(5 > 3, 'a', 'b')", "a"),
	},
	{
		Name: "CASE", Family: "conditional",
		Summary:  "the value behind the first condition that is TRUE, or the first that is equal; NULL without ELSE",
		Syntax:   []string{"CASE WHEN condition THEN x ... [ELSE y] END", "CASE x WHEN y THEN z ... [ELSE z] END"},
		Examples: examples("CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END", "b"),
	},
	{
		Name: "CAST", Family: "type conversion",
		Summary:  "the value as another type; fails if it is none",
		Syntax:   []string{"CAST(x AS type)"},
		Examples: examples("CAST('42' AS INT)", "42", "CAST(1.7 AS INT)", "1"),
	},
	{
		Name: "TRY_CAST", Family: "type conversion",
		Summary:  "the value as another type; NULL if it is none",
		Syntax:   []string{"TRY_CAST(x AS type)"},
		Examples: examples("TRY_CAST('non-number' AS INT)", "NULL"),
	},
	{
		Name: "ROW", Family: "value construction and access",
		Summary:  "a row of the values",
		Syntax:   []string{"ROW(x, ...)", "(x, y, ...)"},
		Examples: examples("ROW(1, 'a')", "(1, a)"),
	},
	{
		Name: "ARRAY", Family: "value construction and access",
		Summary:  "an array of the values, which are cast to one type",
		Syntax:   []string{"ARRAY[x, ...]"},
		Examples: examples("ARRAY[1, 2]", "[1, 2]"),
	},
	{
		Name: "MAP", Family: "value construction and access",
		Summary:  "a map of keys and values in turn",
		Syntax:   []string{"MAP[key, value, ...]"},
		Examples: examples("MAP['a', 1]", "{a=1}"),
	},
	{
		Name: "[ ]", Family: "value construction and access",
		Summary:  "the element of an array with a number, from 1, or the value of a key of a map; NULL where there is none",
		Syntax:   []string{"array[n]", "map[key]"},
		Examples: examples("ARRAY['a', 'b'][2]", "b", "MAP['a', 1]['a']", "1"),
	},
	{
		Name: "PROCTIME", Family: "temporal",
		Summary: "the moment at which the row is processed, which is a time attribute",
		Syntax:  []string{"PROCTIME()"},
	},
}
