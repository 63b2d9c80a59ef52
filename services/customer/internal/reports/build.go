package reports

import (
	"maps"
	"slices"
	"time"

	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Name is what a key is called. What is gone is shown only while there are
// answers about it.
type Name struct {
	Key, Name string
	Gone      bool
}

// Names are what is reported on, in the order in which it is shown.
type Names struct {
	Touchpoints map[Audience][]Name
	Products    []Name
}

// Making is what a document is made from.
type Making struct {
	Month    calendar.Date
	Revision int
	Policy   scores.Policy
	Basis    Basis
	Names    Names
	// Earlier are the published reports since TrendFrom, one of each month that has
	// any, the earliest first.
	Earlier []Document
}

// TrendFrom is the first month that the trend of a month's report shows.
func TrendFrom(month calendar.Date) calendar.Date { return month.AddMonths(1 - trendMonths) }

// Make returns the month's document.
func Make(m Making) Document {
	all := m.Basis.cube.grids()
	d := Document{Month: m.Month, Revision: m.Revision, Policy: m.Policy}
	var before Document
	for _, e := range m.Earlier {
		d.Trend = append(d.Trend, e.point())
		if e.Month.AddMonths(1) == m.Month {
			before = e
		}
	}
	d.Customers = m.section(all, Customers, before.Customers, ByTouchpoint, BySegment, ByRegion, ByProduct)
	d.Partners = m.section(all, Partners, before.Partners, ByTouchpoint)
	d.Staff = m.section(all, Staff, before.Staff, ByTouchpoint)
	d.Highs, d.Lows = extremes(d.Customers.table(ByTouchpoint).Rows, all[grid{Audience: Customers, By: ByTouchpoint}])
	d.Trend = append(d.Trend, d.point())
	return d
}

// point is the document's month in a trend.
func (d Document) point() Point {
	return Point{Month: d.Month, CXi: d.Customers.Overall.CXi, NPS: d.Customers.Overall.NPS}
}

func (m Making) section(all map[grid]sums, audience Audience, before Section, dimensions ...Dimension) Section {
	var s Section
	for _, by := range dimensions {
		g := grid{Audience: audience, By: by}
		overall, rows := m.rows(g, all[g])
		for i, r := range rows {
			rows[i] = r.against(before.table(by).row(r.Key))
		}
		s.Overall = overall.against(before.Overall)
		s.Tables = append(s.Tables, Table{By: by, Rows: rows})
	}
	return s
}

// rows are the total and the rows of a table.
func (m Making) rows(g grid, s sums) (total Row, rows []Row) {
	seen := m.Basis.sights[g]
	total = Row{Name: "All", Scores: m.Policy.Scores(s.total(), seen.Total)}
	for _, n := range m.Names.of(g, s) {
		rows = append(rows, Row{Key: n.Key, Name: n.Name, Scores: m.Policy.Scores(s[n.Key], seen.Rows[n.Key])})
	}
	return total, rows
}

// segments are the customers' segments from small to large.
var segments = []Name{
	{Key: "SMALL_BUSINESS", Name: "Small business"}, {Key: "MID_MARKET", Name: "Mid-market"},
	{Key: "ENTERPRISE", Name: "Enterprise"}, {Key: "GLOBAL", Name: "Global"},
}

// regions are the regions that customers are in.
var regions = map[string]string{
	"AFRICA": "Africa", "AMERICAS": "Americas", "ANTARCTICA": "Antarctica", "ASIA": "Asia", "EUROPE": "Europe", "OCEANIA": "Oceania",
}

// Called are the names of an audience's slices.
func (n Names) Called(audience Audience, by Dimension) []Name {
	return n.of(grid{Audience: audience, By: by}, nil)
}

// of are the rows of a table: what is known of its dimension, and what else was
// answered about.
func (n Names) of(g grid, s sums) []Name {
	var known []Name
	switch g.By {
	case ByTouchpoint:
		known = n.Touchpoints[g.Audience]
	case BySegment:
		known = segments
	case ByProduct:
		known = n.Products
	}
	names := slices.DeleteFunc(slices.Clone(known), func(k Name) bool { return k.Gone && s[k.Key].Empty() })
	for _, key := range slices.Sorted(maps.Keys(s)) {
		if !slices.ContainsFunc(known, func(k Name) bool { return k.Key == key }) {
			names = append(names, Name{Key: key, Name: NameOf(key)})
		}
	}
	return names
}

// NameOf is what a key is called that has no name of its own.
func NameOf(key string) string {
	switch name, known := regions[key]; {
	case key == "":
		return "Not known"
	case known:
		return name
	default:
		return key
	}
}

// against adds the movement since the month before.
func (r Row) against(before Row) Row {
	r.CXiChange = change(before.CXi, r.CXi)
	r.NPSChange = change(before.NPS.Figure, r.NPS.Figure)
	return r
}

func change(before, after scores.Figure) *int {
	if !before.Shown() || !after.Shown() {
		return nil
	}
	moved := after.Value - before.Value
	return &moved
}

// most is how many highs and lows are told at most.
const most = 3

// extremes are the touchpoints with the highest and with the lowest index among
// those whose figure is full, of equals the earlier one first. None is both.
func extremes(rows []Row, exact sums) (highs, lows []string) {
	ranked := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return r.CXi.Standing != scores.Full })
	slices.SortStableFunc(ranked, func(a, b Row) int {
		switch {
		case exact[a.Key].MoreCXi(exact[b.Key]):
			return -1
		case exact[b.Key].MoreCXi(exact[a.Key]):
			return 1
		}
		return 0
	})
	highs, lows = []string{}, []string{}
	for i, r := range ranked[:min(most, (len(ranked)+1)/2)] {
		highs = append(highs, r.Key)
		if last := len(ranked) - 1 - i; last > i {
			lows = append(lows, ranked[last].Key)
		}
	}
	return highs, lows
}

// MakePartnerTables returns the table of each partner that has anything to be
// shown, in the order of their ids.
func MakePartnerTables(m Making, published time.Time) []PartnerTable {
	all := m.Basis.cube.grids()
	var tables []PartnerTable
	for g, s := range all {
		if g.Partner == "" {
			continue
		}
		t := PartnerTable{Partner: g.Partner, Month: m.Month, Revision: m.Revision, PublishTime: published, Policy: m.Policy}
		if t.Overall, t.Rows = m.rows(g, s); !t.Overall.shown() {
			continue
		}
		tables = append(tables, t)
	}
	slices.SortFunc(tables, func(a, b PartnerTable) int {
		if a.Partner < b.Partner {
			return -1
		}
		return 1
	})
	return tables
}

// shown reports whether there is any figure in the row.
func (r Row) shown() bool {
	for _, f := range []scores.Figure{r.Needs, r.Ease, r.Enjoyment, r.NPS.Figure} {
		if f.Shown() {
			return true
		}
	}
	return false
}
