package types

import (
	"testing"
	"time"
)

// TestZoneGapsAndOverlaps pins how java.time reads local times that do not exist
// or exist twice, also in years beyond the listed spans.
func TestZoneGapsAndOverlaps(t *testing.T) {
	for _, c := range []struct{ zone, local, instant string }{
		{"Europe/Berlin", "2024-03-31 01:59:59", "2024-03-31T00:59:59Z"},
		{"Europe/Berlin", "2024-03-31 02:30:00", "2024-03-31T01:30:00Z"}, // gap
		{"Europe/Berlin", "2024-03-31 03:00:00", "2024-03-31T01:00:00Z"},
		{"Europe/Berlin", "2024-10-27 02:30:00", "2024-10-27T00:30:00Z"}, // twice: the earlier
		{"Europe/Berlin", "2024-10-27 03:00:00", "2024-10-27T02:00:00Z"},
		{"Europe/Berlin", "2040-12-31 12:00:00", "2040-12-31T11:00:00Z"},
		{"Europe/Berlin", "2824-03-31 02:30:00", "2824-03-31T01:30:00Z"}, // 2024 two cycles on
		{"Europe/Berlin", "2824-10-27 02:30:00", "2824-10-27T00:30:00Z"},
		{"Europe/Berlin", "9999-07-01 00:00:00", "9999-06-30T22:00:00Z"},
		{"Europe/Berlin", "1800-01-01 00:00:00", "1799-12-31T23:06:32Z"}, // local mean time
		{"Australia/Lord_Howe", "2024-10-06 02:15:00", "2024-10-05T15:45:00Z"},
		{"Pacific/Apia", "2011-12-30 12:00:00", "2011-12-30T22:00:00Z"}, // a day left out
		{"GMT-08:00", "2024-01-01 00:00:00", "2024-01-01T08:00:00Z"},
		{"GMT+0530", "2024-01-01 00:00:00", "2023-12-31T18:30:00Z"},
	} {
		zone, err := LoadZone(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		micros, _, err := ParseTimestamp(c.local, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(AppendInstant(nil, zone.Instant(micros), 0)); got != c.instant {
			t.Errorf("%s in %s is %s, want %s", c.local, c.zone, got, c.instant)
		}
	}
}

func TestZoneNamesThatFlinkRefuses(t *testing.T) {
	for _, name := range []string{"", "Local", "EST", "PST", "UTC+8", "UTC+08:00", "+08:00", "GMT+19:00", "GMT+1:5", "GMT+", "Nowhere/Else"} {
		if _, err := LoadZone(name); err == nil {
			t.Errorf("%q is taken for a zone", name)
		}
	}
}

// TestZoneAgainstTime compares offsets around every change of 1900 to 2200 with
// those of package time.
func TestZoneAgainstTime(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Africa/Casablanca"} {
		zone, err := LoadZone(name)
		if err != nil {
			t.Fatal(err)
		}
		location, _ := time.LoadLocation(name)
		at := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)
		for ; at.Year() < 2200; at = at.Add(11 * time.Hour) {
			_, want := at.In(location).Zone()
			if got := zone.Offset(at.UnixMicro()); got != int64(want)*MicrosPerSecond {
				t.Fatalf("%s at %v: %d, want %d s", name, at, got, want)
			}
		}
	}
}

func TestCalendarAgainstTime(t *testing.T) {
	at := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	for days := int64(MinDate); days <= MaxDate; days += 17 {
		day := at.AddDate(0, 0, int(days-MinDate))
		year, month, dom := CivilOf(days)
		isoYear, week := ISOWeek(days)
		wantYear, wantWeek := day.ISOWeek()
		if year != day.Year() || month != int(day.Month()) || dom != day.Day() || DateOf(year, month, dom) != days ||
			Weekday(days)%7 != int(day.Weekday()) || DayOfYear(days) != day.YearDay() || isoYear != wantYear || week != wantWeek {
			t.Fatalf("day %d: %d-%d-%d, want %v", days, year, month, dom, day)
		}
	}
	if days := int64(MaxDate); string(AppendDate(nil, days)) != "9999-12-31" || string(AppendDate(nil, MinDate)) != "0001-01-01" {
		t.Error("the ends of the calendar are not where they are said to be")
	}
}

func TestMonths(t *testing.T) {
	for _, c := range []struct {
		from   string
		months int64
		want   string
	}{
		{"2024-01-31", 1, "2024-02-29"},
		{"2023-01-31", 1, "2023-02-28"},
		{"2024-03-31", -1, "2024-02-29"},
		{"2024-01-15", -13, "2022-12-15"},
		{"2024-02-29", 12, "2025-02-28"},
	} {
		from, _ := ParseDate(c.from)
		to := AddMonths(from, c.months)
		if got := string(AppendDate(nil, to)); got != c.want {
			t.Errorf("%s and %d months is %s, want %s", c.from, c.months, got, c.want)
		}
		if got := AddMonthsMicros(from*MicrosPerDay+1, c.months); got != to*MicrosPerDay+1 {
			t.Errorf("%s and %d months loses its time of day", c.from, c.months)
		}
	}
	for _, c := range []struct {
		a, b string
		want int64
	}{{"2024-03-31", "2024-02-29", 1}, {"2024-03-28", "2024-02-29", 0}, {"2024-02-29", "2024-03-28", 0}, {"2022-12-15", "2024-01-15", -13}} {
		a, _ := ParseDate(c.a)
		b, _ := ParseDate(c.b)
		if got := MonthsBetween(a, b); got != c.want {
			t.Errorf("from %s to %s: %d months, want %d", c.b, c.a, got, c.want)
		}
	}
}

func TestTruncation(t *testing.T) {
	for _, c := range []struct {
		micros, nanos int64
		p             int
		wantMicros    int64
		wantNanos     int64
	}{
		{1_234_567, 891, 9, 1_234_567, 891},
		{1_234_567, 891, 8, 1_234_567, 890},
		{1_234_567, 891, 6, 1_234_567, 0},
		{1_234_567, 891, 3, 1_234_000, 0},
		{1_234_567, 891, 0, 1_000_000, 0},
		{-1, 999, 3, -1000, 0}, // toward the past, also before 1970
	} {
		micros, nanos := TruncateMicros(c.micros, c.p), TruncateNanos(c.nanos, c.p)
		if micros != c.wantMicros || nanos != c.wantNanos {
			t.Errorf("%d.%d at %d digits: %d.%d", c.micros, c.nanos, c.p, micros, nanos)
		}
	}
}
