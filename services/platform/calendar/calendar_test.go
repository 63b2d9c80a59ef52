package calendar_test

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

var april = calendar.On(2026, time.April, 1)

func TestZero_IsNoDateEverywhere(t *testing.T) {
	var none calendar.Date
	text, _ := json.Marshal(none)
	value, _ := none.Value()
	if !none.IsZero() || none.String() != "" || string(text) != `""` || value != nil || !none.Before(april) || !none.Time().IsZero() {
		t.Errorf("zero date: %q, JSON %s, SQL %v", none, text, value)
	}
	if none.AddDays(3) != none || none.AddMonths(3) != none {
		t.Error("arithmetic makes a date of no date")
	}
}

func TestDateOf_IsTheDayOnTheWallOfTheZone(t *testing.T) {
	instant := time.Date(2026, time.March, 31, 23, 30, 0, 0, time.UTC)
	for name, want := range map[string]string{"UTC": "2026-03-31", "Europe/London": "2026-04-01", "America/New_York": "2026-03-31", "Pacific/Kiritimati": "2026-04-01"} {
		zone, err := calendar.LoadZone(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := calendar.DateOf(instant, zone).String(); got != want {
			t.Errorf("in %s it is %s, want %s", name, got, want)
		}
	}
}

func TestLoadZone_RefusesWhatIsNoZone(t *testing.T) {
	for _, name := range []string{"", "Local", "Europe/Atlantis", "../etc/passwd", "GMT+1:00"} {
		if _, err := calendar.LoadZone(name); !errors.Is(err, calendar.ErrZoneInvalid) {
			t.Errorf("LoadZone(%q) = %v, want TIME_ZONE_INVALID", name, err)
		}
	}
}

func TestArithmetic_StopsAtTheEndsOfTheCalendar(t *testing.T) {
	first := calendar.On(1, time.January, 1)
	for _, got := range []calendar.Date{april.AddDays(1 << 40), april.AddMonths(1 << 40), calendar.Last.AddDays(1), calendar.Last.AddMonths(1)} {
		if got != calendar.Last {
			t.Errorf("beyond the last day is %s", got)
		}
	}
	for _, got := range []calendar.Date{april.AddDays(-1 << 40), april.AddMonths(-1 << 40), first.AddDays(-1), first.AddMonths(-1)} {
		if got != first {
			t.Errorf("before the first day is %s", got)
		}
	}
}

func TestOn_PanicsForADayThatDoesNotExist(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("On(2023, February, 29) returned")
		}
	}()
	calendar.On(2023, time.February, 29)
}

func TestDate_IsJSONOfItsText(t *testing.T) {
	type row struct {
		At   calendar.Date `json:"at"`
		Till calendar.Date `json:"till,omitzero"`
	}
	text, err := json.Marshal(row{At: april})
	if err != nil || string(text) != `{"at":"2026-04-01"}` {
		t.Fatalf("Marshal = %s, %v", text, err)
	}
	var back row
	if err := json.Unmarshal([]byte(`{"at":"2026-04-01","till":""}`), &back); err != nil || back != (row{At: april}) {
		t.Errorf("Unmarshal = %+v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"at":"2023-02-29"}`), &back); !errors.Is(err, calendar.ErrDateInvalid) {
		t.Errorf("Unmarshal of 29 February 2023 = %v", err)
	}
}

func TestScan_ReadsWhatDriversGive(t *testing.T) {
	for _, source := range []any{april.Time(), time.Date(2026, time.April, 1, 23, 0, 0, 0, time.FixedZone("west", -8*3600)), "2026-04-01", []byte("2026-04-01")} {
		var got calendar.Date
		if err := got.Scan(source); err != nil || got != april {
			t.Errorf("Scan(%v) = %v, %v", source, got, err)
		}
	}
	got := april
	if err := got.Scan(nil); err != nil || !got.IsZero() {
		t.Errorf("Scan(NULL) = %v, %v", got, err)
	}
	if err := got.Scan(42); err == nil {
		t.Error("Scan(42) is accepted")
	}
	if err := got.Scan(time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)); !errors.Is(err, calendar.ErrDateInvalid) {
		t.Errorf("Scan(10000-01-01) = %v", err)
	}
}

