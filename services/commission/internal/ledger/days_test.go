package ledger_test

import (
	"testing"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
)

// TestSettle_CountsDaysAcrossMonthEndsAndLeapDays: the 30 days of a hold and the 90
// of an unpaid invoice are days, however many a month has.
func TestSettle_CountsDaysAcrossMonthEndsAndLeapDays(t *testing.T) {
	for _, c := range []struct{ name, paid, due string }{
		{"on a leap day", "2028-01-30", "2028-02-29"},
		{"from the end of January, in a leap year", "2028-01-31", "2028-03-01"},
		{"from the end of January, in another", "2027-01-31", "2027-03-02"},
		{"from a leap day", "2028-02-29", "2028-03-30"},
		{"over the end of a year", "2027-12-31", "2028-01-30"},
	} {
		s := invoice(t, payment(t, c.paid, 2_400_000))
		s.Line.Issued, s.Line.Due = on(t, c.paid), on(t, c.paid).AddDays(30)
		t.Run(c.name, func(t *testing.T) {
			s = wantEntries(t, s, on(t, c.due).AddDays(-1).String(), c.paid+" ACCRUAL Dr EXPENSE 480000 Cr ACCRUED 480000")
			wantEntries(t, s, c.due, c.due+" MATURITY Dr ACCRUED 480000 Cr PAYABLE 480000")
		})
	}
	for _, c := range []struct{ name, due, back string }{
		{"on a leap day", "2027-11-30", "2028-02-29"},
		{"after a leap day", "2027-12-01", "2028-03-01"},
		{"in a year without", "2026-12-01", "2027-03-02"},
	} {
		s := invoice(t)
		s.Line.Issued, s.Line.Due = on(t, "2026-10-31"), on(t, c.due)
		t.Run("unpaid, "+c.name, func(t *testing.T) {
			s = wantEntries(t, s, on(t, c.back).AddDays(-1).String(), "2026-10-31 ACCRUAL Dr EXPENSE 480000 Cr ACCRUED 480000")
			wantEntries(t, s, c.back, c.back+" CLAWBACK Dr ACCRUED 480000 Cr EXPENSE 480000")
		})
	}
}

// TestSettle_TakesBackOnALeapDayWhatIsCreditedThen: and the partner owes it, as it
// was due.
func TestSettle_TakesBackOnALeapDayWhatIsCreditedThen(t *testing.T) {
	s := invoice(t, payment(t, "2028-01-01", 2_400_000), credit(t, "2028-02-29", 986_301))
	s.Line.Issued, s.Line.Due = on(t, "2028-01-01"), on(t, "2028-01-31")
	s = wantEntries(t, s, "2028-01-31", "2028-01-01 ACCRUAL Dr EXPENSE 480000 Cr ACCRUED 480000", "2028-01-31 MATURITY Dr ACCRUED 480000 Cr PAYABLE 480000")
	s.Open = 0 // it was stated
	entries, _ := s.Settle(on(t, "2028-02-29"))
	last := entries[len(entries)-1]
	if last.Effective != on(t, "2028-02-29") || last.Kind != ledger.Clawback || last.Standing().Payable != -197_260 {
		t.Errorf("posted %q", written(entries))
	}
}
