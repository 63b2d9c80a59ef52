package finance_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/seal"
)

// book is a ledger with three seals, snapshots and two statements, and the names
// by which tests speak of its entries: the accrual and the maturity of an invoice,
// the adjustments a1 to a5, of which a5 is not sealed, and who has the accrual.
type book struct {
	*world
	ids   map[string]string // by name
	names *strings.Replacer
	seals []seal.Seal // as somebody kept them outside, oldest first
}

func newBook(t *testing.T) *book {
	t.Helper()
	w := newWorld(t)
	b := &book{world: w, ids: map[string]string{}}
	recorded, err := w.tell(w.invoice("I-1", w.agency(), 1, today, 2_520_000))
	must(t, err)
	b.ids["accrual"], b.ids["acr"] = w.entries()[0].ID, recorded.Accruals[0].ID
	_, err = w.tell(w.about("PAYMENT", "P-1", "I-1", today, 2_520_000))
	must(t, err)
	b.ids["a1"], b.ids["a2"] = w.adjust(100).ID, w.adjust(200).ID
	w.seal(3)
	w.At(monday.Add(time.Minute))
	b.ids["a3"], b.ids["a4"] = w.adjust(300).ID, w.adjust(-50).ID
	w.seal(2)
	b.snapshot()
	w.On("2026-04-01")
	_, err = w.Finance.SettleDue(context.Background())
	must(t, err)
	b.ids["maturity"] = w.entries()[0].ID
	w.seal(1)
	b.snapshot()
	b.state("stm_1", "2026-03-01", 0, "a1", "a2")
	b.state("stm_2", "2026-04-01", 300, "a3")
	b.ids["a5"] = w.adjust(7).ID
	var pairs []string
	for name, id := range b.ids {
		pairs = append(pairs, id, name)
	}
	b.names = strings.NewReplacer(pairs...)
	for _, s := range w.seals() {
		b.seals = append([]seal.Seal{s}, b.seals...)
	}
	if found := b.verify(finance.KeptSeal{}); len(found) > 0 {
		t.Fatalf("the ledger is not sound before it is tampered with: %q", found)
	}
	return b
}

func (b *book) snapshot() {
	b.t.Helper()
	taken, err := b.Finance.SnapshotAll(context.Background())
	must(b.t, err)
	if taken != 1 {
		b.t.Fatalf("%d snapshots", taken)
	}
}

// state closes a statement over the lines of entries.
func (b *book) state(id, month string, opening int64, names ...string) {
	b.t.Helper()
	ids := make([]string, len(names))
	for i, name := range names {
		ids[i] = b.ids[name]
	}
	must(b.t, b.System(func(ctx context.Context, tx *postgres.Store) error {
		_, err := tx.Tx().Exec(ctx, "UPDATE statement_lines SET statement_id = $1 WHERE entry_id = ANY ($2)", id, ids)
		if err != nil {
			return err
		}
		_, err = tx.Tx().Exec(ctx, `
			INSERT INTO statements (statement_id, partner_id, partner_name, currency, month, opening_minor, lines_minor, prior_minor, closing_minor,
				line_count, minimum_minor, self_billed, agreement_id, tax_id, code_version_id, dispute_until, previous_statement_id, state, close_time, closer)
			SELECT $1, 'softcat', 'Softcat', 'GBP', $2::date, $3::bigint, sum(amount_minor), coalesce(sum(amount_minor) FILTER (WHERE effective_date < $2), 0),
				$3 + sum(amount_minor), count(*), 0, false, '', '', '', $2, (SELECT max(statement_id) FROM statements), 'CARRIED', now(), ''
			FROM statement_lines
			WHERE statement_id = $1`, id, month, opening)
		return err
	}))
}

// verify returns what a verification finds, each as fault, entry, seal and
// subject, in the book's names.
func (b *book) verify(kept finance.KeptSeal) []string {
	b.t.Helper()
	found := []string{}
	v, err := b.Finance.VerifyLedger(as(fay), kept, func(f seal.Finding) {
		b.t.Log(b.namesOf(fmt.Sprintf("%+v", f)))
		found = append(found, b.namesOf(fmt.Sprintf("%s %s %d %s", f.Fault, f.EntryID, f.Seal, f.Subject)))
	})
	must(b.t, err)
	if v.Sound() != (len(found) == 0) {
		b.t.Errorf("sound: %v, with %d findings", v.Sound(), len(found))
	}
	return found
}

