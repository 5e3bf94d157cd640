package sql

// ---- tables and their parts ----

// TableElement is what stands between the parentheses of CREATE TABLE:
// *ColumnDef, *TableConstraint or *Watermark.
type TableElement interface {
	Node
	tableElement()
}

// ColumnKind tells the three kinds of columns, and a bare name.
type ColumnKind uint8

// The kinds of columns.
const (
	PhysicalColumn ColumnKind = iota + 1
	ComputedColumn
	MetadataColumn
	// BareColumn is a name alone: CREATE TABLE t (a, b) AS SELECT ..., CREATE VIEW v (a).
	BareColumn
)

// ColumnDef is a column of CREATE TABLE or ALTER TABLE.
type ColumnDef struct {
	Span
	Kind ColumnKind
	// Name has more than one part only in ALTER TABLE (a field of a ROW).
	Name Name
	Type *TypeName // nil for computed and bare columns
	// Constraint is a PRIMARY KEY or UNIQUE on the column itself, nil if absent.
	Constraint *TableConstraint
	Expr       Expr     // only for computed columns
	From       *Literal // METADATA FROM 'key'; nil if absent
	Virtual    bool     // METADATA VIRTUAL
	Comment    *Literal // nil if absent
	// Position is where ALTER TABLE puts the column; nil in CREATE TABLE.
	Position *ColumnPosition
}

// ColumnPosition is FIRST or AFTER column.
type ColumnPosition struct {
	Span
	First bool
	After Name
}

// TableConstraint is [CONSTRAINT name] PRIMARY KEY|UNIQUE (columns) [[NOT] ENFORCED].
type TableConstraint struct {
	Span
	Name    *Ident  // nil if absent
	Primary bool    // else UNIQUE
	Columns []Ident // empty for a constraint on a column
	// Enforcement is "ENFORCED", "NOT ENFORCED" or empty (then ENFORCED is meant).
	Enforcement string
}

// Watermark is WATERMARK FOR column AS expression.
type Watermark struct {
	Span
	Column Name
	Expr   Expr
}

// Option is 'key' = 'value' of WITH, SET and the like.
type Option struct {
	Span
	Key   Literal
	Value Literal
}

// Distribution is DISTRIBUTED BY HASH (columns) INTO n BUCKETS.
type Distribution struct {
	Span
	Kind    string // HASH, RANGE or empty
	Columns []Ident
	Buckets *Literal // nil if absent
}

// LikeClause is LIKE table (INCLUDING ALL ...).
type LikeClause struct {
	Span
	Table   Name
	Options []LikeOption
}

// LikeOption is INCLUDING|EXCLUDING|OVERWRITING feature.
type LikeOption struct {
	Span
	Strategy string // INCLUDING, EXCLUDING, OVERWRITING
	Feature  string // ALL CONSTRAINTS DISTRIBUTION GENERATED METADATA OPTIONS PARTITIONS WATERMARKS
}

// PartitionSpec is PARTITION (a = 'x', b); a value is nil where only a name stands.
type PartitionSpec struct {
	Span
	Items []PartitionItem
}

// PartitionItem is column [= literal].
type PartitionItem struct {
	Span
	Column Ident
	Value  Expr // nil if absent
}

// ObjectKind names the objects of CREATE, ALTER, DROP, SHOW and DESCRIBE.
type ObjectKind string

// The kinds of catalog objects.
const (
	CatalogObject           ObjectKind = "CATALOG"
	DatabaseObject          ObjectKind = "DATABASE"
	TableObject             ObjectKind = "TABLE"
	MaterializedTableObject ObjectKind = "MATERIALIZED TABLE"
	ViewObject              ObjectKind = "VIEW"
	FunctionObject          ObjectKind = "FUNCTION"
	ModelObject             ObjectKind = "MODEL"
	ConnectionObject        ObjectKind = "CONNECTION"
)

// ---- CREATE ----

