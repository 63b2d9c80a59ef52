package calendar_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

func dates() *rapid.Generator[calendar.Date] {
	first := calendar.On(1900, time.January, 1)
	return rapid.Map(rapid.IntRange(0, 300*365), first.AddDays)
}

func TestLaw_WhatIsPrintedIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := calendar.On(1, time.January, 1).AddDays(rapid.IntRange(0, 3_652_058).Draw(t, "days"))
		if back, err := calendar.ParseDate(d.String()); err != nil || back != d {
			t.Fatalf("%s is read as %s, %v", d, back, err)
		}
		if got, want := d.String(), d.Time().Format(time.DateOnly); got != want {
			t.Fatalf("%s is %s to the standard library", got, want)
		}
	})
}

func TestLaw_DaysAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := dates().Draw(t, "date"), rapid.IntRange(-40_000, 40_000).Draw(t, "days")
		e := d.AddDays(n)
		if d.DaysUntil(e) != n || e.AddDays(-n) != d || d.Before(e) != (n > 0) || d.After(e) != (n < 0) || d.Equal(e) != (n == 0) {
			t.Fatalf("%s and %d days is %s", d, n, e)
		}
		if calendar.Min(d, e).After(calendar.Max(d, e)) || d.Compare(e) != -e.Compare(d) {
			t.Fatalf("%s and %s have no order", d, e)
		}
	})
}

func TestLaw_MonthsNeverOverflowTheMonth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := dates().Draw(t, "date"), rapid.IntRange(-1200, 1200).Draw(t, "months")
		e := d.AddMonths(n)
		if d.MonthsUntil(e) != n {
			t.Fatalf("%s and %d months is %s, %d months away", d, n, e, d.MonthsUntil(e))
		}
		_, _, day := d.Civil()
		_, month, got := e.Civil()
		if _, next, _ := e.AddDays(1).Civil(); got != day && (got > day || next == month) {
			t.Fatalf("%s and %d months is %s: neither the same day nor the last of its month", d, n, e)
		}
	})
}

func TestLaw_TermsTileForAnyAnchorAndLength(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		anchor := dates().Draw(t, "anchor")
		lengths := rapid.SliceOfN(rapid.SampledFrom([]int{1, 12, 24, 36}), 1, 40).Draw(t, "lengths")
		start, months, days := anchor, 0, 0
		for _, length := range lengths {
			term, err := calendar.TermFrom(anchor, start, length)
			if err != nil {
				t.Fatal(err)
			}
			if months += length; term.Start != start || term.Empty() || term.End != anchor.AddMonths(months) {
				t.Fatalf("term %s of %d months does not follow %s", term, length, start)
			}
			start, days = term.End, days+term.Days()
		}
		if anchor.DaysUntil(start) != days {
			t.Fatalf("%d terms from %s cover %d days of %d", len(lengths), anchor, days, anchor.DaysUntil(start))
		}
	})
}

func TestLaw_EachDayBelongsToExactlyOneTerm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		anchor := dates().Draw(t, "anchor")
		day := anchor.AddDays(rapid.IntRange(0, 400).Draw(t, "day"))
		holders := 0
		for start, n := anchor, 0; n < 15; n++ {
			term, err := calendar.TermFrom(anchor, start, 1)
			if err != nil {
				t.Fatal(err)
			}
			if term.Contains(day) {
				holders++
			}
			start = term.End
		}
		if holders != 1 {
			t.Fatalf("%s belongs to %d monthly terms from %s", day, holders, anchor)
		}
	})
}
