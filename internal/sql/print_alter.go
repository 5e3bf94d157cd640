package sql

// ---- ALTER ----

func (p *printer) action(a AlterAction) {
	switch a := a.(type) {
	case *RenameTo:
		p.s(" RENAME TO ")
		p.name(a.Name)
	case *RenameColumn:
		p.s(" RENAME ")
		p.name(a.From)
		p.s(" TO ")
		p.name(a.To)
	case *SetOptions:
		p.s(" SET ")
		p.options(a.Options)
	case *ResetOptions:
		p.s(" RESET (\n")
		for i := range a.Keys {
			p.s(when(i > 0, ",\n"), "  ")
			p.literal(&a.Keys[i])
		}
		p.s(when(a.Keys != nil, "\n"), ")")
	case *SetComment:
		p.s(" COMMENT ")
		p.literal(&a.Comment)
	case *ChangeElements:
		p.s(addOrModify(a.Modify), "(\n")
		p.elements(a.Elements)
		p.s("\n)")
	case *ChangeDistribution:
		p.s(addOrModify(a.Modify), "DISTRIBUTION ")
		p.distribution(&a.Distribution)
	case *DropColumns:
		p.s(" DROP (\n")
		for i, n := range a.Columns {
			p.s(when(i > 0, ",\n"), "  ")
			p.name(n)
		}
		p.s("\n)")
	case *DropElement:
		p.s(" DROP ", a.Kind)
		if a.Name != nil {
			p.s(" ")
			p.ident(*a.Name)
		}
	case *AddPartitions, *DropPartitions:
		p.partitions(a)
	case *AsQuery:
		p.as(a.Query)
	case *AsClass:
		p.class(a.Class, a.Language)
	case *SetFreshness:
		p.s(" SET FRESHNESS = ")
		p.expr(&a.Freshness)
	case *SetRefreshMode:
		p.s(" SET REFRESH_MODE = ", a.Mode)
	case *Suspend:
		p.s(" SUSPEND")
	case *Resume:
		p.s(" RESUME")
		p.with(a.Options)
	case *Refresh:
		p.s(" REFRESH")
		p.partition(a.Partition)
	}
}

func addOrModify(modify bool) string {
	if modify {
		return " MODIFY "
	}
	return " ADD "
}

func (p *printer) partitions(a AlterAction) {
	switch a := a.(type) {
	case *AddPartitions:
		p.s("\nADD", when(a.IfNotExists, " IF NOT EXISTS"))
		for i := range a.Partitions {
			part := &a.Partitions[i]
			p.s("\n")
			p.partitionSpec(&part.Spec)
			if part.Options != nil {
				p.s(" WITH (")
				list(p, part.Options, p.option)
				p.s(")")
			}
		}
	case *DropPartitions:
		p.s("\nDROP", when(a.IfExists, " IF EXISTS"))
		for i := range a.Partitions {
			p.s(when(i > 0, ","), "\n")
			p.partitionSpec(&a.Partitions[i])
		}
	}
}

// partition prints " PARTITION (..)", or nothing.
func (p *printer) partition(s *PartitionSpec) {
	if s != nil {
		p.s(" ")
		p.partitionSpec(s)
	}
}

func (p *printer) partitionSpec(s *PartitionSpec) {
	p.s("PARTITION (")
	list(p, s.Items, func(i PartitionItem) {
		p.ident(i.Column)
		if i.Value != nil {
			p.s(" = ")
			p.expr(i.Value)
		}
	})
	p.s(")")
}
