package finance_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/seal"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

// seal seals the ledger, which has so many entries to seal.
func (w *world) seal(want int) {
	w.t.Helper()
	if sealed, err := w.Finance.SealLedger(context.Background()); err != nil || sealed != want {
		w.t.Fatalf("%d entries sealed, %v; want %d", sealed, err, want)
	}
}

func (w *world) seals() []seal.Seal {
	w.t.Helper()
	list, err := w.Finance.ListSeals(as(fay), 0, 100)
	must(w.t, err)
	return list
}

func TestSealLedger_ChainsWhatIsNewAndTellsIt(t *testing.T) {
	w := newWorld(t)
	first, second := w.adjust(1), w.adjust(2)
	w.seal(2)
	w.seal(0)
	w.At(monday.Add(time.Minute))
	third := w.adjust(3)
	w.seal(1)

	digest := func(parts ...[]byte) []byte {
		h := sha256.New()
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	one := digest(first.Digest(), second.Digest())
	want := []seal.Seal{
		{Number: 2, First: 3, Last: 3, Digest: digest(one, third.Digest()), At: monday.Add(time.Minute)},
		{Number: 1, First: 1, Last: 2, Digest: one, At: monday},
	}
	got := w.seals()
	for i := range got {
		got[i].ScanFrom = ""
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("seals (-want +got):\n%s", diff)
	}
	var told []string
	rows, _ := w.DB.SystemPool().Query(t.Context(), "SELECT resource_id || ' ' || (snapshot ->> 'last') FROM events WHERE kind = 'ledger.sealed' ORDER BY id")
	told, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	if diff := cmp.Diff([]string{"1 2", "2 3"}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestSealLedger_SealsAnEntryThatWasLongUnderWay(t *testing.T) {
	w := newWorld(t)
	entry := byService("softcat", 500, monday)
	must(t, w.System(func(ctx context.Context, tx *postgres.Store) error {
		if err := tx.AddEntries(ctx, entry); err != nil {
			return err
		}
		w.At(monday.Add(9 * time.Minute))
		w.adjust(1) // is quicker, and sealed before the other commits
		w.seal(1)
		return nil
	}))
	w.seal(1)
	if got := w.seals(); len(got) != 2 || got[0].First != 2 {
		t.Errorf("seals %+v", got)
	}
}

func TestSealLedger_ByManyAtOnceSealsOnce(t *testing.T) {
	w := newWorld(t)
	var entries []ledger.Entry
	for i := range 12_000 { // more than one seal covers
		entries = append(entries, byService("softcat", int64(i+1), monday))
	}
	must(t, w.System(func(ctx context.Context, tx *postgres.Store) error { return tx.AddEntries(ctx, entries...) }))
	var replicas sync.WaitGroup
	for range 3 {
		replicas.Go(func() {
			if _, err := w.Finance.SealLedger(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	replicas.Wait()
	_, err := w.Finance.SealLedger(context.Background()) // in case each found another at work
	must(t, err)
	var places, last int64
	err = w.DB.SystemPool().QueryRow(t.Context(), "SELECT count(*), max(position) FROM sealed_entries").Scan(&places, &last)
	if err != nil || places != 12_000 || last != 12_000 {
		t.Errorf("%d positions up to %d, %v; want 12000", places, last, err)
	}
}

func TestSealLedger_RefusesWhatTheServiceDidNotWrite(t *testing.T) {
	w := newWorld(t)
	w.adjust(1)
	w.seal(1)
	forged := byService("softcat", 1_000, monday)
	late := byService("softcat", 2_000, monday.Add(-16*time.Minute))
	unbalanced := byService("softcat", 3_000, monday)
	unbalanced.Postings[0].Debit++
	w.tamper(insertion(forged, "'\\xbad0'"), insertion(late, ""), insertion(unbalanced, ""))
	w.adjust(2)
	for range 2 { // it stays a problem until somebody clears it up
		_, err := w.Finance.SealLedger(context.Background())
		for _, want := range []string{
			"3 ledger entries are not sealed", forged.ID + " (ENTRY_CHANGED", late.ID + " (ENTRY_ADDED", unbalanced.ID + " (ENTRY_UNBALANCED",
		} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v; want %q in it", err, want)
			}
		}
	}
	if got := w.seals(); len(got) != 2 || got[0].Entries() != 1 {
		t.Errorf("seals %+v; want one of the adjustment alone", got)
	}
}

func TestSeals_AreNeverRewritten(t *testing.T) {
	w := newWorld(t)
	w.adjust(1)
	w.seal(1)
	for _, sql := range []string{
		"UPDATE ledger_seals SET digest = '\\x00'", "DELETE FROM ledger_seals", "UPDATE sealed_entries SET position = 2", "DELETE FROM sealed_entries",
		"TRUNCATE ledger_seals", "UPDATE ledger_entries SET note = ''", "DELETE FROM ledger_postings",
	} {
		if _, err := w.DB.SystemPool().Exec(t.Context(), sql); err == nil {
			t.Errorf("the service may %s", sql)
		}
		if err := w.asOwner(sql); err == nil {
			t.Errorf("the owner may %s", sql)
		}
	}
}

// byService is an entry as the service writes them.
func byService(partner string, minor int64, posted time.Time) ledger.Entry {
	return ledger.Entry{
		ID: ident.New("ent_"), Kind: ledger.Adjustment, PartnerID: partner, Currency: "GBP", Effective: day(today), Posted: posted,
		Cause: "adjustment:by-hand", Note: "Goodwill.", Actor: "fay", Postings: ledger.Transfer(ledger.Expense, ledger.Payable, minor),
	}
}

// asOwner executes statements as the role that owns the tables.
func (w *world) asOwner(statements ...string) error {
	return w.execute("commission_owner", statements)
}

// tamper executes statements as a superuser who has switched every trigger and
// foreign key off.
func (w *world) tamper(statements ...string) {
	w.t.Helper()
	must(w.t, w.execute("postgres", append([]string{"SET session_replication_role = replica"}, statements...)))
}

func (w *world) execute(role string, statements []string) error {
	ctx := context.Background()
	var database string
	if err := w.DB.SystemPool().QueryRow(ctx, "SELECT current_database()").Scan(&database); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, pgtest.Server(w.t).URL(role, database))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// insertion is SQL that inserts an entry with its postings and its line, with its
// digest, unless another one is given.
func insertion(e ledger.Entry, digest string) string {
	if digest == "" {
		digest = fmt.Sprintf("'\\x%x'", e.Digest())
	}
	entry := fmt.Sprintf("'%s', '%s', '%s', '%s'", e.ID, e.PartnerID, e.Currency, e.Effective)
	sql := fmt.Sprintf(`INSERT INTO ledger_entries (entry_id, partner_id, currency, effective_date, kind, post_time, cause, note, actor, fx_set_id, digest)
		VALUES (%s, '%s', '%s', '%s', '%s', '%s', '', %s);`, entry, e.Kind, e.Posted.Format(time.RFC3339Nano), e.Cause, e.Note, e.Actor, digest)
	for n, p := range e.Postings {
		sql += fmt.Sprintf(`INSERT INTO ledger_postings (entry_id, partner_id, currency, effective_date, post_time, number, account, debit_minor, credit_minor)
			VALUES (%s, '%s', %d, '%s', %d, %d);`, entry, e.Posted.Format(time.RFC3339Nano), n+1, p.Account, p.Debit, p.Credit)
	}
	stated, _ := e.Stated()
	return sql + fmt.Sprintf("INSERT INTO statement_lines (entry_id, partner_id, currency, effective_date, amount_minor) VALUES (%s, %d);", entry, stated.Minor)
}