func (b *book) namesOf(text string) string {
	if b.names == nil {
		return text
	}
	return strings.TrimSpace(b.names.Replace(text))
}

// filled puts ids where SQL names entries: {a1}.
func (b *book) filled(sql string) string {
	for name, id := range b.ids {
		sql = strings.ReplaceAll(sql, "{"+name+"}", "'"+id+"'")
	}
	return sql
}

// remove is SQL that removes entries with all that hangs on them.
func remove(names ...string) string {
	list := "({" + strings.Join(names, "}, {") + "})"
	return "DELETE FROM statement_lines WHERE entry_id IN " + list + "; DELETE FROM ledger_postings WHERE entry_id IN " + list +
		"; DELETE FROM ledger_entries WHERE entry_id IN " + list + ";"
}

func TestVerifyLedger_FindsEveryManipulationAndSaysWhereItIs(t *testing.T) {
	const (
		tail = `DELETE FROM sealed_entries WHERE position > 5; UPDATE accruals SET accrued_minor = 504000, payable_minor = 0;
			DELETE FROM balance_snapshots WHERE position > 5; DELETE FROM snapshot_balances WHERE position > 5;`
		unseal = "DELETE FROM ledger_seals WHERE seal_number = 3;"
		untell = "DELETE FROM events WHERE kind = 'ledger.sealed' AND resource_id = '3';"
	)
	for _, c := range []struct {
		name string
		sql  string
		kept int // the seal that was kept outside
		want []string
	}{
		{"an entry is edited", "UPDATE ledger_entries SET note = 'Else.' WHERE entry_id = {a1}", 0, []string{"ENTRY_CHANGED a1 1"}},
		{"an entry is edited with its digest", // as another entry has it
			"UPDATE ledger_entries SET note = 'Else.', digest = (SELECT digest FROM ledger_entries WHERE entry_id = {a2}) WHERE entry_id = {a1}", 0,
			[]string{"ENTRY_CHANGED a1 1", "ENTRY_CHANGED a1 0"}},
		{"an entry that is not sealed is edited", "UPDATE ledger_entries SET note = 'Else.' WHERE entry_id = {a5}", 0, []string{"ENTRY_CHANGED a5 0"}},
		{"a posting is edited", "UPDATE ledger_postings SET credit_minor = 900 WHERE entry_id = {a3} AND account = 'PAYABLE'", 0,
			[]string{"ENTRY_CHANGED a3 2", "ENTRY_UNBALANCED a3 2", "LINE_WRONG a3 2", "BALANCE_WRONG  0 softcat"}},
		{"a posting is made another partner's", "UPDATE ledger_postings SET partner_id = 'cdw' WHERE entry_id = {a1} AND account = 'EXPENSE'", 0,
			[]string{"ENTRY_CHANGED a1 1", "BALANCE_WRONG  0 softcat"}},
		{"a posting is dated back", "UPDATE ledger_postings SET effective_date = '2026-02-28' WHERE entry_id = {a1}", 0,
			[]string{"ENTRY_CHANGED a1 1", "BALANCE_WRONG  0 softcat"}},
		{"an entry is deleted", remove("a2"), 0,
			[]string{"ENTRY_MISSING a2 1", "ENTRY_MISSING a2 0", "LINE_WRONG  0 stm_1", "BALANCE_WRONG  0 softcat"}},
		{"an entry is deleted, and its postings are left", "DELETE FROM ledger_entries WHERE entry_id = {a4}", 0,
			[]string{"ENTRY_MISSING a4 2", "ENTRY_MISSING a4 0"}},
		{"an entry that is not sealed is deleted", remove("a5"), 0, []string{"ENTRY_MISSING a5 0"}},
		{"an entry that is not sealed is deleted, and its postings are left", "DELETE FROM ledger_entries WHERE entry_id = {a5}", 0,
			[]string{"ENTRY_MISSING a5 0", "ENTRY_MISSING a5 0"}},
		{"two positions are exchanged", `UPDATE sealed_entries SET position = 99 WHERE position = 2; UPDATE sealed_entries SET position = 2 WHERE position = 3;
			UPDATE sealed_entries SET position = 3 WHERE position = 99`, 0, []string{"SEAL_BROKEN a1 1", "SEAL_BROKEN  1"}},
		{"two positions in different seals are exchanged", `UPDATE sealed_entries SET position = 99 WHERE position = 2; UPDATE sealed_entries SET position = 2 WHERE position = 4;
			UPDATE sealed_entries SET position = 4 WHERE position = 99`, 0, []string{"SEAL_BROKEN a2 1", "SEAL_BROKEN  1", "SEAL_BROKEN  2"}},
		{"the entries of two positions are exchanged", `UPDATE sealed_entries SET entry_id = 'x' WHERE position = 2; UPDATE sealed_entries SET entry_id = {a1} WHERE position = 3;
			UPDATE sealed_entries SET entry_id = {a2} WHERE position = 2`, 0,
			[]string{"ENTRY_CHANGED a2 1", "SEAL_BROKEN a1 1", "ENTRY_CHANGED a1 1"}},
		{"postings of two entries are exchanged", `UPDATE ledger_postings SET entry_id = 'x' WHERE entry_id = {a1}; UPDATE ledger_postings SET entry_id = {a1} WHERE entry_id = {a2};
			UPDATE ledger_postings SET entry_id = {a2} WHERE entry_id = 'x'`, 0,
			[]string{"ENTRY_CHANGED a1 1", "LINE_WRONG a1 1", "ENTRY_CHANGED a2 1", "LINE_WRONG a2 1"}},
		{"the last entries are cut off", remove("maturity"), 0,
			[]string{"ENTRY_MISSING maturity 3", "BALANCE_WRONG  0 acr", "BALANCE_WRONG  0 softcat"}},
		{"the last entries are cut off, and their positions", remove("maturity") + tail, 0, []string{"ENTRY_MISSING  3"}},
		{"the last entries are cut off, their positions and their seal", remove("maturity") + tail + unseal, 0, []string{"SEAL_MISSING  3"}},
		{"all of it is cut off, and somebody kept the seal", remove("maturity") + tail + unseal + untell, 3, []string{"SEAL_MISSING  3"}},
		{"a seal is edited", "UPDATE ledger_seals SET digest = sha256('x') WHERE seal_number = 2", 0, []string{"SEAL_BROKEN  2", "SEAL_BROKEN  3", "SEAL_BROKEN  2"}},
		{"the last seal is edited, and somebody kept it", "UPDATE ledger_seals SET digest = sha256('x') WHERE seal_number = 3", 3,
			[]string{"SEAL_BROKEN  3", "SEAL_BROKEN  3", "SEAL_BROKEN  3"}},
		{"the time of a seal is edited", "UPDATE ledger_seals SET seal_time = seal_time + interval '1 second' WHERE seal_number = 1", 0, []string{"SEAL_BROKEN  1"}},
		{"a seal is deleted", "DELETE FROM ledger_seals WHERE seal_number = 2", 0, []string{"SEAL_MISSING  2", "SEAL_MISSING  2"}},
		{"the feed is silent about a seal", "DELETE FROM events WHERE kind = 'ledger.sealed' AND resource_id = '2'", 0, []string{"SEAL_BROKEN  2"}},
		{"an accrual is edited", "UPDATE accruals SET payable_minor = payable_minor + 1", 0, []string{"BALANCE_WRONG  0 acr"}},
		{"an accrual is deleted", "DELETE FROM accruals", 0, []string{"BALANCE_WRONG  0 acr"}},
		{"a kept balance is edited", "UPDATE snapshot_balances SET days[3] = 1 WHERE position = 5 AND account = 'PAYABLE'", 0, []string{"BALANCE_WRONG  0 softcat"}},
		{"a kept balance is deleted", "DELETE FROM snapshot_balances WHERE position = 6 AND account = 'EXPENSE'", 0, []string{"BALANCE_WRONG  0 softcat"}},
		{"a statement line is edited", "UPDATE statement_lines SET amount_minor = 101 WHERE entry_id = {a1}", 0, []string{"LINE_WRONG a1 1", "LINE_WRONG  0 stm_1"}},
		{"a statement line is deleted", "DELETE FROM statement_lines WHERE entry_id = {a4}", 0, []string{"LINE_WRONG a4 2"}},
		{"a statement line is moved", "UPDATE statement_lines SET statement_id = 'stm_2' WHERE entry_id = {a2}", 0, []string{"LINE_WRONG  0 stm_1", "LINE_WRONG  0 stm_2"}},
		{"a statement line is taken off", "UPDATE statement_lines SET statement_id = NULL WHERE entry_id = {a2}", 0, []string{"LINE_WRONG  0 stm_1"}},
		{"a line is put on a statement that is over", "UPDATE statement_lines SET statement_id = 'stm_1' WHERE entry_id = {maturity}", 0,
			[]string{"LINE_WRONG  0 stm_1", "LINE_WRONG maturity 0 stm_1"}},
		{"a line is invented", "INSERT INTO statement_lines (entry_id, partner_id, currency, effective_date, amount_minor) VALUES ({accrual}, 'softcat', 'GBP', '2026-03-02', 1)", 0,
			[]string{"LINE_WRONG accrual 1"}},
		{"a statement opens with more", "UPDATE statements SET opening_minor = 400, closing_minor = 700 WHERE statement_id = 'stm_2'", 0, []string{"LINE_WRONG  0 stm_2"}},
		{"a statement is said to be paid", "UPDATE statements SET paid_minor = 300, state = 'PAID' WHERE statement_id = 'stm_1'", 0,
			[]string{"LINE_WRONG  0 stm_2", "LINE_WRONG  0 stm_1"}},
		{"a statement closes with more", "ALTER TABLE statements DROP CONSTRAINT statements_closing; UPDATE statements SET closing_minor = 700 WHERE statement_id = 'stm_2'", 0,
			[]string{"LINE_WRONG  0 stm_2"}},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			b := newBook(t)
			b.tamper(b.filled(c.sql))
			var kept finance.KeptSeal
			if c.kept > 0 {
				kept = finance.KeptSeal{Number: int64(c.kept), Digest: b.seals[c.kept-1].Digest}
			}
			if diff := cmp.Diff(c.want, b.verify(kept)); diff != "" {
				t.Errorf("%s (-want +found):\n%s", c.name, diff)
			}
		})
	}
}

