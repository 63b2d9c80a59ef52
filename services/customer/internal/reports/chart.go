package reports

import (
	"fmt"
	"strings"

	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
)

// scale maps figures to coordinates, in tenths of a unit so that nothing is
// rounded by the machine's floating point.
type scale struct{ low, high, from, to int }

// at is the coordinate of a figure.
func (s scale) at(value int) string { return s.tenths(10 * value) }

// tenths is the coordinate of a figure in tenths.
func (s scale) tenths(value int) string {
	place := 10*s.from + (value-10*s.low)*(s.to-s.from)/(s.high-s.low)
	if place%10 == 0 {
		return fmt.Sprint(place / 10)
	}
	return fmt.Sprintf("%d.%d", place/10, place%10)
}

// tick is a line of a scale.
type tick struct {
	Place string
	Label string
	Zero  bool
}

func (s scale) ticks(step int) []tick {
	var all []tick
	for value := s.low; value <= s.high; value += step {
		all = append(all, tick{Place: s.at(value), Label: minus(value), Zero: value == 0})
	}
	return all
}

// interval is a score with its interval on a line from -100 to 100.
type interval struct {
	Low, High, Value string // coordinates
	From, To         string // in words
	Ticks            []tick
	Shown            bool
}

var intervalScale = scale{low: -100, high: 100, from: 12, to: 348}

func intervalOf(p scores.Promotion) interval { return intervalOn(intervalScale, p) }

func intervalOn(s scale, p scores.Promotion) interval {
	if !p.Shown() {
		return interval{}
	}
	return interval{
		Low: s.tenths(int(p.Low)), High: s.tenths(int(p.High)), Value: s.at(p.Value),
		From: sign(p.Low), To: sign(p.High), Ticks: s.ticks(50), Shown: true,
	}
}

func sign(t scores.Tenths) string { return strings.Replace(t.String(), "-", "−", 1) }

// journey is the chart of the touchpoints.
type journey struct {
	Rows     []stop
	Height   int
	Axis     int
	CXiTicks []tick
	NPSTicks []tick
}

// stop is a touchpoint of the chart.
type stop struct {
	Number   int
	Y        int // of its middle
	Name     string
	CXi      number
	NPS      number
	Bar      [2]string // where the bar begins, and how long it is
	Label    string    // where its figure is written
	Interval interval
}

const (
	rowHeight   = 44
	headHeight  = 40
	journeyFrom = 300
	journeyTo   = 700
	npsFrom     = 800
	npsTo       = 1120
)

func journeyOf(rows []Row) journey {
	index := scale{low: 0, high: 100, from: journeyFrom, to: journeyTo}
	for _, r := range rows {
		if r.CXi.Shown() && r.CXi.Value < 0 {
			index.low = -100
		}
	}
	promotion := scale{low: -100, high: 100, from: npsFrom, to: npsTo}
	j := journey{Axis: headHeight + rowHeight*len(rows), CXiTicks: index.ticks((index.high - index.low) / 4), NPSTicks: promotion.ticks(50)}
	j.Height = j.Axis + 34
	for i, r := range rows {
		s := stop{
			Number: i + 1, Y: headHeight + rowHeight*i + rowHeight/2, Name: r.Name,
			CXi: numberOf(r.Name, r.CXi, r.CXiChange), NPS: numberOf(r.Name, r.NPS.Figure, r.NPSChange), Interval: intervalOn(promotion, r.NPS),
		}
		left, right := min(0, r.CXi.Value), max(0, r.CXi.Value)
		s.Bar = [2]string{index.at(left), scale{low: 0, high: index.high - index.low, to: journeyTo - journeyFrom}.at(right - left)}
		s.Label = index.at(right)
		j.Rows = append(j.Rows, s)
	}
	return j
}

