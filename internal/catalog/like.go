package catalog

import (
	"tidemark.dev/internal/sql"
)

// The features of a table that LIKE may take over, and how: "LIKE", CREATE Statements
// in Flink's documentation.
const (
	including   = "INCLUDING"
	excluding   = "EXCLUDING"
	overwriting = "OVERWRITING"
)

// likeFeatures lists the features in the order in which Flink names them.
var likeFeatures = []string{"CONSTRAINTS", "DISTRIBUTION", "GENERATED", "METADATA", "OPTIONS", "PARTITIONS", "WATERMARKS"}

// merging says for each feature of the table named in LIKE what becomes of it:
// without options everything is included, and options and watermarks overwritten
// where both tables have them.
func merging(ps *Problems, like *sql.LikeClause) (map[string]string, bool) {
	how := map[string]string{}
	all := ""
	ok := true
	given := map[string]string{}
	for _, o := range like.Options {
		if o.Feature == "ALL" {
			if o.Strategy == overwriting {
				ps.Errorf(o.Span, "ALL does not support the OVERWRITING option").Because("write INCLUDING ALL or EXCLUDING ALL")
				ok = false
			}
			all = o.Strategy
			continue
		}
		if given[o.Feature] != "" {
			ps.Errorf(o.Span, "Each like option feature can be declared only once")
			ok = false
		}
		if o.Strategy == overwriting && (o.Feature == "CONSTRAINTS" || o.Feature == "PARTITIONS" || o.Feature == "DISTRIBUTION") {
			ps.Errorf(o.Span, "Illegal merging strategy '%s' for '%s' option", o.Strategy, o.Feature).Because("only INCLUDING and EXCLUDING may be used there")
			ok = false
		}
		given[o.Feature] = o.Strategy
	}
	for _, f := range likeFeatures {
		switch {
		case given[f] != "":
			how[f] = given[f]
		case all != "":
			how[f] = all
		case f == "OPTIONS":
			how[f] = overwriting
		default:
			how[f] = including
		}
	}
	return how, ok
}

// inherit gives a new table what LIKE takes from the base, before its own elements.
func (r *resolver) inherit(like *sql.LikeClause) bool {
	object := r.catalog.Lookup(like.Table)
	base, isTable := object.(*Table)
	if !isTable {
		name := joinName(like.Table)
		p := r.ps.Errorf(like.Table.Span, "Source table '%s' of the LIKE clause not found in the catalog", r.catalog.Resolve(like.Table))
		if object != nil {
			p.Because("it is a view; LIKE takes tables only")
		}
		p.Because(r.catalog.Nearest(name))
		return false
	}
	how, ok := merging(r.ps, like)
	if !ok || base.Broken {
		return false
	}
	r.how, r.base = how, base
	t := r.table
	for _, c := range base.Columns {
		switch c.Kind {
		case sql.ComputedColumn:
			if how["GENERATED"] == excluding {
				continue
			}
		case sql.MetadataColumn:
			if how["METADATA"] == excluding {
				continue
			}
		}
		c.Type = c.Type.Plain()
		t.Columns = append(t.Columns, c)
	}
	if how["CONSTRAINTS"] == including {
		t.PrimaryKey, t.KeyName = base.PrimaryKey, base.KeyName
	}
	if how["PARTITIONS"] == including {
		t.Partitions = base.Partitions
	}
	if how["WATERMARKS"] != excluding {
		t.Watermark = base.Watermark
	}
	if how["OPTIONS"] != excluding {
		for _, o := range base.Options {
			t.Options = append(t.Options, o)
		}
	}
	if !t.HasComment {
		t.Comment, t.HasComment = base.Comment, base.HasComment
	}
	return true
}
