package rpc_test

import (
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

// The migration that brings the table finds in the events what changes of seats
// have added before.
func TestSeatAdditions_OfThePastAreFound(t *testing.T) {
	cfg := pgtest.Config(t, schema)
	db, err := pg.Open(t.Context(), cfg)
	must(t, err)
	t.Cleanup(db.Close)
	h := serve(t, db, time.Now)
	h.stock()
	s := h.subscription()
	h.renew(s, 300) // a term that keeps its seats
	for n, seats := range []int64{210, 250} {
		_, err := h.subscriptions(commission).ChangeSeats(h.ctx, &customerv1.ChangeSeatsRequest{
			SubscriptionId: s.GetSubscriptionId(), ExpectedPartnerId: "softcat", EffectiveDate: day(5 - n), Seats: seats, RequestId: rid(),
		})
		must(t, err)
	}
	owner, err := pgx.Connect(h.ctx, cfg.OwnerURL)
	must(t, err)
	defer func() { _ = owner.Close(h.ctx) }()
	kept := additions(h, owner)
	if len(kept) != 2 {
		t.Fatalf("got %v", kept)
	}
	_, err = owner.Exec(h.ctx, "TRUNCATE seat_additions")
	must(t, err)
	_, err = owner.Exec(h.ctx, backfill(t))
	must(t, err)
	if diff := cmp.Diff(kept, additions(h, owner)); diff != "" {
		t.Error(diff)
	}
}

// additions are the rows of the table as texts.
func additions(h *harness, owner *pgx.Conn) []string {
	h.t.Helper()
	rows, _ := owner.Query(h.ctx, "SELECT a::text FROM seat_additions a ORDER BY subscription_id, revision") // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(h.t, err)
	return list
}

// backfill is the migration's statement that fills the table.
func backfill(t *testing.T) string {
	t.Helper()
	text, err := fs.ReadFile(postgres.Migrations(), "00010_retention.sql")
	must(t, err)
	_, after, _ := strings.Cut(string(text), "-- +goose StatementBegin")
	statement, _, found := strings.Cut(after, "-- +goose StatementEnd")
	if !found {
		t.Fatal("the migration fills nothing")
	}
	return statement
}
