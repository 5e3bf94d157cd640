package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// files are the six files of a folder of cases, in the order of the report.
var files = []string{"scalar", "functions", "parser", "census", "queries", "programs"}

// file is one file as it is: its cases stay undecoded until their kind is known.
type file struct {
	About json.RawMessage   `json:"about"`
	Cases []json.RawMessage `json:"cases"`
}

func readFile(dir, name string) (*file, error) {
	b, err := os.ReadFile(filepath.Join(dir, name+".json"))
	if err != nil {
		return nil, err
	}
	var f file
	if err := json.Unmarshal(b, &f); err != nil {
		// A bare list of cases is read too.
		if json.Unmarshal(b, &f.Cases) != nil {
			return nil, fmt.Errorf("%s.json: %w", name, err)
		}
	}
	return &f, nil
}

// nameOf is what a case is called: its id, else its name, else FILE#index.
func nameOf(raw json.RawMessage, file string, index int) string {
	var c struct{ ID, Name *string }
	if json.Unmarshal(raw, &c) == nil {
		if c.ID != nil && *c.ID != "" {
			return *c.ID
		}
		if c.Name != nil && *c.Name != "" {
			return *c.Name
		}
	}
	return fmt.Sprintf("%s#%d", file, index)
}

// oneOrMore is a text or a list of texts.
type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*o = oneOrMore{s}
		return nil
	}
	var list []any
	if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	for _, x := range list {
		*o = append(*o, plain(x))
	}
	return nil
}

// plain is the text of a JSON value that ought to be a text.
func plain(x any) string {
	switch x := x.(type) {
	case nil:
		return ""
	case string:
		return x
	}
	b, _ := json.Marshal(x)
	return string(b)
}

// texts is an object of texts; numbers and booleans in it are texts too.
type texts map[string]string

func (t *texts) UnmarshalJSON(b []byte) error {
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	*t = texts{}
	for k, v := range m {
		(*t)[k] = plain(v)
	}
	return nil
}

// change is a row of a source or of a sink, with its kind.
type change struct {
	Kind   string            `json:"kind"`
	Values []json.RawMessage `json:"values"`
}

// exampleRow is a table of one row: names, types and values side by side.
type exampleRow struct {
	Names  []string          `json:"names"`
	Types  oneOrMore         `json:"types"`
	Values []json.RawMessage `json:"values"`
}

type scalarAbout struct {
	Tables map[string]exampleRow `json:"tables"`
}

type scalarCase struct {
	SQL      string          `json:"sql"`
	Expected *string         `json:"expected"`
	Error    json.RawMessage `json:"error"` // absent: a result is expected; null: any error
	Table    *string         `json:"table"`
	Zone     string          `json:"zone"`
}

type functionCase struct {
	Kind  string            `json:"kind"` // scalar, agg
	Fn    *string           `json:"fn"`
	Cfg   texts             `json:"cfg"`
	Types oneOrMore         `json:"types"`
	Data  []json.RawMessage `json:"data"`
	Rows  []change          `json:"rows"`
	UDFs  []string          `json:"udfs"`
	Wm    json.RawMessage   `json:"wm"`
	Zone  string            `json:"zone"`
	Tests []functionTest    `json:"tests"`
}

type functionTest struct {
	Kind         string            `json:"kind"` // result, type_only, validation_error, runtime_error
	SQL          oneOrMore         `json:"sql"`
	Expected     []json.RawMessage `json:"expected"`
	ExpectedRows []change          `json:"expected_rows"`
	Type         string            `json:"type"`
	Types        oneOrMore         `json:"types"`
	Msg          *string           `json:"msg"`
	Exotic       bool              `json:"exotic"`
}

type parserCase struct {
	Kind  string  `json:"kind"` // statement, expression
	SQL   string  `json:"sql"`
	OK    *string `json:"ok"`
	Fails *string `json:"fails"`
	Node  *string `json:"node"`
}

type queryCase struct {
	Tables     map[string]queryTable `json:"tables"`
	Statements oneOrMore             `json:"statements"`
	Queries    []struct {
		SQL    string `json:"sql"`
		Stream string `json:"stream"`
		Sink   string `json:"sink"`
	} `json:"queries"`
	Expected []struct {
		From string    `json:"from"`
		How  string    `json:"how"`
		Rows oneOrMore `json:"rows"`
	} `json:"expected"`
	Config    oneOrMore           `json:"config"`
	Data      map[string][]change `json:"data"`
	Functions []json.RawMessage   `json:"functions"`
	UDFs      []json.RawMessage   `json:"udfs"`
}

type queryTable struct {
	Columns []struct {
		Name string  `json:"name"`
		From string  `json:"from"`
		Role *string `json:"role"`
	} `json:"columns"`
	Types     oneOrMore       `json:"types"`
	Extractor json.RawMessage `json:"watermark_extractor"`
	Rows      []change        `json:"rows"`
}

type programCase struct {
	Config            texts             `json:"config"`
	Functions         []json.RawMessage `json:"functions"`
	Models            []json.RawMessage `json:"models"`
	TemporalFunctions []json.RawMessage `json:"temporal_functions"`
	Sources           []programTable    `json:"sources"`
	Sinks             []programTable    `json:"sinks"`
	SetupSQL          oneOrMore         `json:"setup_sql"`
	Run               []struct {
		Kind string  `json:"kind"` // sql, failing_sql, table_api
		SQL  string  `json:"sql"`
		Msg  *string `json:"msg"`
		Sink string  `json:"sink"`
	} `json:"run"`
	SQL       oneOrMore `json:"sql"`
	SQLOrigin *string   `json:"sql_origin"`
	Tags      []string  `json:"tags"`
	Needs     []string  `json:"needs"`
	Runners   []struct {
		Base         string  `json:"base"`
		AfterRestore *string `json:"after_restore"`
	} `json:"runners"`
}

type programTable struct {
	Name       string   `json:"name"`
	DDL        string   `json:"ddl"`
	Options    texts    `json:"options"`
	RowsBefore []change `json:"rows_before"`
	RowsAfter  []change `json:"rows_after"`
	// Of sinks.
	HasData        *bool     `json:"has_data"`
	Compare        string    `json:"compare"`
	ExpectedBefore oneOrMore `json:"expected_before"`
	ExpectedAfter  oneOrMore `json:"expected_after"`
	Materialized   oneOrMore `json:"expected_materialized"`
	Deduplicated   []int     `json:"deduplicated_field_indices"`
}