// CreateTable is CREATE [OR REPLACE] [TEMPORARY] TABLE and REPLACE TABLE.
type CreateTable struct {
	Span
	// Create and Replace: CREATE TABLE has the first, REPLACE TABLE the second, CREATE OR REPLACE TABLE both.
	Create      bool
	Replace     bool
	Temporary   bool
	IfNotExists bool
	Name        Name
	// Elements are columns, then constraints, then the watermark; nil if there are no parentheses.
	Elements      []TableElement
	Comment       *Literal // nil if absent
	Distribution  *Distribution
	PartitionedBy []Ident
	Connection    *Name // USING CONNECTION; nil if absent
	// Options is nil if there is no WITH, or nothing in it.
	Options []Option
	Like    *LikeClause // nil if absent
	As      *Query      // nil if absent
}

// CreateMaterializedTable is CREATE [OR ALTER] MATERIALIZED TABLE.
type CreateMaterializedTable struct {
	Span
	OrAlter       bool
	Name          Name
	Elements      []TableElement
	Comment       *Literal
	Distribution  *Distribution
	PartitionedBy []Ident
	Options       []Option
	StartMode     *StartMode       // nil if absent
	Freshness     *IntervalLiteral // nil if absent
	RefreshMode   string           // FULL, CONTINUOUS or empty
	As            *Query
}

// StartMode is START_MODE = mode [(argument)].
type StartMode struct {
	Span
	// Mode is FROM_BEGINNING, FROM_NOW, FROM_TIMESTAMP, RESUME_OR_FROM_BEGINNING,
	// RESUME_OR_FROM_NOW or RESUME_OR_FROM_TIMESTAMP.
	Mode string
	Arg  Expr // an interval or a timestamp; nil if absent
}

// CreateView is CREATE [OR REPLACE] [TEMPORARY] VIEW name [(columns)] AS query.
type CreateView struct {
	Span
	Replace     bool
	Temporary   bool
	IfNotExists bool
	Name        Name
	Columns     []Ident // nil if absent
	Comment     *Literal
	Query       *Query
}

// CreateFunction is CREATE [TEMPORARY] [SYSTEM] FUNCTION.
type CreateFunction struct {
	Span
	Temporary   bool
	System      bool
	IfNotExists bool
	Name        Name
	Class       Literal
	Language    string // JAVA, SCALA, SQL, PYTHON or empty
	Resources   []Resource
	Options     []Option
}

// Resource is JAR|ARTIFACT 'path'.
type Resource struct {
	Span
	Kind string
	Path Literal
}

// CreateCatalog is CREATE CATALOG [IF NOT EXISTS] name [COMMENT ..] [WITH (..)].
type CreateCatalog struct {
	Span
	IfNotExists bool
	Name        Name
	Comment     *Literal
	Options     []Option
}

// CreateDatabase is CREATE DATABASE [IF NOT EXISTS] name [COMMENT ..] [WITH (..)].
type CreateDatabase struct {
	Span
	IfNotExists bool
	Name        Name
	Comment     *Literal
	Options     []Option
}

// CreateModel is CREATE [TEMPORARY] MODEL.
type CreateModel struct {
	Span
	Temporary   bool
	IfNotExists bool
	Name        Name
	Input       []ColumnDef // nil if absent
	Output      []ColumnDef // nil if absent
	Comment     *Literal
	Options     []Option
	As          *Query // nil if absent
}

// CreateConnection is CREATE [TEMPORARY [SYSTEM]] CONNECTION.
type CreateConnection struct {
	Span
	Temporary   bool
	System      bool
	IfNotExists bool
	Name        Name
	Comment     *Literal
	Options     []Option
}

// ---- data ----

// Insert is [EXECUTE] INSERT INTO|OVERWRITE table ...
type Insert struct {
	Span
	Execute   bool
	Upsert    bool
	Overwrite bool
	Table     TableRef
	Partition *PartitionSpec // nil if absent
	Columns   []Name         // nil if absent; a part of a name may be a field of a ROW
	Source    *Query
	// OnConflict is DO ERROR, DO NOTHING, DO DEDUPLICATE or empty.
	OnConflict string
}

// StatementSet is [EXECUTE] STATEMENT SET BEGIN insert; ... END. The script form
// BEGIN STATEMENT SET; insert; ... END; is read as one StatementSet with Script set.
type StatementSet struct {
	Span
	Execute bool
	Script  bool
	Inserts []*Insert
}

// Execute is EXECUTE query; EXECUTE INSERT and EXECUTE STATEMENT SET are flags of those.
type Execute struct {
	Span
	Query *Query
}

