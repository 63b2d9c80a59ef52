package reports

import (
	"bytes"
	"encoding/csv"
	"strconv"

	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
)

// header are the columns of a report as CSV. What is not shown is empty.
var header = []string{
	"month", "revision", "audience", "table", "key", "name",
	"needs", "needs_n", "ease", "ease_n", "enjoyment", "enjoyment_n",
	"cxi", "cxi_n", "cxi_standing", "cxi_band", "cxi_change",
	"nps", "nps_n", "nps_standing", "nps_low", "nps_high", "nps_change",
}

// CSV is the document as a table of RFC 4180: a line for each row of each table.
func (d Document) CSV() ([]byte, error) {
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	w.UseCRLF = true
	lines := [][]string{header}
	for _, s := range []struct {
		audience Audience
		section  Section
	}{{Customers, d.Customers}, {Partners, d.Partners}, {Staff, d.Staff}} {
		lines = append(lines, d.line(s.audience, "OVERALL", s.section.Overall))
		for _, t := range s.section.Tables {
			for _, r := range t.Rows {
				lines = append(lines, d.line(s.audience, string(t.By), r))
			}
		}
	}
	err := w.WriteAll(lines)
	return text.Bytes(), err
}

func (d Document) line(audience Audience, table string, r Row) []string {
	line := []string{d.Month.String()[:len("2006-01")], strconv.Itoa(d.Revision), string(audience), table, Inert(r.Key), Inert(r.Name)}
	for _, f := range []scores.Figure{r.Needs, r.Ease, r.Enjoyment} {
		line = append(line, figures(f)...)
	}
	line = append(line, figures(r.CXi)...)
	line = append(line, string(r.CXi.Standing), string(r.CXi.Band), signed(r.CXiChange))
	line = append(line, figures(r.NPS.Figure)...)
	line = append(line, string(r.NPS.Standing))
	if !r.NPS.Shown() {
		return append(line, "", "", "")
	}
	return append(line, r.NPS.Low.String(), r.NPS.High.String(), signed(r.NPSChange))
}

func figures(f scores.Figure) []string {
	if !f.Shown() {
		return []string{"", ""}
	}
	return []string{strconv.Itoa(f.Value), strconv.FormatInt(f.N, 10)}
}

func signed(change *int) string {
	if change == nil {
		return ""
	}
	return strconv.Itoa(*change)
}

// Inert is a text that a spreadsheet does not take for a formula.
func Inert(text string) string {
	if text == "" {
		return ""
	}
	switch text[0] {
	case '=', '+', '-', '@', '\t', '\r':
		return "'" + text
	}
	return text
}
