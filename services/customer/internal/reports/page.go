package reports

import (
	"bytes"
	_ "embed" // the template and its style
	"fmt"
	"html/template"
	"strings"

	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

var (
	//go:embed page.html
	pageText string
	//go:embed page.css
	pageStyle string

	page = template.Must(template.New("page").Parse(pageText))
)

// Page is the document as a page that needs nothing but itself: no script, no
// font, no picture from elsewhere. Every chart has a table beside it.
func (d Document) Page() ([]byte, error) {
	var text bytes.Buffer
	err := page.Execute(&text, d.view())
	return text.Bytes(), err
}

// view is what the page shows, in words and coordinates.
type view struct {
	Style      template.CSS
	Month      string
	Status     string
	Draft      bool
	CXi, NPS   number
	Interval   interval
	Questions  []number
	Highs      []number
	Lows       []number
	Trend      trend
	Journey    journey
	Stops      breakdown // the journey where it is narrow
	Breakdowns []breakdown
	Others     []breakdown
	Policy     scores.Policy
}

func (d Document) view() view {
	all, touchpoints := d.Customers.Overall, d.Customers.table(ByTouchpoint)
	v := view{
		Style: template.CSS(pageStyle), Month: longMonth(d.Month), Draft: d.PublishTime.IsZero(), Status: d.status(), Policy: d.Policy,
		CXi: numberOf("CXi", all.CXi, all.CXiChange), NPS: numberOf("NPS", all.NPS.Figure, all.NPSChange), Interval: intervalOf(all.NPS),
		Questions: []number{
			numberOf("Needs met", all.Needs, nil), numberOf("Easy", all.Ease, nil), numberOf("Enjoyable", all.Enjoyment, nil),
		},
		Trend: trendOf(d.Trend), Journey: journeyOf(touchpoints.Rows), Stops: breakdownOf("", touchpoints.Rows),
	}
	for _, key := range d.Highs {
		r := touchpoints.row(key)
		v.Highs = append(v.Highs, numberOf(r.Name, r.CXi, r.CXiChange))
	}
	for _, key := range d.Lows {
		r := touchpoints.row(key)
		v.Lows = append(v.Lows, numberOf(r.Name, r.CXi, r.CXiChange))
	}
	for _, t := range d.Customers.Tables[1:] {
		v.Breakdowns = append(v.Breakdowns, breakdownOf(titles[t.By], t.Rows))
	}
	v.Others = []breakdown{breakdownOf("What partners say", rowsOf(d.Partners)), breakdownOf("What our own people say", rowsOf(d.Staff))}
	return v
}

var titles = map[Dimension]string{BySegment: "By segment", ByRegion: "By region", ByProduct: "By product"}

// rowsOf are an audience's touchpoints, after all of them together.
func rowsOf(s Section) []Row {
	return append([]Row{s.Overall}, s.table(ByTouchpoint).Rows...)
}

func (d Document) status() string {
	if d.PublishTime.IsZero() {
		return "Draft, not published"
	}
	day := d.PublishTime.UTC()
	text := fmt.Sprintf("Published %d %s %d", day.Day(), day.Month(), day.Year())
	if d.Revision > 1 {
		text += fmt.Sprintf(", revision %d", d.Revision)
	}
	return text
}

// number is a figure in words.
type number struct {
	Name   string
	Text   string // "65", or a dash
	Class  string // of the band
	Band   string
	N      string
	Change string
	Moved  string // up, down or level
	Shown  bool
}

const dash = "–"

// bands are what bands are called, and by which class they are coloured.
var bands = map[scores.Band][2]string{
	scores.Excellent: {"Excellent", "excellent"}, scores.Good: {"Good", "good"}, scores.Okay: {"Okay", "okay"},
	scores.Poor: {"Poor", "poor"}, scores.VeryPoor: {"Very poor", "very-poor"},
}

func numberOf(name string, f scores.Figure, change *int) number {
	n := number{Name: name, Text: dash, Class: "none", Band: "Too few answers", Shown: f.Shown()}
	if !f.Shown() {
		return n
	}
	n.Text, n.N = minus(f.Value), count(f.N)+" answers"
	n.Band, n.Class = "", "plain"
	if b, ok := bands[f.Band]; ok {
		n.Band, n.Class = b[0], b[1]
	}
	if f.Standing == scores.Indicative {
		n.Band, n.Class = "Indicative", "indicative"
	}
	if change != nil {
		n.Change, n.Moved = moved(*change)
	}
	return n
}

func moved(change int) (text, class string) {
	switch {
	case change > 0:
		return fmt.Sprintf("▲ %d", change), "up"
	case change < 0:
		return fmt.Sprintf("▼ %d", -change), "down"
	default:
		return "unchanged", "level"
	}
}

// minus writes a number with a minus sign, not a hyphen.
func minus(n int) string { return strings.Replace(fmt.Sprint(n), "-", "−", 1) }

// count writes a number with its thousands apart.
func count(n int64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func longMonth(d calendar.Date) string {
	year, month, _ := d.Civil()
	return fmt.Sprintf("%s %d", month, year)
}

func shortMonth(d calendar.Date) string {
	_, month, _ := d.Civil()
	return month.String()[:3]
}

func yearOf(d calendar.Date) string {
	year, _, _ := d.Civil()
	return fmt.Sprint(year)
}

// breakdown is a table with a bar in each row.
type breakdown struct {
	Title string
	Rows  []bar
	Shown bool
}

// bar is a row of a breakdown.
type bar struct {
	Name  string
	CXi   number
	NPS   number
	Width int // of 100
}

func breakdownOf(title string, rows []Row) breakdown {
	b := breakdown{Title: title}
	for _, r := range rows {
		b.Rows = append(b.Rows, bar{
			Name: r.Name, CXi: numberOf(r.Name, r.CXi, r.CXiChange), NPS: numberOf(r.Name, r.NPS.Figure, r.NPSChange), Width: max(r.CXi.Value, 0),
		})
		b.Shown = b.Shown || r.shown()
	}
	return b
}
