package document

import (
	"strconv"
	"strings"

	"github.com/holdfast-channel/holdfast/services/commission/internal/matching"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// reconciliationColumns of the CSV: what the file has, what the line has, and what
// is between them. New ones go to the end.
var reconciliationColumns = []string{
	"reconciliation_id", "partner_id", "currency_code", "month", "statement_id", "number", "outcome", "differences", "difference",
	"file_line", "file_line_id", "file_reference", "file_date", "file_amount", "file_rate_bps", "file_customer",
	"line_id", "kind", "amount", "effective_date", "rate_bps", "partner_reference", "source_id", "invoice_id", "subscription_id", "customer_name",
}

// Reconciliation writes the rows of a reconciliation as RFC 4180 has it, in UTF-8,
// after a row of names.
func Reconciliation(r matching.Reconciliation, rows []matching.ReconciliationRow) (File, error) {
	name := fileName("reconciliation-"+r.ID, r.PartnerID, r.Currency, r.Month, "csv")
	return table(name, reconciliationColumns, rows, func(row matching.ReconciliationRow) []string {
		amount := func(minor int64) string { return money.Amount{Minor: minor, Currency: r.Currency}.Decimal() }
		differences := make([]string, len(row.Differences))
		for i, d := range row.Differences {
			differences[i] = string(d)
		}
		cells := []string{
			safe(r.ID), safe(r.PartnerID), string(r.Currency), r.Month.String(), safe(r.StatementID), strconv.Itoa(row.Number), string(row.Outcome),
			strings.Join(differences, " "), amount(row.DifferenceMinor()),
		}
		return append(append(cells, fileCells(row.File, amount)...), lineCells(row.Line)...)
	})
}

func fileCells(f *matching.Row, amount func(int64) string) []string {
	if f == nil {
		return make([]string, 7)
	}
	rate := ""
	if f.Rate != matching.NoRate {
		rate = strconv.Itoa(int(f.Rate))
	}
	return []string{strconv.Itoa(f.Number), safe(f.LineID), safe(f.Reference), f.Date.String(), amount(f.Amount), rate, safe(f.Customer)}
}

func lineCells(l *statement.Line) []string {
	if l == nil {
		return make([]string, 10)
	}
	return []string{
		safe(l.ID), string(l.Kind), l.Amount.Decimal(), l.Effective.String(), rate(*l), safe(l.PartnerReference), safe(l.SourceID), safe(l.InvoiceID),
		safe(l.SubscriptionID), safe(l.CustomerName),
	}
}