func TestVerifyLedger_FindsEntriesThatTheServiceDidNotWrite(t *testing.T) {
	now := day("2026-04-01").Time().Add(9 * time.Hour)
	for _, c := range []struct {
		name   string
		digest string
		posted time.Time
		change func(*ledger.Entry)
		more   string
		want   []string
	}{
		{"plainly", "", now, nil, "", []string{"ENTRY_ADDED forged 0"}},
		{"dated back", "", monday, nil, "", []string{"ENTRY_ADDED forged 0", "ENTRY_ADDED forged 0"}},
		{"with a forged digest", "sha256('forged')", now, nil, "", []string{"ENTRY_CHANGED forged 0", "ENTRY_ADDED forged 0"}},
		{"for an accrual", "", now, func(e *ledger.Entry) { e.Kind, e.AccrualID = ledger.Maturity, "{acr}" }, "", []string{"LINE_WRONG forged 0", "BALANCE_WRONG  0 acr"}},
		{"for no accrual", "", now, func(e *ledger.Entry) { e.Kind = ledger.Maturity }, "", []string{"ENTRY_ADDED forged 0"}},
		{"for no dispute", "", now, func(e *ledger.Entry) { e.Kind = ledger.DisputeRelease }, "", []string{"ENTRY_ADDED forged 0"}},
		{"for no payout", "", now, func(e *ledger.Entry) { e.Kind = ledger.PayoutReturned }, "", []string{"ENTRY_ADDED forged 0"}},
		{"with a position", "", now, nil, "INSERT INTO sealed_entries (position, entry_id, partner_id, digest) SELECT 7, entry_id, partner_id, digest FROM ledger_entries WHERE entry_id = {forged}",
			[]string{"SEAL_MISSING forged 4", "ENTRY_ADDED forged 0"}},
		{"in the place of another", "", now, nil, "UPDATE sealed_entries SET entry_id = {forged}, digest = (SELECT digest FROM ledger_entries WHERE entry_id = {forged}) WHERE position = 6",
			[]string{"SEAL_BROKEN  3", "ENTRY_ADDED forged 0", "BALANCE_WRONG  0 softcat"}},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			b := newBook(t)
			e := byService("softcat", 1_000_000, c.posted)
			if c.change != nil {
				c.change(&e)
			}
			b.ids["forged"] = e.ID
			b.names = strings.NewReplacer(e.ID, "forged", b.ids["acr"], "acr", b.ids["maturity"], "maturity")
			sql := insertion(e, c.digest)
			if e.AccrualID != "" {
				e.AccrualID = b.ids["acr"]
				sql = insertion(e, "") + "UPDATE ledger_entries SET accrual_id = {acr} WHERE entry_id = {forged};"
			}
			b.tamper(b.filled(sql + c.more))
			if diff := cmp.Diff(c.want, b.verify(finance.KeptSeal{})); diff != "" {
				t.Errorf("an entry that was added %s (-want +found):\n%s", c.name, diff)
			}
		})
	}
}
