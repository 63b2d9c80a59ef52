package matching

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// column is what a cell means.
type column string

// The columns. The contract of CreateReconciliation documents them.
const (
	lineColumn      column = "line"
	referenceColumn column = "reference"
	dateColumn      column = "date"
	amountColumn    column = "amount"
	currencyColumn  column = "currency"
	rateColumn      column = "rate"
	customerColumn  column = "customer"
)

// meaning is that of a title: a column, and whether rates are percentages.
type meaning struct {
	column
	percent bool
}

// titles are those that are recognised, in small letters and with underscores.
var titles = map[string]meaning{
	"line_id":           {column: lineColumn},
	"reference":         {column: referenceColumn},
	"partner_reference": {column: referenceColumn},
	"date":              {column: dateColumn},
	"effective_date":    {column: dateColumn},
	"amount":            {column: amountColumn},
	"currency":          {column: currencyColumn},
	"currency_code":     {column: currencyColumn},
	"rate_bps":          {column: rateColumn},
	"rate":              {column: rateColumn, percent: true},
	"rate_percent":      {column: rateColumn, percent: true},
	"customer":          {column: customerColumn},
	"customer_name":     {column: customerColumn},
}

// columnOf reads a title: capitals don't matter, and spaces and hyphens are
// underscores.
func columnOf(title string) (meaning, bool) {
	m, known := titles[strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(title)))]
	return m, known
}

// header reads the first line.
func (r *reader) header(records *csv.Reader) {
	cells, err := records.Read()
	var broken *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		r.mistake(mistake{what: errShape.Because("it is empty; its first line must name the columns: " + wanted)})
		return
	case errors.As(err, &broken):
		r.mistake(quotation(broken))
		return
	}
	line, _ := records.FieldPos(0)
	for _, cell := range cells {
		r.title(line, strings.TrimSpace(cell))
	}
	if !slices.ContainsFunc(r.columns, func(m meaning) bool { return m.column == amountColumn }) {
		r.mistake(mistake{line: line, what: errShape.Because("there is no column \"amount\"; the columns are: " + wanted)})
	}
	if !slices.ContainsFunc(r.columns, func(m meaning) bool { return m.column == referenceColumn || m.column == lineColumn }) {
		r.mistake(mistake{line: line, what: errShape.Because("there is no column \"reference\"; the columns are: " + wanted)})
	}
}

const wanted = "reference or line_id, amount, and if you like date, currency, rate_bps or rate, customer"

// title adds a column.
func (r *reader) title(line int, title string) {
	m, known := columnOf(title)
	at := slices.IndexFunc(r.columns, func(o meaning) bool { return known && o.column == m.column })
	switch {
	case at >= 0:
		r.mistake(mistake{line: line, column: m.column, title: title, what: errShape.Because(
			fmt.Sprintf("column %.40q means the same; leave one of them out", r.titles[at]))})
	case !known && title != "":
		r.file.Ignored = append(r.file.Ignored, title)
	}
	r.columns, r.titles = append(r.columns, m), append(r.titles, title)
}