// Update is UPDATE table SET column = value, ... [WHERE ..].
type Update struct {
	Span
	Table       TableRef
	Alias       *Ident
	Assignments []Assignment
	Where       Expr
}

// Assignment is column = value.
type Assignment struct {
	Span
	Column Name
	Value  Expr
}

// Delete is DELETE FROM table [WHERE ..].
type Delete struct {
	Span
	Table TableRef
	Alias *Ident
	Where Expr
}

// Truncate is TRUNCATE TABLE name.
type Truncate struct {
	Span
	Name Name
}

// Merge is MERGE INTO table USING source ON condition WHEN ...
type Merge struct {
	Span
	Table      TableRef
	Alias      *Ident
	Source     TableExpr
	On         Expr
	Update     []Assignment // nil if absent
	InsertCols []Ident
	Values     *Row // nil if there is no WHEN NOT MATCHED
}

// ---- the rest ----

// Explain is EXPLAIN [ESTIMATED_COST, ...] | [PLAN FOR] statement.
type Explain struct {
	Span
	// Details are ESTIMATED_COST, CHANGELOG_MODE, PLAN_ADVICE, JSON_EXECUTION_PLAN, in a fixed order.
	Details   []string
	Statement Statement // *Query, *Insert, *StatementSet, *CreateTable with As, ...
}

// Describe is DESCRIBE [kind] [EXTENDED] name.
type Describe struct {
	Span
	// Object is "TABLE" for DESCRIBE name, or CATALOG, DATABASE, FUNCTION, MODEL, CONNECTION.
	Object   ObjectKind
	Extended bool
	Name     Name
}

// DescribeJob is DESCRIBE JOB 'id'.
type DescribeJob struct {
	Span
	ID Literal
}

// ShowKind names what SHOW lists.
type ShowKind string

// The kinds of SHOW. ShowCreate has an object.
const (
	ShowCatalogs           ShowKind = "CATALOGS"
	ShowDatabases          ShowKind = "DATABASES"
	ShowTables             ShowKind = "TABLES"
	ShowMaterializedTables ShowKind = "MATERIALIZED TABLES"
	ShowViews              ShowKind = "VIEWS"
	ShowColumns            ShowKind = "COLUMNS"
	ShowFunctions          ShowKind = "FUNCTIONS"
	ShowUserFunctions      ShowKind = "USER FUNCTIONS"
	ShowProcedures         ShowKind = "PROCEDURES"
	ShowModels             ShowKind = "MODELS"
	ShowConnections        ShowKind = "CONNECTIONS"
	ShowModules            ShowKind = "MODULES"
	ShowFullModules        ShowKind = "FULL MODULES"
	ShowPartitions         ShowKind = "PARTITIONS"
	ShowJars               ShowKind = "JARS"
	ShowJobs               ShowKind = "JOBS"
	ShowCurrentCatalog     ShowKind = "CURRENT CATALOG"
	ShowCurrentDatabase    ShowKind = "CURRENT DATABASE"
)

// Show is SHOW kind [FROM|IN name] [[NOT] LIKE|ILIKE 'pattern'].
type Show struct {
	Span
	Kind ShowKind
	// Preposition is FROM, IN or empty; Name is set with it, and for PARTITIONS without it.
	Preposition string
	Name        *Name
	Not         bool
	LikeOp      string   // LIKE, ILIKE or empty
	Pattern     *Literal // set with LikeOp
	Partition   *PartitionSpec
}

// ShowCreate is SHOW CREATE kind name.
type ShowCreate struct {
	Span
	Object ObjectKind
	Name   Name
}

// Use is USE [CATALOG|DATABASE] name.
type Use struct {
	Span
	Catalog bool
	Name    Name
}

// UseModules is USE MODULES a, b.
type UseModules struct {
	Span
	Names []Ident
}

// Set is SET 'key' = 'value', SET key = value, or SET alone (Key is empty): list all.
type Set struct {
	Span
	Key   string
	Value string
}

// Reset is RESET 'key', or RESET alone (Key is empty).
type Reset struct {
	Span
	Key string
}

// LoadModule is LOAD MODULE name [WITH (..)].
type LoadModule struct {
	Span
	Name    Ident
	Options []Option
}

