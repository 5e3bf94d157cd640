package types

// MonthsBetweenMillis is how many whole months lie from b to a, both in milliseconds
// since 1970-01-01: TIMESTAMPDIFF(MONTH, b, a). As in Flink an incomplete last day
// takes a month off even where a is before b.
func MonthsBetweenMillis(a, b int64) int64 {
	da, db := floorDiv(a, MillisPerDay), floorDiv(b, MillisPerDay)
	m := MonthsBetween(da, db)
	if AddMonths(db, m) == da && floorMod(a, MillisPerDay) < floorMod(b, MillisPerDay) {
		m--
	}
	return m
}
