package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/reports"
	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// tallied are the counts of a group of responses, in the order of a tally.
const tallied = `
	count(*) FILTER (WHERE r.needs >= 4), count(*) FILTER (WHERE r.needs = 3), count(*) FILTER (WHERE r.needs <= 2),
	count(*) FILTER (WHERE r.ease >= 4), count(*) FILTER (WHERE r.ease = 3), count(*) FILTER (WHERE r.ease <= 2),
	count(*) FILTER (WHERE r.enjoyment >= 4), count(*) FILTER (WHERE r.enjoyment = 3), count(*) FILTER (WHERE r.enjoyment <= 2),
	count(*) FILTER (WHERE r.recommend >= 9), count(*) FILTER (WHERE r.recommend BETWEEN 7 AND 8), count(*) FILTER (WHERE r.recommend <= 6)`

// tallyTargets are where a row of tallied goes.
func tallyTargets(t *scores.Tally) []any {
	var into []any
	for q := range t {
		into = append(into, &t[q].High, &t[q].Middle, &t[q].Low)
	}
	return into
}

// Cube returns the answers of a month by what they have in common. There are as
// many rows as combinations occur, however many have answered.
func (s *Store) Cube(ctx context.Context, month calendar.Date) (reports.Cube, error) {
	rows, _ := s.tx.Query(ctx, `
		SELECT r.audience, r.touchpoint_id, coalesce(r.segment, ''), coalesce(r.region, ''), coalesce(r.product_id, ''),
		       coalesce(r.partner_id, ''),`+tallied+`
		FROM responses r
		WHERE r.month = $1
		GROUP BY r.audience, r.touchpoint_id, r.segment, r.region, r.product_id, r.partner_id`, month) // ForEachRow returns the error
	cube := reports.Cube{}
	var at reports.Cell
	var t scores.Tally
	into := append([]any{&at.Audience, &at.Touchpoint, &at.Segment, &at.Region, &at.Product, &at.Partner}, tallyTargets(&t)...)
	_, err := pgx.ForEachRow(rows, into, func() error {
		cube.Add(at, t)
		return nil
	})
	return cube, explain(err, "count responses")
}

// Slicing is what slices of scores stand for; empty for all together.
type Slicing string

// The ways to slice.
const (
	ByTouchpoint Slicing = "TOUCHPOINT"
	ByMonth      Slicing = "MONTH"
	ByPartner    Slicing = "PARTNER"
	ByProduct    Slicing = "PRODUCT"
	BySegment    Slicing = "SEGMENT"
	ByRegion     Slicing = "REGION"
)

// slices are what is grouped by.
var slices = map[Slicing]string{
	"":           "''",
	ByTouchpoint: "r.touchpoint_id",
	ByMonth:      "to_char(r.month, 'YYYY-MM')",
	ByPartner:    "coalesce(r.partner_id, '')",
	ByProduct:    "coalesce(r.product_id, '')",
	BySegment:    "coalesce(r.segment, '')",
	ByRegion:     "coalesce(r.region, '')",
}

// Choice chooses responses; an empty field chooses all.
type Choice struct {
	From, To   calendar.Date // months, both included
	Audience   reports.Audience
	Touchpoint string
	Partner    string
	Product    string
	Segment    string
	Region     string
}

func (c Choice) filter() filter {
	var f filter
	f.with(!c.From.IsZero(), "r.month >= @from_month", pgx.StrictNamedArgs{"from_month": c.From})
	f.with(!c.To.IsZero(), "r.month <= @to_month", pgx.StrictNamedArgs{"to_month": c.To})
	f.with(c.Audience != "", "r.audience = @audience", pgx.StrictNamedArgs{"audience": c.Audience})
	f.with(c.Touchpoint != "", "r.touchpoint_id = @touchpoint_id", pgx.StrictNamedArgs{"touchpoint_id": c.Touchpoint})
	f.with(c.Partner != "", "r.partner_id = @partner_id", pgx.StrictNamedArgs{"partner_id": c.Partner})
	f.with(c.Product != "", "r.product_id = @product_id", pgx.StrictNamedArgs{"product_id": c.Product})
	f.with(c.Segment != "", "r.segment = @segment", pgx.StrictNamedArgs{"segment": c.Segment})
	f.with(c.Region != "", "r.region = @region", pgx.StrictNamedArgs{"region": c.Region})
	return f
}

// Slice is the tally of the responses with one key.
type Slice struct {
	Key   string
	Tally scores.Tally
}

// Slices returns the tallies of the chosen responses in the order of their keys.
func (s *Store) Slices(ctx context.Context, c Choice, by Slicing) ([]Slice, error) {
	f := c.filter()
	rows, _ := s.tx.Query(ctx, `
		SELECT `+slices[by]+` AS key,`+tallied+`
		FROM responses r`+f.where()+`
		GROUP BY 1
		ORDER BY 1`, f.args) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l Slice, err error) {
		return l, row.Scan(append([]any{&l.Key}, tallyTargets(&l.Tally)...)...)
	})
	return list, explain(err, "slice responses")
}

// ReportNames returns what reports are about: touchpoints by audience in the order
// of the journey, and products.
func (s *Store) ReportNames(ctx context.Context) (reports.Names, error) {
	n := reports.Names{Touchpoints: map[reports.Audience][]reports.Name{}}
	rows, _ := s.tx.Query(ctx, `
		SELECT audience, touchpoint_id, display_name, NOT active
		FROM (
			SELECT DISTINCT ON (touchpoint_id) audience, touchpoint_id, display_name, active, position
			FROM touchpoints
			ORDER BY touchpoint_id, version DESC
		) AS newest
		ORDER BY audience, position, touchpoint_id`) // ForEachRow returns the error
	var audience reports.Audience
	var name reports.Name
	_, err := pgx.ForEachRow(rows, []any{&audience, &name.Key, &name.Name, &name.Gone}, func() error {
		n.Touchpoints[audience] = append(n.Touchpoints[audience], name)
		return nil
	})
	if err != nil {
		return n, explain(err, "list touchpoints")
	}
	rows, _ = s.tx.Query(ctx, "SELECT product_id, display_name, false FROM products ORDER BY product_id") // CollectRows returns the error
	n.Products, err = pgx.CollectRows(rows, pgx.RowToStructByPos[reports.Name])
	return n, explain(err, "list products")
}
