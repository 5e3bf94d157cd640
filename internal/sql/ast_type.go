package sql

// ---- types ----

// TypeName is a type as written, not resolved.
type TypeName struct {
	Span
	// Name is the canonical upper-case name of a built-in type:
	//
	//	BOOLEAN TINYINT SMALLINT INTEGER BIGINT FLOAT DOUBLE REAL DECIMAL CHAR VARCHAR STRING
	//	BINARY VARBINARY BYTES DATE TIME TIMESTAMP TIMESTAMP_LTZ INTERVAL
	//	ARRAY MAP MULTISET ROW RAW STRUCTURED VARIANT BITMAP ANY
	//
	// INT is INTEGER; DEC and NUMERIC are DECIMAL; DOUBLE PRECISION is DOUBLE;
	// CHARACTER VARYING is VARCHAR; TIMESTAMP(p) WITH LOCAL TIME ZONE is TIMESTAMP_LTZ.
	// Empty for a user-defined type, see Custom; STRUCTURED for an inline one.
	Name string
	// Precision and Scale are -1 if absent. Precision is the length of CHAR and BINARY.
	Precision int
	Scale     int
	// LocalZone tells WITH LOCAL TIME ZONE: of TIME, or of TIMESTAMP, whose Name is TIMESTAMP_LTZ then too.
	LocalZone bool
	// Element is set for ARRAY and MULTISET, and with Key for MAP (the value's type). INT NOT NULL
	// ARRAY is an array of INT NOT NULL.
	Element *TypeName
	Key     *TypeName
	// Postfix tells that ARRAY or MULTISET stands behind its element: INT ARRAY.
	Postfix bool
	// Fields are those of a ROW, or of STRUCTURED<'class', ..>. Angle tells ROW<..> from ROW(..).
	Fields []TypeField
	Angle  bool
	// Unit is set for INTERVAL.
	Unit *IntervalUnit
	// Class and Serializer are the strings of RAW('class', 'serializer'); Class also that of STRUCTURED<'class', ..>.
	Class      string
	Serializer string
	// Custom is the name of a user-defined type.
	Custom *Name
	// NotNull tells NOT NULL; NULL may be written out and is what absence means.
	NotNull bool
	// Charset is the name behind CHARACTER SET, or empty.
	Charset string
}

// TypeField is a field of a ROW type.
type TypeField struct {
	Span
	Name    Ident
	Type    *TypeName
	Comment *Literal // nil if absent
}