// trend is the chart of the months.
type trend struct {
	Months   []month
	Ticks    []tick
	CXi, NPS []dot
	CXiLine  string // of a path
	NPSLine  string
	CXiEnd   dot
	NPSEnd   dot
	Shown    bool
}

// month is a month of the trend.
type month struct {
	X    string
	Name string
	Year string
	CXi  number
	NPS  number
	Low  string
	High string
}

// dot is a figure in the chart.
type dot struct{ X, Y, Text string }

const (
	trendFrom, trendTo = 48, 640
	trendTop           = 16
	trendBottom        = 326
	labelGap           = 20
)

func trendOf(points []Point) trend {
	height := scale{low: 0, high: 100, from: trendBottom, to: trendTop}
	for _, p := range points {
		for _, f := range []scores.Figure{p.CXi, p.NPS.Figure} {
			if f.Shown() && f.Value < 0 {
				height.low = -100
			}
		}
	}
	t := trend{Ticks: height.ticks((height.high - height.low) / 4)}
	var index, promotion line
	for i, p := range points {
		m := month{Name: shortMonth(p.Month), CXi: numberOf(longMonth(p.Month), p.CXi, nil), NPS: numberOf(longMonth(p.Month), p.NPS.Figure, nil)}
		m.X = across(points).at(points[0].Month.MonthsUntil(p.Month))
		if i == 0 || yearOf(p.Month) != yearOf(points[i-1].Month) {
			m.Year = yearOf(p.Month)
		}
		if p.NPS.Shown() {
			m.Low, m.High = sign(p.NPS.Low), sign(p.NPS.High)
		}
		t.Months = append(t.Months, m)
		unreported := i > 0 && points[i-1].Month.AddMonths(1) != p.Month
		index.gap, promotion.gap = index.gap || unreported, promotion.gap || unreported
		index.add(m.X, height, p.CXi)
		promotion.add(m.X, height, p.NPS.Figure)
	}
	t.CXi, t.CXiLine, t.NPS, t.NPSLine = index.dots, index.path, promotion.dots, promotion.path
	t.Shown = len(index.dots)+len(promotion.dots) > 0
	t.CXiEnd, t.NPSEnd = labels(height, index, promotion)
	return t
}

// across is the scale of the months, of which some may have no report.
func across(points []Point) scale {
	months := points[0].Month.MonthsUntil(points[len(points)-1].Month)
	return scale{low: 0, high: max(months, 1), from: trendFrom, to: trendTo}
}

// line is drawn from month to month, with a gap where nothing is shown.
type line struct {
	dots []dot
	path string
	last scores.Figure
	gap  bool
}

func (l *line) add(x string, height scale, f scores.Figure) {
	l.last = f
	if !f.Shown() {
		l.gap = true
		return
	}
	step := "L"
	if l.gap || len(l.dots) == 0 {
		step = "M"
	}
	l.gap = false
	y := height.at(f.Value)
	l.path += step + x + " " + y
	l.dots = append(l.dots, dot{X: x, Y: y, Text: minus(f.Value)})
}

// labels are the names at the ends of both lines, kept apart.
func labels(height scale, index, promotion line) (cxi, nps dot) {
	place := func(f scores.Figure) int {
		return height.from + (f.Value-height.low)*(height.to-height.from)/(height.high-height.low)
	}
	a, b := place(index.last), place(promotion.last)
	if index.last.Shown() && promotion.last.Shown() && max(a, b)-min(a, b) < labelGap {
		middle := (a + b) / 2
		if a <= b {
			a, b = middle-labelGap/2, middle+labelGap/2
		} else {
			a, b = middle+labelGap/2, middle-labelGap/2
		}
	}
	if index.last.Shown() {
		cxi = dot{Y: fmt.Sprint(a), Text: "CXi " + minus(index.last.Value)}
	}
	if promotion.last.Shown() {
		nps = dot{Y: fmt.Sprint(b), Text: "NPS " + minus(promotion.last.Value)}
	}
	return cxi, nps
}
