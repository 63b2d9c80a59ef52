package postgres_test

import (
	"context"
	"errors"
	"fmt"
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
	for name, spoil := range map[string]func(*ledger.Entry){
		"apart":         func(e *ledger.Entry) { e.Postings[0].Debit = 4_999 },
		"no postings":   func(e *ledger.Entry) { e.Postings = nil },
		"one posting":   func(e *ledger.Entry) { e.Postings = e.Postings[:1] },
		"one too many":  func(e *ledger.Entry) { e.Postings = append(e.Postings, ledger.Posting{Account: ledger.Cash, Debit: 1}) },
		"three, not so": func(e *ledger.Entry) { e.Postings = append(e.Postings, e.Postings[0]) },
	} {
		good, bad := adjustment("softcat", 5_000), adjustment("softcat", 5_000)
		spoil(&bad)
		err := system(t, s, func(ctx context.Context, tx *postgres.Store) error { return tx.AddEntries(ctx, good, bad) })
		if pg.Constraint(err) != "ledger_entries_balanced" {
			t.Errorf("%s: got %v; want it refused", name, err)
		}
	}
	var entries int
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
		return tx.Tx().QueryRow(ctx, "SELECT count(*) FROM ledger_entries").Scan(&entries)
	})
	if err != nil || entries != 0 {
		t.Errorf("%d entries, %v; want none", entries, err)
	}
}

func TestLedger_TheDatabaseRefusesPostingsThatAreNotTheirEntrys(t *testing.T) {
	s := newStore(t)
	entry := adjustment("softcat", 5_000)
	if err := system(t, s, func(ctx context.Context, tx *postgres.Store) error { return tx.AddEntries(ctx, entry) }); err != nil {
		t.Fatal(err)
	}
	const insert = `
		INSERT INTO ledger_postings (entry_id, number, account, partner_id, currency, effective_date, post_time, debit_minor, credit_minor)
		SELECT %s, number + 2, account, %s, debit_minor, credit_minor
		FROM ledger_postings
		WHERE entry_id = $1 AND number <= $2`
	for _, c := range []struct {
		name, entry, columns string
		legs                 int
	}{
		{"of no entry", "'ent_none'", "partner_id, currency, effective_date, post_time", 2},
		{"another partner's", "entry_id", "'cdw', currency, effective_date, post_time", 2},
		{"in another currency", "entry_id", "partner_id, 'USD', effective_date, post_time", 2},
		{"for another day", "entry_id", "partner_id, currency, effective_date + 1, post_time", 2},
		{"of another time", "entry_id", "partner_id, currency, effective_date, post_time + interval '1 second'", 2},
		{"half a pair", "entry_id", "partner_id, currency, effective_date, post_time", 1},
	} {
		err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
			_, err := tx.Tx().Exec(ctx, fmt.Sprintf(insert, c.entry, c.columns), entry.ID, c.legs)
			return err
		})
		if pg.Constraint(err) != "ledger_entries_balanced" {
			t.Errorf("postings that are %s: %v; want them refused", c.name, err)
		}
	}
}

func TestAddEntries_ReversesOnce(t *testing.T) {
	s := newStore(t)
	entry := adjustment("softcat", 5_000)
	reversals := make([]ledger.Entry, 2)
	for i := range reversals {
		reversals[i], _ = entry.Reverse(entry.Effective, entry.Posted, "anna", "Wrong.")
		reversals[i].ID = ident.New("ent_")
	}
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) error { return tx.AddEntries(ctx, entry, reversals[0]) })
	if err != nil {
		t.Fatalf("an entry with its reversal: %v", err)
	}
	err = system(t, s, func(ctx context.Context, tx *postgres.Store) error { return tx.AddEntries(ctx, reversals[1]) })
	if !errors.Is(err, ledger.ErrAlreadyReversed) {
		t.Errorf("another reversal: %v, want ErrAlreadyReversed", err)
	}
}

// TestAddEntries_LooksUpNoMoreThanItAdds: the plan of a session's first call is
// kept, and must not read all that there is from then on.
func TestAddEntries_LooksUpNoMoreThanItAdds(t *testing.T) {
	s := newStore(t)
	many := make([]ledger.Entry, 1_000)
	for i := range many {
		many[i] = adjustment("softcat", 5_000)
	}
	if err := system(t, s, func(ctx context.Context, tx *postgres.Store) error { return tx.AddEntries(ctx, many...) }); err != nil {
		t.Fatal(err)
	}
	var before, after int
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
		if err := rowsRead(ctx, tx, &before); err != nil {
			return err
		}
		if err := tx.AddEntries(ctx, adjustment("softcat", 5_000)); err != nil {
			return err
		}
		return rowsRead(ctx, tx, &after)
	})
	if err != nil || after == before || after-before > 20 {
		t.Errorf("%d rows read for one entry, %v", after-before, err)
	}
}

// rowsRead is how many rows of the ledger the session has read lately.
func rowsRead(ctx context.Context, tx *postgres.Store, n *int) error {
	return tx.Tx().QueryRow(ctx, `
		SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))
		FROM pg_stat_xact_user_tables
		WHERE relname IN ('ledger_entries', 'ledger_postings')`).Scan(n)
}
