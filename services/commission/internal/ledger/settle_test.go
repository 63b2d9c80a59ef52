package ledger_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

func on(t testing.TB, text string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// invoice is a line of 24,000.00 that earns 4,800.00.
func invoice(t testing.TB, facts ...ledger.Fact) ledger.Settlement {
	return ledger.Settlement{
		Line: ledger.Line{
			Invoice: "I", Amount: 2_400_000, Issued: on(t, "2026-01-10"), Due: on(t, "2026-02-09"), HoldDays: 30, OverdueDays: 90, Facts: facts,
		},
		Claims: []ledger.Claim{{Earned: 480_000, Span: 2_400_000}},
	}
}

func payment(t testing.TB, day string, amount int64) ledger.Fact {
	return ledger.Fact{Kind: ledger.Payment, Cause: "payment:P", On: on(t, day), Amount: amount}
}

func credit(t testing.TB, day string, amount int64) ledger.Fact {
	return ledger.Fact{Kind: ledger.Credit, Cause: "credit_note:C", On: on(t, day), Amount: amount}
}

// written writes entries as a bookkeeper reads them.
func written(entries []ledger.Entry) []string {
	var lines []string
	for _, e := range entries {
		line := fmt.Sprintf("%s %s", e.Effective, e.Kind)
		for _, p := range e.Postings {
			side, amount := "Dr", p.Debit
			if p.Credit > 0 {
				side, amount = "Cr", p.Credit
			}
			line += fmt.Sprintf(" %s %s %d", side, p.Account, amount)
		}
		lines = append(lines, line)
	}
	return lines
}

func wantEntries(t *testing.T, s ledger.Settlement, today string, want ...string) ledger.Settlement {
	t.Helper()
	entries, _ := s.Settle(on(t, today))
	if diff := cmp.Diff(want, written(entries)); diff != "" {
		t.Errorf("entries by %s (-want +got):\n%s", today, diff)
	}
	for _, e := range entries {
		if err := e.Check(); err != nil {
			t.Errorf("%s %s: %v", e.Effective, e.Kind, err)
		}
		if e.Note == "" || !strings.HasSuffix(e.Note, ".") {
			t.Errorf("%s says %q", e.Kind, e.Note)
		}
		s.Posted = append(s.Posted, posted(e))
		s.Open += e.Net(ledger.Payable)
	}
	slices.SortStableFunc(s.Posted, func(a, b ledger.Posted) int { return a.On.Compare(b.On) })
	if again, _ := s.Settle(on(t, today)); len(again) > 0 {
		t.Errorf("settling again posts %v", written(again))
	}
	return s
}

func posted(e ledger.Entry) ledger.Posted {
	return ledger.Posted{On: e.Effective, Standing: e.Standing()}
}

func TestSettle_AccruesThenMaturesThirtyDaysAfterThePayment(t *testing.T) {
	s := invoice(t, payment(t, "2026-02-05", 2_400_000))
	s = wantEntries(t, s, "2026-03-06", "2026-01-10 ACCRUAL Dr EXPENSE 480000 Cr ACCRUED 480000")
	if _, next := s.Settle(on(t, "2026-03-06")); next != on(t, "2026-03-07") {
		t.Errorf("the next change is on %s; want 2026-03-07", next)
	}
	s = wantEntries(t, s, "2026-03-07", "2026-03-07 MATURITY Dr ACCRUED 480000 Cr PAYABLE 480000")
	if _, next := s.Settle(on(t, "2026-03-07")); !next.IsZero() {
		t.Errorf("the next change is on %s; want none", next)
	}
}

func TestSettle_PartialCreditsTakeBackExactlyAll(t *testing.T) {
	s := wantEntries(t, invoice(t), "2026-01-10", "2026-01-10 ACCRUAL Dr EXPENSE 480000 Cr ACCRUED 480000")
	for _, c := range []struct {
		day    string
		credit int64
		back   int
	}{{"2026-01-20", 986_301, 197_260}, {"2026-01-21", 500_000, 100_000}, {"2026-01-22", 913_699, 182_740}} {
		s.Line.Facts = append(s.Line.Facts, credit(t, c.day, c.credit))
		s = wantEntries(t, s, c.day, fmt.Sprintf("%s CLAWBACK Dr ACCRUED %d Cr EXPENSE %d", c.day, c.back, c.back))
	}
}

func TestSettle_WhatWasStatedIsOwedByThePartner(t *testing.T) {
	s := invoice(t, payment(t, "2026-01-10", 2_400_000))
	s = wantEntries(t, s, "2026-02-09", "2026-01-10 ACCRUAL Dr EXPENSE 480000 Cr ACCRUED 480000", "2026-02-09 MATURITY Dr ACCRUED 480000 Cr PAYABLE 480000")
	s.Line.Facts = append(s.Line.Facts, credit(t, "2026-03-01", 600_000))
	wantEntries(t, s, "2026-03-01", "2026-03-01 CLAWBACK Dr PAYABLE 120000 Cr EXPENSE 120000")
	s.Open = 0
	wantEntries(t, s, "2026-03-01", "2026-03-01 CLAWBACK Dr RECEIVABLE 120000 Cr EXPENSE 120000")
}

// A payment that was taken back after a statement, made again and taken back again
// leaves the partner with one debt, not with two and a claim.
func TestSettle_WhatIsTakenBackTwiceIsOwedOnce(t *testing.T) {
	s := invoice(t, payment(t, "2026-01-10", 2_400_000))
	s = wantEntries(t, s, "2026-02-09", "2026-01-10 ACCRUAL Dr EXPENSE 480000 Cr ACCRUED 480000", "2026-02-09 MATURITY Dr ACCRUED 480000 Cr PAYABLE 480000")
	s.Open = 0
	s.Line.Facts[0].Undone, s.Line.Facts[0].UndoneBy = on(t, "2026-03-01"), "payment_reversal:R"
	s = wantEntries(t, s, "2026-03-01", "2026-03-01 UNWINDING Dr RECEIVABLE 480000 Cr ACCRUED 480000")
	s.Line.Facts = append(s.Line.Facts, payment(t, "2026-03-02", 2_400_000))
	s = wantEntries(t, s, "2026-04-01", "2026-04-01 MATURITY Dr ACCRUED 480000 Cr PAYABLE 480000")
	s.Line.Facts[1].Undone, s.Line.Facts[1].UndoneBy = on(t, "2026-04-05"), "payment_reversal:R"
	wantEntries(t, s, "2026-04-05", "2026-04-05 UNWINDING Dr PAYABLE 480000 Cr ACCRUED 480000")
}

func TestSettle_TakesBackWhatIsUnpaidAndAccruesAgainWhenItIsPaid(t *testing.T) {
	s := invoice(t, payment(t, "2026-01-20", 600_000))
	s = wantEntries(t, s, "2026-05-10", "2026-01-10 ACCRUAL Dr EXPENSE 480000 Cr ACCRUED 480000", "2026-02-19 MATURITY Dr ACCRUED 120000 Cr PAYABLE 120000")
	s = wantEntries(t, s, "2026-05-11", "2026-05-11 CLAWBACK Dr ACCRUED 360000 Cr EXPENSE 360000")
	s.Line.Facts = append(s.Line.Facts, payment(t, "2026-06-01", 1_800_000))
	wantEntries(t, s, "2026-07-01", "2026-06-01 ACCRUAL Dr EXPENSE 360000 Cr ACCRUED 360000", "2026-07-01 MATURITY Dr ACCRUED 360000 Cr PAYABLE 360000")
}

func TestSettle_ALateFactIsPostedForItsOwnDay(t *testing.T) {
	s := wantEntries(t, invoice(t), "2026-06-15",
		"2026-01-10 ACCRUAL Dr EXPENSE 480000 Cr ACCRUED 480000", "2026-05-11 CLAWBACK Dr ACCRUED 480000 Cr EXPENSE 480000")
	s.Line.Facts = append(s.Line.Facts, payment(t, "2026-02-05", 2_400_000))
	wantEntries(t, s, "2026-06-15",
		"2026-03-07 MATURITY Dr ACCRUED 480000 Cr PAYABLE 480000", "2026-05-11 ACCRUAL Dr EXPENSE 480000 Cr ACCRUED 480000")
}

func TestSettle_HoldsTheDifferenceThatACapMakes(t *testing.T) {
	s := invoice(t, payment(t, "2026-01-10", 2_400_000))
	s.Claims = []ledger.Claim{{Earned: 120_000, Held: 360_000, Span: 2_400_000}}
	s = wantEntries(t, s, "2026-02-09",
		"2026-01-10 HOLD Dr EXPENSE 360000 Cr HELD 360000", "2026-01-10 ACCRUAL Dr EXPENSE 120000 Cr ACCRUED 120000",
		"2026-02-09 MATURITY Dr ACCRUED 120000 Cr PAYABLE 120000")
	released := s
	released.Claims = append(slices.Clone(s.Claims), ledger.Claim{From: on(t, "2026-03-01"), Earned: 480_000, Span: 2_400_000, Cause: "case:1"})
	wantEntries(t, released, "2026-03-01",
		"2026-03-01 RELEASE Dr HELD 360000 Cr ACCRUED 360000", "2026-03-01 MATURITY Dr ACCRUED 360000 Cr PAYABLE 360000")
	kept := s
	kept.Claims = append(slices.Clone(s.Claims), ledger.Claim{From: on(t, "2026-03-01"), Earned: 120_000, Span: 2_400_000, Cause: "case:1"})
	wantEntries(t, kept, "2026-03-01", "2026-03-01 FORFEIT Dr HELD 360000 Cr EXPENSE 360000")
}

func TestSettle_WhatBecomesContestedIsHeldWhereverItIs(t *testing.T) {
	s := invoice(t, payment(t, "2026-01-10", 1_200_000))
	s = wantEntries(t, s, "2026-02-09",
		"2026-01-10 ACCRUAL Dr EXPENSE 480000 Cr ACCRUED 480000", "2026-02-09 MATURITY Dr ACCRUED 240000 Cr PAYABLE 240000")
	s.Claims = append(s.Claims, ledger.Claim{From: on(t, "2026-02-20"), Earned: 120_000, Held: 360_000, Span: 2_400_000, Cause: "case:1"})
	wantEntries(t, s, "2026-02-20",
		"2026-02-20 HOLD Dr ACCRUED 240000 Cr HELD 360000 Dr PAYABLE 120000", "2026-02-20 UNWINDING Dr PAYABLE 60000 Cr ACCRUED 60000")
}

func TestSettle_CreditsEatTheLaterPartnersPartFirst(t *testing.T) {
	first, second := invoice(t), invoice(t)
	first.Claims = []ledger.Claim{{Earned: 240_000, First: 0, Span: 1_200_000}}
	second.Claims = []ledger.Claim{{Earned: 180_000, First: 1_200_000, Span: 1_200_000}}
	for _, s := range []*ledger.Settlement{&first, &second} {
		s.Line.Facts = append(s.Line.Facts, credit(t, "2026-01-20", 600_000))
	}
	wantEntries(t, first, "2026-01-20", "2026-01-10 ACCRUAL Dr EXPENSE 240000 Cr ACCRUED 240000")
	wantEntries(t, second, "2026-01-20", "2026-01-10 ACCRUAL Dr EXPENSE 180000 Cr ACCRUED 180000", "2026-01-20 CLAWBACK Dr ACCRUED 90000 Cr EXPENSE 90000")
}

func TestSettle_TheVendorsFaultCostsThePartnerNothing(t *testing.T) {
	s := invoice(t, payment(t, "2026-01-10", 1_400_000),
		ledger.Fact{Kind: ledger.Excuse, Cause: "credit_note:V", On: on(t, "2026-01-15"), Amount: 1_000_000})
	wantEntries(t, s, "2026-02-14", "2026-01-10 ACCRUAL Dr EXPENSE 480000 Cr ACCRUED 480000",
		"2026-02-09 MATURITY Dr ACCRUED 280000 Cr PAYABLE 280000", "2026-02-14 MATURITY Dr ACCRUED 200000 Cr PAYABLE 200000")
}

func TestSettle_APaymentTakenBackUnwindsWhatWasDue(t *testing.T) {
	bounced := payment(t, "2026-01-10", 2_400_000)
	bounced.Undone, bounced.UndoneBy = on(t, "2026-02-20"), "payment_reversal:R"
	wantEntries(t, invoice(t, bounced), "2026-02-20", "2026-01-10 ACCRUAL Dr EXPENSE 480000 Cr ACCRUED 480000",
		"2026-02-09 MATURITY Dr ACCRUED 480000 Cr PAYABLE 480000", "2026-02-20 UNWINDING Dr PAYABLE 480000 Cr ACCRUED 480000")
}

func TestSettle_ADeductionGoesTheOtherWay(t *testing.T) {
	s := invoice(t, payment(t, "2026-01-10", 2_400_000))
	s.Claims = []ledger.Claim{{Earned: -360_000, Span: 2_400_000}}
	s = wantEntries(t, s, "2026-02-09",
		"2026-01-10 ACCRUAL Cr EXPENSE 360000 Dr ACCRUED 360000", "2026-02-09 MATURITY Cr ACCRUED 360000 Dr PAYABLE 360000")
	s.Claims = append(s.Claims, ledger.Claim{From: on(t, "2026-03-01"), Span: 2_400_000, Cause: "case:1"})
	wantEntries(t, s, "2026-03-01", "2026-03-01 CLAWBACK Cr PAYABLE 360000 Dr EXPENSE 360000")
}
