package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/reports"
	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/customer/internal/touchpoints"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// responded stores what somebody answers to an event, which it records before.
func responded(ctx context.Context, t *testing.T, db *pg.DB, e surveys.Event, a surveys.Answer, when time.Time) surveys.Response {
	t.Helper()
	recorded(ctx, t, db, e)
	r := e.Respond(surveys.ResponseID("rsp_"+e.ExternalID), a, when)
	within(ctx, t, db, nil, func(tx *postgres.Store) error { return tx.InsertResponse(ctx, r) })
	return r
}

// rated is an answer with the same rating for the three questions.
func rated(rating, recommend int32) surveys.Answer {
	return surveys.Answer{Needs: &rating, Ease: &rating, Enjoyment: &rating, Recommend: &recommend}
}

// alike is the tally of so many glad answers, indifferent and unhappy ones, to each question.
func alike(high, middle, low int64) scores.Tally {
	s := scores.Split{High: high, Middle: middle, Low: low}
	return scores.Tally{s, s, s, s}
}

// cell is what answers to happened have in common.
var cell = reports.Cell{Audience: reports.Customers, Touchpoint: "support-case", Segment: "ENTERPRISE", Region: "EUROPE", Product: "gateway", Partner: "softcat"}

func wantCube(ctx context.Context, t *testing.T, db *pg.DB, month calendar.Date, want reports.Cube) {
	t.Helper()
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		got, err := tx.Cube(ctx, month)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", month, diff)
		}
		return err
	})
}

func TestCube_CountsByTheMonthOfTheAnswerInUTC(t *testing.T) {
	ctx, db, _ := open(t)
	february := started.AddMonths(1)
	kiritimati, honolulu := time.FixedZone("+14", 14*60*60), time.FixedZone("-10", -10*60*60)
	for number, when := range []time.Time{
		time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2025, 1, 31, 23, 59, 59, 999_999_000, time.UTC),
		time.Date(2025, 2, 1, 13, 59, 0, 0, kiritimati), // the last minute of January in UTC
		time.Date(2025, 2, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2025, 1, 31, 14, 0, 0, 0, honolulu), // the first of February in UTC
	} {
		responded(ctx, t, db, happened(fmt.Sprint(number), -24*40), rated(5, 10), when)
	}
	wantCube(ctx, t, db, started.AddMonths(-1), reports.Cube{})
	wantCube(ctx, t, db, started, reports.Cube{cell: alike(3, 0, 0)})
	wantCube(ctx, t, db, february, reports.Cube{cell: alike(2, 0, 0)})
}

func TestResponses_CountInOneMonthWhereverTheDatabaseIs(t *testing.T) {
	ctx, db, _ := open(t)
	e := happened("1", 0)
	recorded(ctx, t, db, e)
	last := e.Respond("rsp_1", rated(5, 10), time.Date(2025, 1, 31, 23, 30, 0, 0, time.UTC))
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		_, err := tx.Tx().Exec(ctx, "SET LOCAL TimeZone = 'Pacific/Kiritimati'")
		return errors.Join(err, tx.InsertResponse(ctx, last))
	})
	wantCube(ctx, t, db, started, reports.Cube{cell: alike(1, 0, 0)})
	_, err := db.SystemPool().Exec(ctx, "UPDATE responses SET month = '2025-02-01'")
	if pg.Constraint(err) != "responses_counted_in_their_month" {
		t.Errorf("got %v, want that it counts in January", err)
	}
}

func TestCube_CountsEachQuestionByItself(t *testing.T) {
	ctx, db, _ := open(t)
	responded(ctx, t, db, happened("1", 0), surveys.Answer{Needs: new(int32(4)), Recommend: new(int32(9))}, at)
	responded(ctx, t, db, happened("2", 0), surveys.Answer{Ease: new(int32(3)), Recommend: new(int32(8))}, at)
	responded(ctx, t, db, happened("3", 0), surveys.Answer{Enjoyment: new(int32(2)), Recommend: new(int32(7))}, at)
	responded(ctx, t, db, happened("4", 0), surveys.Answer{Needs: new(int32(1)), Recommend: new(int32(6))}, at)
	responded(ctx, t, db, happened("5", 0), surveys.Answer{Comment: "Slow."}, at)
	wantCube(ctx, t, db, started, reports.Cube{cell: {
		scores.Needs: {High: 1, Low: 1}, scores.Ease: {Middle: 1}, scores.Enjoyment: {Low: 1}, scores.Recommend: {High: 1, Middle: 2, Low: 1},
	}})
}

func TestCube_KeepsTheScoresOfTheForgotten(t *testing.T) {
	ctx, db, _ := open(t)
	answer := rated(2, 3)
	answer.Comment = "Slow."
	r := responded(ctx, t, db, happened("1", 0), answer, at)
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		redacted, _, err := r.Redact(at.AddDate(0, 3, 0), "")
		return errors.Join(err, tx.Redact(ctx, redacted))
	})
	wantCube(ctx, t, db, started, reports.Cube{cell: alike(0, 0, 1)})
}