func TestPgx_CarriesDatesInBothFormats(t *testing.T) {
	types := pgtype.NewMap()
	for _, format := range []int16{pgtype.BinaryFormatCode, pgtype.TextFormatCode} {
		for _, want := range []calendar.Date{april, {}, calendar.On(1999, time.December, 31)} {
			wire, err := types.Encode(pgtype.DateOID, format, want, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got calendar.Date
			if err := types.Scan(pgtype.DateOID, format, wire, &got); err != nil || got != want {
				t.Errorf("format %d: %q came back as %q, %v", format, want, got, err)
			}
		}
	}
}

func TestPgx_RefusesInfinity(t *testing.T) {
	types := pgtype.NewMap()
	wire, err := types.Encode(pgtype.DateOID, pgtype.BinaryFormatCode, pgtype.Date{InfinityModifier: pgtype.Infinity, Valid: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got calendar.Date
	if err := types.Scan(pgtype.DateOID, pgtype.BinaryFormatCode, wire, &got); !errors.Is(err, calendar.ErrDateInvalid) {
		t.Errorf("Scan(infinity) = %v, %v", got, err)
	}
}

func TestTerm_ContainsItsStartAndNotItsEnd(t *testing.T) {
	term, err := calendar.NewTerm(april, april.AddDays(30))
	if err != nil {
		t.Fatal(err)
	}
	if !term.Contains(term.Start) || !term.Contains(term.End.AddDays(-1)) || term.Contains(term.End) || term.Contains(term.Start.AddDays(-1)) {
		t.Errorf("%s contains the wrong days", term)
	}
	if term.Days() != 30 || term.Empty() || !(calendar.Term{}).Empty() {
		t.Errorf("%s has %d days", term, term.Days())
	}
	if _, err := calendar.NewTerm(calendar.Date{}, april); !errors.Is(err, calendar.ErrDateInvalid) {
		t.Errorf("a term without start = %v", err)
	}
}

func TestRefusals_SayWhatWouldBeRight(t *testing.T) {
	parse := func(s string) error { _, err := calendar.ParseDate(s); return err }
	grid := func(anchor, start calendar.Date) error { _, err := calendar.TermFrom(anchor, start, 1); return err }
	for _, c := range []struct {
		err  error
		want string
	}{
		{parse("2023-02-29"), "2023-02-29 does not exist; February 2023 has the days 01 to 28"},
		{parse("2024-13-01"), "2024-13-01 does not exist; months are 01 to 12"},
		{parse("tomorrow"), `"tomorrow" is not a date; write year, month and day as 2026-04-01`},
		{calendar.CheckMonths(18), "a term of 18 months is not offered; choose 1, 12, 24 or 36"},
		{grid(calendar.On(2024, time.January, 31), calendar.On(2024, time.February, 28)),
			"no term starts on 2024-02-28 in a contract anchored at 2024-01-31; the term of that month starts on 2024-02-29"},
	} {
		refusal, ok := fault.Of(c.err)
		if !ok || refusal.Message != c.want {
			t.Errorf("message %v\n   want %s", c.err, c.want)
		}
	}
}

func TestHotPaths_StayOffTheHeap(t *testing.T) {
	for _, c := range []struct {
		name   string
		allocs float64
		deed   func()
	}{
		{"AddMonths", 0, func() { _ = april.AddMonths(13) }},
		{"ParseDate", 0, func() { _, _ = calendar.ParseDate("2026-04-01") }},
		{"String", 1, func() { _ = april.String() }},
		{"TermFrom", 0, func() { _, _ = calendar.TermFrom(april, april, 12) }},
		{"LoadZone", 0, func() { _, _ = calendar.LoadZone("Europe/London") }},
	} {
		if got := testing.AllocsPerRun(100, c.deed); got > c.allocs {
			t.Errorf("%s allocates %v times, at most %v are allowed", c.name, got, c.allocs)
		}
	}
}

var (
	_ pgtype.DateScanner = (*calendar.Date)(nil)
	_ pgtype.DateValuer  = calendar.Date{}
	_ driver.Valuer      = calendar.Date{}
)