// UnloadModule is UNLOAD MODULE name.
type UnloadModule struct {
	Span
	Name Ident
}

// Jar is ADD JAR 'path' or REMOVE JAR 'path'.
type Jar struct {
	Span
	Remove bool
	Path   Literal
}

// CallProcedure is CALL procedure(args).
type CallProcedure struct {
	Span
	Call *Call
}

// Analyze is ANALYZE TABLE name [PARTITION(..)] COMPUTE STATISTICS [FOR COLUMNS a, b | FOR ALL COLUMNS].
type Analyze struct {
	Span
	Name       Name
	Partition  *PartitionSpec
	Columns    []Ident
	AllColumns bool
}

// ExecutePlan is EXECUTE PLAN 'path'.
type ExecutePlan struct {
	Span
	Path Literal
}

// CompilePlan is COMPILE [AND EXECUTE] PLAN 'path' [IF NOT EXISTS] FOR statement.
type CompilePlan struct {
	Span
	Execute     bool
	Path        Literal
	IfNotExists bool
	Statement   Statement // *Insert or *StatementSet
}

// StopJob is STOP JOB 'id' [WITH SAVEPOINT] [WITH DRAIN].
type StopJob struct {
	Span
	ID        Literal
	Savepoint bool
	Drain     bool
}

// BeginStatementSet is BEGIN STATEMENT SET that no END closes (else see
// StatementSet), and EndStatementSet an END that closes nothing.
type BeginStatementSet struct{ Span }

// EndStatementSet is END outside of a statement set.
type EndStatementSet struct{ Span }

// Command is a word of the SQL client: QUIT, EXIT, CLEAR, HELP. Upper case.
type Command struct {
	Span
	Name string
}

func (*ColumnDef) tableElement()       {}
func (*TableConstraint) tableElement() {}
func (*Watermark) tableElement()       {}
func (*Distribution) tableElement()    {}

func (*RenameTo) alterAction()           {}
func (*RenameColumn) alterAction()       {}
func (*SetOptions) alterAction()         {}
func (*ResetOptions) alterAction()       {}
func (*SetComment) alterAction()         {}
func (*ChangeElements) alterAction()     {}
func (*ChangeDistribution) alterAction() {}
func (*DropColumns) alterAction()        {}
func (*DropElement) alterAction()        {}
func (*AddPartitions) alterAction()      {}
func (*DropPartitions) alterAction()     {}
func (*AsQuery) alterAction()            {}
func (*AsClass) alterAction()            {}
func (*SetFreshness) alterAction()       {}
func (*SetRefreshMode) alterAction()     {}
func (*Suspend) alterAction()            {}
func (*Resume) alterAction()             {}
func (*Refresh) alterAction()            {}

func (*Query) statement()                   {}
func (*CreateTable) statement()             {}
func (*CreateMaterializedTable) statement() {}
func (*CreateView) statement()              {}
func (*CreateFunction) statement()          {}
func (*CreateCatalog) statement()           {}
func (*CreateDatabase) statement()          {}
func (*CreateModel) statement()             {}
func (*CreateConnection) statement()        {}
func (*Alter) statement()                   {}
func (*Drop) statement()                    {}
func (*Insert) statement()                  {}
func (*StatementSet) statement()            {}
func (*Execute) statement()                 {}
func (*Update) statement()                  {}
func (*Delete) statement()                  {}
func (*Truncate) statement()                {}
func (*Merge) statement()                   {}
func (*Explain) statement()                 {}
func (*Describe) statement()                {}
func (*DescribeJob) statement()             {}
func (*Show) statement()                    {}
func (*ShowCreate) statement()              {}
func (*Use) statement()                     {}
func (*UseModules) statement()              {}
func (*Set) statement()                     {}
func (*Reset) statement()                   {}
func (*LoadModule) statement()              {}
func (*UnloadModule) statement()            {}
func (*Jar) statement()                     {}
func (*CallProcedure) statement()           {}
func (*Analyze) statement()                 {}
func (*ExecutePlan) statement()             {}
func (*CompilePlan) statement()             {}
func (*StopJob) statement()                 {}
func (*BeginStatementSet) statement()       {}
func (*EndStatementSet) statement()         {}
func (*Command) statement()                 {}
