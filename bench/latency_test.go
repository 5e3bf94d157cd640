package bench

import "testing"

// An event is seen in what it has made, not in what that takes back.
func TestDueOf(t *testing.T) {
	for record, want := range map[string]int64{
		`{"due":17,"k":3}`: 17,
		`{"before":null,"after":{"due":17,"k":3,"n":1},"op":"c"}`:                   17,
		`{"before":{"due":16,"k":3,"n":1},"after":null,"op":"d"}`:                   0,
		`{"before":{"due":16,"k":3,"n":1},"after":{"due":17,"k":3,"n":2},"op":"u"}`: 17,
		`{"k":3}`: 0,
		``:        0,
	} {
		if got := dueOf([]byte(record)); got != want {
			t.Errorf("%s is of %d, want %d", record, got, want)
		}
	}
}
