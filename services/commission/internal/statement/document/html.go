package document

import (
	"bytes"
	_ "embed"
	"html/template"
	"strings"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
)

var (
	//go:embed page.html
	text string
	//go:embed page.css
	style string

	pages = template.Must(template.New("statement").Parse(text))
)

// page is what the template shows.
type page struct {
	Title, Month, Currency string
	Vendor                 Vendor
	Address                []string
	PartnerName, TaxID     string
	SelfBilled             bool
	Facts                  []fact
	Sums, Reckoning        []sum
	Verdict                verdict
	Sections               []section
	Notes                  []string
	Footer                 string
}

// Style is the page's own.
func (page) Style() template.CSS { return template.CSS(style) } //nolint:gosec // it is ours

type fact struct {
	Name, Value string
	Code        bool
}

type sum struct {
	Name, Amount string
	Total        bool
}

type verdict struct{ Words, Amount string }

type section struct {
	Title, SumName, Sum string
	Lines               []entry
}

type entry struct {
	Date, Title, Subject, Sentence string
	References                     []fact
	Net, Rate, Amount              string
	Disputed                       bool
}

// HTML writes the statement as a page, as it is settled at an instant.
func HTML(s statement.Statement, lines []statement.Line, v Vendor, at time.Time) (File, error) {
	p := page{
		Title: heading(s), Month: s.Month.Words(), Currency: string(s.Currency), Vendor: v, Address: v.lines(),
		PartnerName: partner(s), TaxID: s.TaxID, SelfBilled: s.SelfBilled(), Facts: facts(s), Sums: sums(s), Verdict: outcome(s),
		Sections: sections(s, lines), Reckoning: reckoning(s), Notes: notes(s, lines, v),
		Footer: "Statement " + s.ID + " as it is settled on " + at.UTC().Format("2 January 2006, 15:04") + " UTC.",
	}
	var b bytes.Buffer
	if err := pages.Execute(&b, p); err != nil {
		return File{}, err
	}
	return File{Name: name(s, "html"), Type: "text/html; charset=utf-8", Content: b.Bytes()}, nil
}

// lines are those of the address.
func (v Vendor) lines() (list []string) {
	for line := range strings.SplitSeq(v.Address, ",") {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

func heading(s statement.Statement) string {
	switch {
	case !s.SelfBilled():
		return "Statement"
	case s.LinesMinor < 0:
		return "Self-billing credit note"
	}
	return "Self-billing invoice"
}

func partner(s statement.Statement) string {
	if s.PartnerName == "" {
		return s.PartnerID
	}
	return s.PartnerName
}

func facts(s statement.Statement) []fact {
	var list []fact
	if s.SelfBilled() {
		list = append(list, fact{Name: "Document", Value: s.DocumentNumber})
	}
	list = append(list,
		fact{Name: "Date", Value: day(s.Date())},
		fact{Name: "Period", Value: s.Month.First().Time().Format("2") + " \u2013 " + day(s.Month.Last())},
		fact{Name: "Partner", Value: s.PartnerID},
		fact{Name: "Currency", Value: string(s.Currency)},
		fact{Name: "Statement", Value: s.ID, Code: true})
	if s.SelfBilled() {
		list = append(list, fact{Name: "Agreement", Value: s.AgreementID, Code: true})
	}
	return list
}
