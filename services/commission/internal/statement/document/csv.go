package document

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// columns of the CSV. Programs read them by name and people by place: new ones
// go to the end.
var columns = []string{
	"statement_id", "document_number", "partner_id", "currency_code", "month", "section", "line_id", "kind", "amount", "effective_date", "post_time",
	"accrual_id", "accrual_kind", "calculation_id", "source_id", "subscription_id", "customer_id", "customer_name", "product_id", "partner_reference",
	"invoice_id", "instalment", "net", "rate_bps", "service_date", "cause", "sentence", "clause", "dispute_id",
}

// CSV writes the lines as RFC 4180 has it, in UTF-8, after a row of names.
func CSV(s statement.Statement, lines []statement.Line) (File, error) {
	return table(name(s, "csv"), columns, lines, func(l statement.Line) []string { return row(s, l) })
}

// table writes a row for each item, after a row of names.
func table[T any](fileName string, columns []string, items []T, row func(T) []string) (File, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	if err := w.Write(columns); err != nil {
		return File{}, err
	}
	for i, item := range items {
		if err := w.Write(row(item)); err != nil {
			return File{}, fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	w.Flush()
	return File{Name: fileName, Type: "text/csv; charset=utf-8; header=present", Content: b.Bytes()}, w.Error()
}

func row(s statement.Statement, l statement.Line) []string {
	return []string{
		safe(s.ID), safe(s.DocumentNumber), safe(s.PartnerID), string(s.Currency), s.Month.String(), string(s.Month.Section(l.Effective)), safe(l.ID),
		string(l.Kind), l.Amount.Decimal(), l.Effective.String(), l.Posted.Format(time.RFC3339),
		safe(l.AccrualID), l.Earning.Kind, safe(l.CalculationID), safe(l.SourceID), safe(l.SubscriptionID), safe(l.CustomerID), safe(l.CustomerName),
		safe(l.ProductID), safe(l.PartnerReference), safe(l.InvoiceID), number(l.Instalment), decimal(l.Net), rate(l), l.Service.String(), safe(l.Cause),
		safe(l.Note), l.Clause(), safe(l.DisputeID),
	}
}

// number leaves out what no instalment earned.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func decimal(a money.Amount) string {
	if a.Currency == "" {
		return ""
	}
	return a.Decimal()
}

func rate(l statement.Line) string {
	if l.AccrualID == "" {
		return ""
	}
	return strconv.Itoa(int(l.Rate))
}

// safe keeps spreadsheets from taking a text for a formula: an apostrophe before
// it says that it is one. Line breaks and other control characters become blanks.
func safe(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
			return ' '
		}
		return r
	}, text)
	if first := strings.TrimLeft(text, " \u00a0"); first != "" && strings.ContainsRune("=+-@\uff1d\uff0b\uff0d\uff20", []rune(first)[0]) {
		return "'" + text
	}
	return text
}
