package statement_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// TestLaws_OfAnyHistory makes up the history of a year and more, day by day, and
// looks at what must hold whatever happens.
func TestLaws_OfAnyHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := &books{currency: "GBP", minimum: rapid.SampledFrom([]int64{0, 5_000}).Draw(t, "minimum"), days: rapid.IntRange(0, 60).Draw(t, "days")}
		b.today = calendar.On(2024, time.January, 1)
		for range rapid.IntRange(1, 120).Draw(t, "deeds") {
			b.today = b.today.AddDays(rapid.IntRange(0, 9).Draw(t, "days on"))
			b.deed(t)
			b.check(t)
		}
	})
}

// deed does one thing, which the rules may refuse.
func (b *books) deed(t *rapid.T) {
	switch rapid.SampledFrom([]string{"line", "line", "claw back", "close", "close", "pay", "dispute", "end"}).Draw(t, "deed") {
	case "line":
		late := rapid.IntRange(0, 70).Draw(t, "late") * rapid.IntRange(0, 1).Draw(t, "is late")
		b.post(ledger.Entry{
			Kind: ledger.Maturity, Effective: b.today.AddDays(-late), Postings: ledger.Transfer(ledger.Accrued, ledger.Payable, rapid.Int64Range(-20_000, 30_000).Draw(t, "minor")),
		})
	case "claw back": // from what was stated, so that the partner owes it
		b.post(ledger.Entry{Kind: ledger.Clawback, Postings: ledger.Transfer(ledger.Receivable, ledger.Expense, rapid.Int64Range(1, 30_000).Draw(t, "minor"))})
	case "close":
		if due := b.account().Due(); !due.IsZero() {
			_, _, _ = b.close(due) // it may not be over
		}
	case "pay":
		_ = b.pay() // there may be nothing to pay
	case "dispute":
		if len(b.lines) > 0 {
			_, _ = b.dispute(rapid.IntRange(0, len(b.lines)-1).Draw(t, "of line")) // the time may be over
		}
	case "end":
		for _, d := range b.disputes {
			if d.State == statement.DisputeOpen {
				_, err := b.endDispute(d.LineID, func(d statement.Dispute) (statement.Dispute, error) { return d.Withdraw("partner", b.now()) })
				if err != nil {
					t.Fatal(err)
				}
				return
			}
		}
	}
}

func (b *books) check(t *rapid.T) {
	var stated, paid, left int64
	var previous statement.Statement
	for _, s := range b.statements {
		if s.OpeningMinor != left || s.ClosingMinor != s.OpeningMinor+s.LinesMinor {
			t.Fatalf("%s opens at %d after %d was left, and closes at %d with lines of %d", s.Month, s.OpeningMinor, left, s.ClosingMinor, s.LinesMinor)
		}
		if !previous.Month.IsZero() && (!previous.Month.Before(s.Month) || previous.State == statement.Closed || s.PreviousID != previous.ID) {
			t.Fatalf("%s, which is %s, is followed by %s", previous.Month, previous.State, s.Month)
		}
		left, previous = s.LeftMinor(), s
		stated += s.LinesMinor
		paid += s.PaidMinor
	}
	var onStatements, open int64
	for _, l := range b.lines {
		if l.StatementID == "" {
			open += l.Amount.Minor
		} else {
			onStatements += l.Amount.Minor
		}
	}
	if stated != onStatements || left != stated-paid {
		t.Fatalf("statements come to %d, their lines to %d, payments to %d, and %d is left", stated, onStatements, paid, left)
	}
	if owed := b.balance(ledger.Payable) + b.balance(ledger.Receivable); owed != left+open {
		t.Fatalf("the accounts owe %d; %d is left and %d is open", owed, left, open)
	}
	if held := b.openHolds(); held != b.balance(ledger.Disputed) {
		t.Fatalf("disputes hold %d, the account %d", held, b.balance(ledger.Disputed))
	}
}

func (b *books) openHolds() (minor int64) {
	for _, d := range b.disputes {
		if d.State == statement.DisputeOpen {
			minor += d.Held.Minor
		}
	}
	return minor
}

// TestLaws_AClosedBalanceIsOnOneAccount: right after a close of all that there
// is, one of the two accounts has the balance and the other nothing.
func TestLaws_AClosedBalanceIsOnOneAccount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := &books{currency: "GBP", minimum: 5_000, days: 30, today: calendar.On(2024, time.January, 10)}
		for m := statement.MonthOf(b.today); b.today.Before(calendar.On(2025, time.January, 1)); m = m.Next() {
			for range rapid.IntRange(0, 5).Draw(t, "lines") {
				postings := ledger.Transfer(ledger.Accrued, ledger.Payable, rapid.Int64Range(-20_000, 30_000).Draw(t, "payable"))
				if rapid.Bool().Draw(t, "owed back") {
					postings = ledger.Transfer(ledger.Receivable, ledger.Expense, rapid.Int64Range(1, 30_000).Draw(t, "receivable"))
				}
				b.post(ledger.Entry{Kind: ledger.Maturity, Postings: postings})
			}
			b.today = m.Next().First()
			s, done, err := b.close(m)
			if err != nil {
				t.Fatal(err)
			}
			if done && (b.balance(ledger.Payable) != max(s.ClosingMinor, 0) || b.balance(ledger.Receivable) != min(s.ClosingMinor, 0)) {
				t.Fatalf("%s closes at %d; payable %d, receivable %d", m, s.ClosingMinor, b.balance(ledger.Payable), b.balance(ledger.Receivable))
			}
			if rapid.Bool().Draw(t, "is paid") {
				_ = b.pay() // there may be nothing to pay
			}
			b.today = b.today.AddDays(9)
		}
	})
}
