package sql

import "strings"

// reservedFunctions are the reserved words that are names of ordinary functions when a
// parenthesis follows.
var reservedFunctions = wordSet(`ABS AVG CARDINALITY CHAR CHARACTER_LENGTH CHAR_LENGTH COALESCE COLLECT COUNT
	COVAR_POP COVAR_SAMP CUME_DIST CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DENSE_RANK ELEMENT EVERY EXP
	FIRST_VALUE FUSION GROUPING HOUR INTERSECTION LAG LAST_VALUE LEAD LEFT LN LOCALTIME LOCALTIMESTAMP LOWER
	MAX MIN MINUTE MOD MONTH NTH_VALUE NTILE NULLIF OCTET_LENGTH PERCENTILE_CONT PERCENTILE_DISC PERCENT_RANK
	POWER RANK REGR_COUNT REGR_SXX REGR_SYY RIGHT ROW_NUMBER SECOND SOME SQRT STDDEV_POP STDDEV_SAMP SUM
	TRUNCATE UPPER USER VAR_POP VAR_SAMP YEAR`)

// contextVariables are the functions that stand without parentheses.
var contextVariables = wordSet(`CURRENT_CATALOG CURRENT_DATE CURRENT_DEFAULT_TRANSFORM_GROUP CURRENT_PATH CURRENT_ROLE
	CURRENT_SCHEMA CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER LOCALTIME LOCALTIMESTAMP SESSION_USER SYSTEM_USER USER`)

// clocks are those of them that Flink has; the others are columns of that name.
var clocks = wordSet("CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP LOCALTIME LOCALTIMESTAMP")

// standardFunctions are the functions of the SQL standard, as Flink's parser sees it. Their names are
// put in upper case, and are not quoted in canonical text.
var standardFunctions = wordSet(`ABS ACOS ANY_VALUE APPROX_COUNT_DISTINCT ARG_MAX ARG_MIN ASCII ASIN ATAN ATAN2 AVG
	BIT_AND BIT_OR BIT_XOR CARDINALITY CBRT CHARACTER_LENGTH CHAR_LENGTH COALESCE COLLECT COS COT COUNT
	COVAR_POP COVAR_SAMP CUME_DIST CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DAYOFMONTH DAYOFWEEK DAYOFYEAR DEGREES
	DENSE_RANK ELEMENT EVERY EXP FIRST_VALUE FUSION GROUPING GROUPING_ID GROUP_ID HOP HOP_END HOP_START HOUR INITCAP
	INTERSECTION JSON_DEPTH JSON_INSERT JSON_KEYS JSON_LENGTH JSON_PRETTY JSON_REMOVE JSON_REPLACE JSON_SET
	JSON_STORAGE_SIZE JSON_TYPE LAG LAST_DAY LAST_VALUE LEAD LISTAGG LN LOCALTIME LOCALTIMESTAMP LOG10 LOWER MAX MIN
	MINUTE MOD MODE MONTH NTH_VALUE NTILE NULLIF OCTET_LENGTH PERCENTILE_CONT PERCENTILE_DISC PERCENT_RANK PI POWER
	QUARTER RADIANS RAND RAND_INTEGER RANK REGR_COUNT REGR_SXX REGR_SYY REPLACE ROUND ROW_NUMBER SECOND SESSION
	SESSION_END SESSION_START SIGN SIN SINGLE_VALUE SOME SQRT STDDEV STDDEV_POP STDDEV_SAMP SUM TAN TRUNCATE TUMBLE
	TUMBLE_END TUMBLE_START UPPER USER VARIANCE VAR_POP VAR_SAMP WEEK YEAR`)

