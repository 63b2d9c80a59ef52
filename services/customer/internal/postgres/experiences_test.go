package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/experience"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// answered stores an answer of a customer, with the same rating for all questions.
func answered(ctx context.Context, t *testing.T, db *pg.DB, id string, of customers.ID, rating int, when time.Time) {
	t.Helper()
	args := pgx.NamedArgs{"id": id, "customer": of, "rating": rating, "at": when}
	for _, sql := range []string{`
		INSERT INTO touchpoint_events (event_id, source, external_id, touchpoint_id, version, audience, customer_id, occur_time, create_time)
		VALUES ('tev_' || @id, 'test', @id, 'support-case', 1, 'CUSTOMER', @customer, @at, @at)`, `
		INSERT INTO responses (response_id, event_id, touchpoint_id, version, audience, month, customer_id, needs, ease, enjoyment, answer_time, revision)
		VALUES ('rsp_' || @id, 'tev_' || @id, 'support-case', 1, 'CUSTOMER', date_trunc('month', @at::timestamptz AT TIME ZONE 'UTC'), @customer,
		        @rating, @rating, @rating, @at::timestamptz, 1)`} {
		if _, err := db.SystemPool().Exec(ctx, sql, args); err != nil {
			t.Fatal(err)
		}
	}
}

// marked takes up to limit marks away.
func marked(ctx context.Context, t *testing.T, db *pg.DB, today calendar.Date, policy, limit int) (ids []customers.ID) {
	t.Helper()
	within(ctx, t, db, nil, func(tx *postgres.Store) (err error) {
		ids, err = tx.TakeExperienceMarks(ctx, today, policy, limit)
		return err
	})
	return ids
}

func TestTakeExperienceMarks_TakesEachChangeOnce(t *testing.T) {
	ctx, db, _ := open(t)
	within(ctx, t, db, nil, func(tx *postgres.Store) error { return tx.InsertCustomer(ctx, acme("cus_2", "other.example")) })
	answered(ctx, t, db, "1", "cus_1", 5, at)
	answered(ctx, t, db, "2", "cus_1", 5, at)
	answered(ctx, t, db, "3", "cus_2", 5, at)
	for _, want := range [][]customers.ID{{"cus_1"}, {"cus_2"}, {}} {
		if diff := cmp.Diff(want, marked(ctx, t, db, started, 1, 2)); diff != "" {
			t.Error(diff)
		}
	}
	for _, change := range []struct {
		sql  string
		want []customers.ID
	}{
		{"UPDATE responses SET customer_id = 'cus_2' WHERE response_id = 'rsp_2'", []customers.ID{"cus_1", "cus_2"}},
		{"DELETE FROM responses WHERE response_id = 'rsp_3'", []customers.ID{"cus_2"}},
		{"UPDATE responses SET customer_id = NULL, audience = 'STAFF' WHERE response_id = 'rsp_1'", []customers.ID{"cus_1"}},
		{"UPDATE responses SET recommend = 1 WHERE response_id = 'rsp_1'", []customers.ID{}},
	} {
		if _, err := db.SystemPool().Exec(ctx, change.sql); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(change.want, marked(ctx, t, db, started, 1, 10)); diff != "" {
			t.Errorf("%s: %s", change.sql, diff)
		}
	}
}

func TestCountExperiences_CountsFromADayOn(t *testing.T) {
	ctx, db, _ := open(t)
	answered(ctx, t, db, "1", "cus_1", 5, at)
	answered(ctx, t, db, "2", "cus_1", 3, at.AddDate(0, 0, 1))
	answered(ctx, t, db, "3", "cus_1", 1, started.Time().Add(-time.Microsecond))
	high, middle := scores.Split{High: 1}, scores.Split{Middle: 1}
	var none scores.Tally
	told := experience.Experience{
		Customer: "cus_1", CXi: scores.Figure{Standing: scores.Indicative, N: 5, Value: -3}, NPS: scores.Figure{Standing: scores.Hidden},
		Poor: true, Revision: 4, UpdateTime: at,
	}
	for _, c := range []struct {
		since calendar.Date
		want  postgres.Counted
		told  experience.Experience
	}{
		{started, postgres.Counted{Told: experience.Unknown("cus_1"), Oldest: started, Tally: scores.Tally{high, high, high}.Plus(scores.Tally{middle, middle, middle})}, told},
		{started.AddDays(1), postgres.Counted{Told: told, Oldest: started.AddDays(1), Tally: scores.Tally{middle, middle, middle}}, experience.Unknown("cus_1")},
		{started.AddDays(2), postgres.Counted{Told: experience.Unknown("cus_1"), Tally: none}, told},
	} {
		within(ctx, t, db, nil, func(tx *postgres.Store) error {
			got, err := tx.CountExperiences(ctx, []customers.ID{"cus_1"}, c.since)
			if diff := cmp.Diff([]postgres.Counted{c.want}, got); diff != "" {
				t.Errorf("since %s: %s", c.since, diff)
			}
			if err != nil {
				return err
			}
			return tx.SaveExperience(ctx, c.told, 1, calendar.Date{})
		})
	}
}

func TestTakeExperienceMarks_FindsWhatIsDueOrOfAnEarlierPolicy(t *testing.T) {
	ctx, db, _ := open(t)
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		return tx.SaveExperience(ctx, experience.Unknown("cus_1"), 1, started)
	})
	for _, c := range []struct {
		today  calendar.Date
		policy int
		want   []customers.ID
	}{
		{started.AddDays(-1), 1, []customers.ID{}},
		{started, 1, []customers.ID{"cus_1"}},
		{started.AddDays(-1), 2, []customers.ID{"cus_1"}},
	} {
		if diff := cmp.Diff(c.want, marked(ctx, t, db, c.today, c.policy, 10)); diff != "" {
			t.Errorf("on %s by policy %d: %s", c.today, c.policy, diff)
		}
	}
}
