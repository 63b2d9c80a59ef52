package bankfile

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
)

// columns are those of the table.
var columns = []string{
	"end_to_end_id", "execution_date", "holder_name", "iban", "account_number", "bank_code", "bic", "country_code", "amount", "currency_code", "text",
}

// CSV returns the order as a table with a line for each transfer (RFC 4180).
// Texts are not cut for any bank. It returns money.ErrMismatch unless all
// amounts are in the order's currency.
func (o Order) CSV() ([]byte, error) {
	if _, err := o.total(); err != nil {
		return nil, fmt.Errorf("order %s: %w", o.ID, err)
	}
	var text bytes.Buffer
	table := csv.NewWriter(&text)
	table.UseCRLF = true
	rows := make([][]string, 0, 1+len(o.Transfers))
	rows = append(rows, columns)
	for _, t := range o.Transfers {
		rows = append(rows, []string{
			t.ID, o.ExecuteOn.String(), inert(t.To.Holder), t.To.IBAN, t.To.Number, t.To.BankCode, t.To.BIC, t.To.Country,
			t.Amount.Decimal(), string(o.Currency), inert(t.Text),
		})
	}
	if err := table.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("order %s: %w", o.ID, err)
	}
	return text.Bytes(), nil
}

// inert keeps spreadsheets from taking a text that somebody chose for a formula.
func inert(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
