package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

func newStore(t *testing.T) *postgres.Store {
	t.Helper()
	return postgres.New(pgtest.New(t, pgtest.Schema{Name: "commission", Migrations: postgres.Migrations()}))
}

// system runs a transaction that sees everything.
func system(t *testing.T, s *postgres.Store, fn func(context.Context, *postgres.Store) error) error {
	t.Helper()
	ctx := pg.WithScope(t.Context(), pg.System())
	return s.InTx(ctx, func(tx *postgres.Store) error { return fn(ctx, tx) })
}

func adjustment(partner string, minor int64) ledger.Entry {
	return ledger.Entry{
		ID: ident.New("ent_"), Kind: ledger.Adjustment, PartnerID: partner, Currency: "GBP", Effective: calendar.On(2026, time.March, 1),
		Posted: time.Date(2026, 3, 2, 9, 0, 0, 123000, time.UTC), Cause: "adjustment:by-hand", Note: "Goodwill.", Actor: "anna",
		Postings: ledger.Transfer(ledger.Expense, ledger.Payable, minor),
	}
}

func TestAddEntries_KeepsThemAsTheyWere(t *testing.T) {
	s := newStore(t)
	want := adjustment("softcat", 5_000)
	var got ledger.Entry
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) (err error) {
		if err := tx.AddEntries(ctx, want); err != nil {
			return err
		}
		got, err = tx.Entry(ctx, want.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entry (-want +got):\n%s", diff)
	}
	if string(got.Digest()) != string(want.Digest()) {
		t.Error("the digest of what was read is another")
	}
}

func TestAddEntries_TheDatabaseRefusesWhatDoesNotBalance(t *testing.T) {
	s := newStore(t)
	entry := adjustment("softcat", 5_000)
	entry.Postings[0].Debit = 4_999
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) error { return tx.AddEntries(ctx, entry) })
	if pg.Constraint(err) != "ledger_entries_balanced" {
		t.Errorf("got %v; want it refused at COMMIT", err)
	}
}
