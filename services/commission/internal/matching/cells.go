package matching

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// errShape is what is wrong with a line that has no reason of its own.
var errShape = ErrFileInvalid

// longest is how many characters a text may have.
const longest = 200

// row reads a row and adds it, or its mistakes.
func (r *reader) row(line int, cells []string) {
	if len(cells) < len(r.columns) || !blank(cells[len(r.columns):]) {
		r.mistake(mistake{line: line, what: errShape.Because(fmt.Sprintf(
			"it has %d cells and the header %d; leave a cell empty where there is nothing, and put texts with the delimiter in quotation marks", len(cells), len(r.columns)))})
		return
	}
	row := Row{Number: line, Rate: NoRate}
	before := r.count
	for i, m := range r.columns {
		if m.column == "" {
			continue
		}
		if err := r.cell(&row, m, plain(cells[i])); err != nil {
			refusal, _ := fault.Of(err) // all that a cell can be is refused
			r.mistake(mistake{line: line, column: m.column, title: r.titles[i], what: refusal})
		}
	}
	if r.count == before && row.Reference == "" && row.LineID == "" {
		r.mistake(mistake{line: line, what: errShape.Because("it has no reference; write your own reference of the booking, or the submission's, invoice's or subscription's id")})
	}
	if r.count == before {
		r.file.Rows = append(r.file.Rows, row)
	}
}

// plain is the text of a cell without what spreadsheets put around it: spaces,
// and the apostrophe that keeps a text from being taken for a formula.
func plain(cell string) string {
	cell = strings.TrimSpace(cell)
	text, guarded := strings.CutPrefix(cell, "'")
	if text = strings.TrimSpace(text); guarded && strings.IndexAny(text, "=+-@\uff1d\uff0b\uff0d\uff20") == 0 {
		return text
	}
	return cell
}

// cell reads one cell into its row.
func (r *reader) cell(row *Row, m meaning, text string) (err error) {
	switch m.column {
	case lineColumn:
		row.LineID, err = words(text)
	case referenceColumn:
		row.Reference, err = words(text)
	case customerColumn:
		row.Customer, err = words(text)
	case dateColumn:
		if text != "" {
			row.Date, err = calendar.ParseDate(text)
		}
	case amountColumn:
		row.Amount, err = r.amount(text)
	case currencyColumn:
		if text != "" && text != string(r.currency) {
			err = money.ErrMismatch.Because(fmt.Sprintf("%.16q is not the currency of this reconciliation, %s; reconcile each currency by itself", text, r.currency))
		}
	case rateColumn:
		if text != "" {
			row.Rate, err = rate(text, m.percent)
		}
	}
	return err
}

func words(text string) (string, error) {
	if utf8.RuneCountInString(text) > longest {
		return "", errShape.Because(fmt.Sprintf("the text has more than %d characters; shorten it", longest))
	}
	return text, nil
}

// amount reads an amount, and keeps the magnitudes of all within the range of
// one.
func (r *reader) amount(text string) (int64, error) {
	if strings.ContainsFunc(text, separates) {
		return 0, money.ErrInvalid.Because(fmt.Sprintf(
			"%.32q has a separator; write digits and a decimal point only, such as 1234.50, and no separator of thousands", text))
	}
	a, err := money.Parse(string(r.currency), text)
	if err != nil {
		return 0, err
	}
	magnitude := a
	if a.Sign() < 0 {
		magnitude = a.Neg()
	}
	sum, err := r.sum.Add(magnitude)
	if err != nil {
		return 0, money.ErrOutOfRange.Because("the amounts of the file come to more than an amount can be; check them", "currency", string(r.currency))
	}
	r.sum = sum
	return a.Minor, nil
}

// separates reports whether people divide the digits of a number with c.
func separates(c rune) bool {
	return c == ',' || c == '\'' || c == '’' || c == '_' || unicode.IsSpace(c)
}

// rate reads basis points such as 2000, or per cent such as 20, 17.5 or 17.5%.
func rate(text string, percent bool) (money.Bps, error) {
	if percent {
		return percentage(text)
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return NoRate, money.ErrBpsOutOfRange.Because(fmt.Sprintf("%.32q is no number of basis points; write 2000 for 20 %%", text))
	}
	return money.Bps(n), money.CheckBps(money.Bps(n))
}

func percentage(text string) (money.Bps, error) {
	whole, part, pointed := strings.Cut(strings.TrimSpace(strings.TrimSuffix(text, "%")), ".")
	if len(part) > 2 || pointed && part == "" {
		return NoRate, notPercent(text)
	}
	n, err := strconv.ParseUint(whole+part+"00"[len(part):], 10, 31)
	if err != nil || whole == "" {
		return NoRate, notPercent(text)
	}
	return money.Bps(n), money.CheckBps(money.Bps(n))
}

func notPercent(text string) error {
	return money.ErrBpsOutOfRange.Because(fmt.Sprintf("%.32q is no percentage; write 20 or 17.5, with a decimal point and at most two digits after it", text))
}