func wordSet(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// specialFunctions are those with a syntax of their own. word tells that no
// parenthesis needs to follow the keyword.
var specialFunctions map[string]struct {
	parse func(*parser) Expr
	word  bool
}

func init() {
	type special = struct {
		parse func(*parser) Expr
		word  bool
	}
	specialFunctions = map[string]special{
		"CAST":      {(*parser).cast, true},
		"TRY_CAST":  {(*parser).cast, true},
		"SAFE_CAST": {(*parser).cast, true},
		"EXTRACT":   {(*parser).extract, true},
		"POSITION":  {(*parser).position, true},
		"CONVERT":   {(*parser).convert, true},
		"TRANSLATE": {(*parser).translate, true},
		"OVERLAY":   {(*parser).overlay, true},
		"SUBSTRING": {(*parser).substring, true},
		"TRIM":      {(*parser).trim, true},
		"FLOOR":     {(*parser).floorCeil, true},
		"CEIL":      {(*parser).floorCeil, true},
		"CEILING":   {(*parser).floorCeil, true},

		"TIMESTAMPADD":    {unitArgument(0, 3), false},
		"TIMESTAMPDIFF":   {unitArgument(0, 3), false},
		"DATE_DIFF":       {unitArgument(2, 3), false},
		"DATETIME_DIFF":   {unitArgument(2, 3), false},
		"TIMESTAMP_DIFF":  {unitArgument(2, 3), true},
		"TIME_DIFF":       {unitArgument(2, 3), true},
		"DATE_TRUNC":      {unitArgument(1, 2), true},
		"DATETIME_TRUNC":  {unitArgument(1, 2), true},
		"TIMESTAMP_TRUNC": {unitArgument(1, 2), true},
		"TIME_TRUNC":      {unitArgument(1, 2), true},

		"JSON_EXISTS":    {(*parser).jsonExists, true},
		"JSON_VALUE":     {(*parser).jsonValue, true},
		"JSON_QUERY":     {(*parser).jsonQuery, true},
		"JSON_OBJECT":    {(*parser).jsonObject, true},
		"JSON_OBJECTAGG": {(*parser).jsonObjectAgg, true},
		"JSON_ARRAY":     {(*parser).jsonArray, true},
		"JSON_ARRAYAGG":  {(*parser).jsonArrayAgg, true},

		"FIRST":        {(*parser).navigation, false},
		"LAST":         {(*parser).navigation, false},
		"PREV":         {(*parser).navigation, true},
		"NEXT":         {(*parser).navigation, true},
		"RUNNING":      {(*parser).running, true},
		"FINAL":        {(*parser).final, true},
		"CLASSIFIER":   {(*parser).matchFunction, true},
		"MATCH_NUMBER": {(*parser).matchFunction, true},

		"ARRAY_AGG": {(*parser).arrayAgg, false},

		"DESCRIPTOR": {(*parser).descriptor, false},
		"MODEL":      {(*parser).model, true},
	}
}

// upperName gives a name of one part in upper case.
func upperName(n Name) Name {
	id := n.Parts[0]
	id.Name = strings.ToUpper(id.Name)
	return Name{n.Span, []Ident{id}}
}

// special begins a call of a function that the grammar knows: it takes the keyword and "(".
func (p *parser) special() (*Call, Pos) {
	t := p.tok()
	id := p.identOf(t)
	p.pos++
	p.expectSymbol("(")
	return &Call{Name: upperName(Name{id.Span, []Ident{id}}), Special: true}, id.From
}

// finish takes ")" and completes a call.
func (p *parser) finish(c *Call, from Pos, args ...Expr) *Call {
	p.expectSymbol(")")
	c.Args = append(c.Args, args...)
	c.Span = p.since(from)
	p.grow()
	return c
}

// ---- ordinary calls ----

// call parses the arguments of a function and all that may follow them.
func (p *parser) call(name Name) Expr {
	return p.suffixes(p.plainCall(name).(*Call))
}

// plainCall parses (args), (*), and (DISTINCT args).
func (p *parser) plainCall(name Name) Expr {
	if id := &name.Parts[0]; len(name.Parts) == 1 && !id.Quoted && standardFunctions[upper(id.Name)] {
		id.Name = upper(id.Name)
	}
	c := &Call{Name: name}
	p.expectSymbol("(")
	star := p.tok()
	switch {
	case p.acceptSymbol("*"):
		c.Args = []Expr{&Star{Span: p.since(begin(star))}}
	case p.atSymbol(")"):
	default:
		c.Quantifier = p.acceptAny("DISTINCT", "ALL")
		c.Args = p.args()
	}
	return p.finish(c, name.From)
}

// args parses arguments with commas between them.
func (p *parser) args() []Expr {
	list := []Expr{p.arg(true)}
	for p.acceptSymbol(",") {
		list = append(list, p.arg(false))
	}
	return list
}

// arg parses name => value, DEFAULT, a table or an expression. Only the first
// argument may be a query without parentheses.
func (p *parser) arg(first bool) Expr {
	from := p.here()
	if eq := p.peek(1); p.atIdent() && eq.kind == tokSymbol && eq.keyword == "=>" {
		name := p.ident()
		p.pos++
		value := p.argValue(false)
		return &NamedArg{p.since(from), name, value}
	}
	return p.argValue(first)
}

func (p *parser) argValue(first bool) Expr {
	from := p.here()
	switch {
	case p.at("DEFAULT"):
		p.pos++
		return &Default{p.since(from)}
	case p.at("TABLE"):
		return p.tableArg()
	case first && p.atQuery():
		q := p.query()
		return p.partitioned(&TableArg{Query: q}, &Subquery{q.Span, q}, from)
	}
	x := p.expr()
	sub, ok := x.(*Subquery)
	if !ok {
		return x
	}
	if p.atQueryTail() && !p.at("ORDER") {
		q := p.queryAfter(sub.Query)
		return &Subquery{p.since(from), q}
	}
	return p.partitioned(&TableArg{Query: sub.Query}, x, from)
}

// tableArg parses TABLE name [PARTITION BY ..] [ORDER BY ..].
func (p *parser) tableArg() Expr {
	from := p.here()
	p.expect("TABLE")
	name := p.name()
	arg := &TableArg{Table: &TableRef{Span: name.Span, Name: name}}
	return p.partitioned(arg, nil, from)
}

// partitioned parses the PARTITION BY and ORDER BY of a table argument; without them a
// query stays the plain expression.
func (p *parser) partitioned(arg *TableArg, plain Expr, from Pos) Expr {
	if p.accept("PARTITION") {
		p.expect("BY")
		for _, id := range p.identOrList() {
			name := Name{id.Span, []Ident{id}}
			arg.PartitionBy = append(arg.PartitionBy, &ColumnRef{id.Span, name})
		}
	}
	if p.acceptSeq("ORDER", "BY") {
		parens := p.acceptSymbol("(")
		arg.OrderBy = []OrderItem{p.orderItem()}
		for parens && p.acceptSymbol(",") {
			arg.OrderBy = append(arg.OrderBy, p.orderItem())
		}
		if parens {
			p.expectSymbol(")")
		}
	}
	arg.Span = p.since(from)
	if arg.Query != nil {
		if t, ok := arg.Query.Body.(*ExplicitTable); ok && bodyOf(arg.Query) == QueryBody(t) {
			// (TABLE t) is TABLE t.
			arg.Query, arg.Table = nil, &TableRef{Span: t.Name.Span, Name: t.Name}
			return arg
		}
	}
	if arg.PartitionBy == nil && arg.OrderBy == nil && plain != nil {
		return plain
	}
	return arg
}

// suffixes parses IGNORE NULLS, WITHIN DISTINCT, WITHIN GROUP, FILTER and OVER behind a call.
func (p *parser) suffixes(c *Call) Expr {
	p.nullTreatment(c)
	if p.acceptSeq("WITHIN", "DISTINCT") {
		p.expectSymbol("(")
		c.WithinDistinct = p.exprs()
		p.expectSymbol(")")
	}
	if p.accept("WITHIN") {
		p.expect("GROUP")
		c.WithinGroup = p.orderInParens()
	}
	if p.accept("FILTER") {
		p.expectSymbol("(")
		p.expect("WHERE")
		c.Filter = p.expr()
		p.expectSymbol(")")
	}
	p.over(c)
	c.Span = p.since(c.From)
	return c
}

func (p *parser) nullTreatment(c *Call) {
	for _, w := range []string{"IGNORE", "RESPECT"} {
		if p.acceptSeq(w, "NULLS") {
			c.NullTreatment = w + " NULLS"
		}
	}
}

// over parses OVER name and OVER (specification).
func (p *parser) over(c *Call) {
	if !p.accept("OVER") {
		return
	}
	if p.atSymbol("(") {
		spec := p.windowSpec()
		c.Over = &spec
		return
	}
	id := p.ident()
	c.Over = &WindowSpec{Span: id.Span, Ref: id}
}

// orderInParens parses (ORDER BY ...).
func (p *parser) orderInParens() []OrderItem {
	p.expectSymbol("(")
	p.expect("ORDER", "BY")
	items := p.orderItems()
	p.expectSymbol(")")
	return items
}

// arrayAgg parses ARRAY_AGG(x ORDER BY y).
func (p *parser) arrayAgg() Expr {
	c, from := p.special()
	c.Quantifier = p.acceptAny("DISTINCT", "ALL")
	c.Args = p.args()
	p.nullTreatment(c)
	if p.accept("ORDER") {
		p.expect("BY")
		c.OrderBy = p.orderItems()
	}
	if p.accept("SEPARATOR") {
		c.Separator = p.stringLiteral()
	}
	p.finish(c, from)
	return p.suffixes(c)
}

// ---- arguments of table functions ----

func (p *parser) descriptor() Expr {
	from := p.here()
	p.pos++
	p.expectSymbol("(")
	x := &Descriptor{Columns: []Ident{p.ident()}}
	for p.acceptSymbol(",") {
		x.Columns = append(x.Columns, p.ident())
	}
	p.expectSymbol(")")
	x.Span = p.since(from)
	return x
}

// model parses MODEL name, or MODEL as a name.
func (p *parser) model() Expr {
	if !isIdent(p.peek(1)) {
		return nil
	}
	from := p.here()
	p.pos++
	name := p.name()
	return &ModelArg{p.since(from), name}
}
