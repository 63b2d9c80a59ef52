package document

import (
	"fmt"
	"strings"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// kinds are what lines are called that no accrual names.
var kinds = map[ledger.Kind]string{
	ledger.Unwinding:      "Waits again",
	ledger.Clawback:       "Taken back",
	ledger.Hold:           "Held, contested",
	ledger.Release:        "Released",
	ledger.Forfeit:        "Not released",
	ledger.Adjustment:     "Adjustment",
	ledger.Reversal:       "Reversal",
	ledger.DisputeHold:    "Held, disputed",
	ledger.DisputeRelease: "Dispute over",
	ledger.PayoutReturned: "Payment returned",
}

var earnings = map[string]string{"MARGIN": "Margin", "REWARD": "New-business reward", "ADJUSTMENT": "Margin adjustment"}

// title says in a few words what a line is.
func title(l statement.Line) string {
	earned, kind := earnings[l.Earning.Kind], kinds[l.Kind]
	switch {
	case l.Kind == ledger.Maturity || kind == "":
		return earned
	case earned == "" || l.Kind == ledger.Adjustment || l.Kind == ledger.Reversal:
		return kind
	}
	return kind + ": " + strings.ToLower(earned[:1]) + earned[1:]
}

// day writes a date as people do: 2 January 2026.
func day(d calendar.Date) string { return d.Time().Format("2 January 2006") }

// short writes a date for a column: 02 Jan 2026.
func short(d calendar.Date) string { return d.Time().Format("02 Jan 2006") }

// grouped writes an amount with a thin gap between thousands and a true minus,
// without its currency.
func grouped(a money.Amount) string {
	text := a.Decimal()
	unsigned, negative := strings.CutPrefix(text, "-")
	whole, part, pointed := strings.Cut(unsigned, ".")
	var b strings.Builder
	if negative {
		b.WriteString("\u2212")
	}
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	if pointed {
		b.WriteString("." + part)
	}
	return b.String()
}

// percent writes a rate: 20 %, 12.5 %.
func percent(b money.Bps) string {
	text := fmt.Sprintf("%d.%02d", b/100, b%100)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + "\u00a0%"
}
