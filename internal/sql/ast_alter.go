package sql

// ---- ALTER and DROP ----

// Alter is ALTER of any object; Action says what is done to it.
type Alter struct {
	Span
	Object    ObjectKind
	Temporary bool
	System    bool
	IfExists  bool
	Name      Name
	Action    AlterAction
}

// AlterAction is one change of an Alter.
type AlterAction interface {
	Node
	alterAction()
}

// RenameTo is RENAME TO name.
type RenameTo struct {
	Span
	Name Name
}

// RenameColumn is RENAME column TO column.
type RenameColumn struct {
	Span
	From, To Name
}

// SetOptions is SET ('k' = 'v', ...).
type SetOptions struct {
	Span
	Options []Option
}

// ResetOptions is RESET ('k', ...).
type ResetOptions struct {
	Span
	Keys []Literal
}

// SetComment is COMMENT 'text' (of a catalog).
type SetComment struct {
	Span
	Comment Literal
}

// ChangeElements is ADD or MODIFY (columns, constraints, watermark, distribution).
type ChangeElements struct {
	Span
	Modify   bool // else ADD
	Elements []TableElement
}

// ChangeDistribution is ADD or MODIFY DISTRIBUTION ...
type ChangeDistribution struct {
	Span
	Modify       bool // else ADD
	Distribution Distribution
}

// DropColumns is DROP column or DROP (columns).
type DropColumns struct {
	Span
	Columns []Name
}

// DropElement is DROP PRIMARY KEY, CONSTRAINT name, WATERMARK or DISTRIBUTION.
type DropElement struct {
	Span
	Kind string // PRIMARY KEY, CONSTRAINT, WATERMARK, DISTRIBUTION
	Name *Ident // only for CONSTRAINT
}

// AddPartitions is ADD [IF NOT EXISTS] PARTITION (..) [WITH (..)] ...
type AddPartitions struct {
	Span
	IfNotExists bool
	Partitions  []PartitionWithOptions
}

// PartitionWithOptions is a partition with its own options.
type PartitionWithOptions struct {
	Span
	Spec    PartitionSpec
	Options []Option
}

// DropPartitions is DROP [IF EXISTS] PARTITION (..), ...
type DropPartitions struct {
	Span
	IfExists   bool
	Partitions []PartitionSpec
}

// AsQuery is AS query (of a view or a materialized table).
type AsQuery struct {
	Span
	Query *Query
}

// AsClass is AS 'class' [LANGUAGE language] (of a function).
type AsClass struct {
	Span
	Class    Literal
	Language string
}

// SetFreshness is SET FRESHNESS = INTERVAL ...
type SetFreshness struct {
	Span
	Freshness IntervalLiteral
}

// SetRefreshMode is SET REFRESH_MODE = FULL|CONTINUOUS.
type SetRefreshMode struct {
	Span
	Mode string
}

// Suspend is SUSPEND.
type Suspend struct{ Span }

// Resume is RESUME [WITH (..)].
type Resume struct {
	Span
	Options []Option
}

// Refresh is REFRESH [PARTITION (..)].
type Refresh struct {
	Span
	Partition *PartitionSpec // nil if absent
}

// Drop is DROP of any object.
type Drop struct {
	Span
	Object    ObjectKind
	Temporary bool
	System    bool
	IfExists  bool
	Name      Name
	Behavior  string // CASCADE, RESTRICT or empty
}
