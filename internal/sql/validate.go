package sql

// Validate checks what a statement says about itself, as Flink does between parsing
// and looking at the catalog: constraints, options of LIKE, parts that exclude each other. It gives
// an ErrorList of all faults, or nil. Parse does not call it, so that text can be formatted as it is.
func Validate(s Statement) error {
	v := &validator{}
	v.statement(s)
	if len(v.errs) > 0 {
		return v.errs
	}
	return nil
}

type validator struct{ errs ErrorList }

func (v *validator) fault(at Span, msg, hint string) {
	v.errs = append(v.errs, &Error{Pos: at.From, Msg: msg, Hint: hint})
}

func (v *validator) statement(s Statement) {
	switch s := s.(type) {
	case *CreateTable:
		v.createTable(s)
	case *CreateMaterializedTable:
		v.elements(s.Elements)
	case *Alter:
		if c, ok := s.Action.(*ChangeElements); ok {
			v.elements(c.Elements)
		}
	case *CreateModel:
		v.createModel(s)
	case *CreateConnection:
		if len(s.Options) == 0 {
			v.fault(s.Name.Span, "a connection needs options", "add WITH ('key' = 'value')")
		}
	case *Explain:
		v.statement(s.Statement)
	}
}

// elements checks the constraints of a table.
func (v *validator) elements(elements []TableElement) {
	primary := false
	for _, e := range elements {
		c, ok := e.(*TableConstraint)
		if col, isColumn := e.(*ColumnDef); isColumn && col.Constraint != nil {
			c, ok = col.Constraint, true
		}
		if !ok {
			continue
		}
		switch {
		case !c.Primary:
			v.fault(c.Span, "UNIQUE constraints are not supported", "")
			continue
		case c.Enforcement != "NOT ENFORCED":
			v.fault(c.Span, "a PRIMARY KEY cannot be enforced: the table does not own its data", "add NOT ENFORCED")
		}
		if primary {
			v.fault(c.Span, "a table has one PRIMARY KEY", "")
		}
		primary = true
	}
}

func (v *validator) createTable(s *CreateTable) {
	v.elements(s.Elements)
	if s.Like != nil {
		v.like(s.Like)
	}
	if s.As == nil {
		return
	}
	what := "CREATE TABLE AS SELECT"
	switch {
	case s.Create && s.Replace:
		what = "CREATE OR REPLACE TABLE AS SELECT"
	case s.Replace:
		what = "REPLACE TABLE AS SELECT"
	}
	if s.Temporary {
		v.fault(s.Span, what+" cannot make a temporary table", "")
	}
	if s.Replace && s.IfNotExists {
		v.fault(s.Span, what+" does not go with IF NOT EXISTS", "")
	}
}

// like checks that each feature is named once, and overwritten only where that makes sense.
func (v *validator) like(l *LikeClause) {
	seen := map[string]bool{}
	for _, o := range l.Options {
		if seen[o.Feature] {
			v.fault(o.Span, o.Feature+" is named twice", "")
		}
		seen[o.Feature] = true
		switch o.Feature {
		case "ALL", "CONSTRAINTS", "DISTRIBUTION", "PARTITIONS":
			if o.Strategy == "OVERWRITING" {
				v.fault(o.Span, o.Feature+" cannot be OVERWRITING", "write INCLUDING or EXCLUDING")
			}
		}
	}
}

func (v *validator) createModel(s *CreateModel) {
	switch {
	case s.As != nil && s.Input != nil:
		v.fault(s.Input[0].Span, "CREATE MODEL AS SELECT has no INPUT columns", "")
	case s.As != nil && s.Output != nil:
		v.fault(s.Output[0].Span, "CREATE MODEL AS SELECT has no OUTPUT columns", "")
	case s.As == nil && s.Input != nil && s.Output == nil:
		v.fault(s.Input[0].Span, "a model with INPUT columns needs OUTPUT columns", "")
	case s.As == nil && s.Output != nil && s.Input == nil:
		v.fault(s.Output[0].Span, "a model with OUTPUT columns needs INPUT columns", "")
	}
	if len(s.Options) == 0 {
		v.fault(s.Name.Span, "a model needs options", "add WITH ('key' = 'value')")
	}
}