// told stores the answers that the tests of slices are about: two customers'
// facts, one of which not all are known of, and a partner and staff.
func told(ctx context.Context, t *testing.T, db *pg.DB) {
	t.Helper()
	for number, change := range []func(*surveys.Event){
		func(*surveys.Event) {},
		func(e *surveys.Event) { e.Touchpoint = "kick-off" },
		func(e *surveys.Event) { e.Facts.Partner, e.Facts.Segment = "northwind", customers.SmallBusiness },
		func(e *surveys.Event) { e.Facts.Partner, e.Facts.Product, e.Facts.Region = "", "", "ASIA" },
		func(e *surveys.Event) {
			e.Touchpoint, e.Audience, e.Customer, e.Subscription, e.Facts = "partner-renewal", touchpoints.Partners, "", "", surveys.Facts{Partner: "softcat"}
		},
		func(e *surveys.Event) {
			e.Touchpoint, e.Audience, e.Customer, e.Subscription, e.Facts = "staff-training", touchpoints.Staff, "", "", surveys.Facts{}
		},
	} {
		e := happened(fmt.Sprint(number), 0)
		change(&e)
		responded(ctx, t, db, e, rated(int32(5-number%3), 10), at.AddDate(0, number/2, 0))
	}
}

func TestSlices_StandForOneFactEach(t *testing.T) {
	ctx, db, _ := open(t)
	told(ctx, t, db)
	ofCustomers := postgres.Choice{Audience: reports.Customers}
	for by, want := range map[postgres.Slicing]string{
		"":                    "=4",
		postgres.ByTouchpoint: "kick-off=1 support-case=3",
		postgres.ByMonth:      "2025-01=2 2025-02=2",
		postgres.ByPartner:    "=1 northwind=1 softcat=2",
		postgres.ByProduct:    "=1 gateway=3",
		postgres.BySegment:    "ENTERPRISE=3 SMALL_BUSINESS=1",
		postgres.ByRegion:     "ASIA=1 EUROPE=3",
	} {
		wantSlices(ctx, t, db, string(by), ofCustomers, by, want)
	}
}

func TestSlices_ChooseByEachFact(t *testing.T) {
	ctx, db, _ := open(t)
	told(ctx, t, db)
	for name, c := range map[string]struct {
		choice postgres.Choice
		want   string
	}{
		"all":              {postgres.Choice{}, "=6"},
		"an audience":      {postgres.Choice{Audience: reports.Staff}, "=1"},
		"a touchpoint":     {postgres.Choice{Touchpoint: "support-case"}, "=3"},
		"a partner":        {postgres.Choice{Partner: "softcat"}, "=3"},
		"its customers":    {postgres.Choice{Partner: "softcat", Audience: reports.Customers}, "=2"},
		"a product":        {postgres.Choice{Product: "gateway"}, "=3"},
		"a segment":        {postgres.Choice{Segment: "SMALL_BUSINESS"}, "=1"},
		"a region":         {postgres.Choice{Region: "ASIA"}, "=1"},
		"from a month on":  {postgres.Choice{From: started.AddMonths(1)}, "=4"},
		"up to a month":    {postgres.Choice{To: started.AddMonths(1)}, "=4"},
		"a month":          {postgres.Choice{From: started, To: started}, "=2"},
		"nothing":          {postgres.Choice{Region: "EUROPE", From: started.AddMonths(2)}, ""},
		"a name with a \"": {postgres.Choice{Partner: "softcat' OR 'a' = 'a"}, ""},
	} {
		wantSlices(ctx, t, db, name, c.choice, "", c.want)
	}
}

// wantSlices asks for slices and compares their numbers of answers.
func wantSlices(ctx context.Context, t *testing.T, db *pg.DB, name string, c postgres.Choice, by postgres.Slicing, want string) {
	t.Helper()
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		found, err := tx.Slices(ctx, c, by)
		got := ""
		for i, s := range found {
			if i > 0 {
				got += " "
			}
			got += fmt.Sprintf("%s=%d", s.Key, s.Tally[scores.Recommend].N())
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		return err
	})
}

func TestReportNames_FollowTheJourney(t *testing.T) {
	ctx, db, _ := open(t)
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		retired, err := tx.Touchpoint(ctx, "discover")
		retired.Version, retired.Position, retired.Name, retired.Active = 2, 14, "First look", false
		err = errors.Join(err, tx.InsertTouchpoint(ctx, retired))
		names, err2 := tx.ReportNames(ctx)
		asked := names.Touchpoints[reports.Customers]
		if len(asked) != 13 || asked[0] != (reports.Name{Key: "proof-of-value", Name: "Proof of value"}) ||
			asked[12] != (reports.Name{Key: "discover", Name: "First look", Gone: true}) {
			t.Errorf("customers are asked about %v", asked)
		}
		if diff := cmp.Diff([]reports.Name{{Key: "gateway", Name: "Gateway"}}, names.Products); diff != "" {
			t.Error(diff)
		}
		return errors.Join(err, err2)
	})
}
