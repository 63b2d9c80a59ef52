package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout/bankfile"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// dueStatement is a statement of softcat's that is to be paid.
func dueStatement(t *testing.T, s *postgres.Store) statement.Statement {
	t.Helper()
	record(t, s, earned(t, 18_000, "2026-02-07", "2026-02-07"))
	return closeMonth(t, s, "2026-02", "2026-03-02")
}

// batchOf is a proposed batch that pays a statement.
func batchOf(t *testing.T, of statement.Statement) payout.Batch {
	t.Helper()
	at := date(t, "2026-03-02").Time().Add(9 * time.Hour)
	b := payout.Batch{
		ID: ident.New("pob-"), Currency: "GBP", ExecuteOn: date(t, "2026-03-09"), State: payout.BatchProposed, Count: 1, Total: of.Amount(18_000),
		Sums: []payout.Sum{{State: payout.Proposed, Count: 1, Total: of.Amount(18_000)}}, Proposer: "staff:fred", Revision: 1, CreateTime: at,
		Omissions: []payout.Omission{{PartnerID: "cdw", StatementID: "stm_9", Left: of.Amount(1), Obstacle: payout.BelowMinimum, Detail: "Too little."}},
	}
	b.Payouts = []payout.Payout{{
		ID: ident.New("pay-"), BatchID: b.ID, PartnerID: of.PartnerID, StatementID: of.ID, Document: of.DocumentNumber, Month: of.Month.First(),
		Amount: of.Amount(18_000), Account: payout.Account{ID: "pac_1", Masked: "****5432", Holder: "Softcat plc"}, ExecuteOn: b.ExecuteOn,
		State: payout.Proposed, Revision: 1, CreateTime: at, UpdateTime: at,
	}}
	return b
}

func insert(t *testing.T, s *postgres.Store, b payout.Batch) error {
	t.Helper()
	return system(t, s, func(ctx context.Context, tx *postgres.Store) error { return tx.InsertPayoutBatch(ctx, b) })
}

// approved stores a batch and approves it.
func approved(t *testing.T, s *postgres.Store, b payout.Batch) payout.Batch {
	t.Helper()
	if err := insert(t, s, b); err != nil {
		t.Fatal(err)
	}
	b, err := b.Approve(payout.Decision{By: "staff:grace", At: b.CreateTime, Today: date(t, "2026-03-02")})
	if err != nil {
		t.Fatal(err)
	}
	if err := system(t, s, func(ctx context.Context, tx *postgres.Store) error { return tx.SavePayoutBatch(ctx, b) }); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestInsertPayoutBatch_KeepsItAsItWas(t *testing.T) {
	s := newStore(t)
	want := batchOf(t, dueStatement(t, s))
	if err := insert(t, s, want); err != nil {
		t.Fatal(err)
	}
	var got payout.Batch
	var listed []payout.Batch
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) (err error) {
		if got, err = tx.PayoutBatch(ctx, want.ID); err != nil {
			return err
		}
		if got.Payouts, err = tx.PayoutsOf(ctx, want.ID, ""); err != nil {
			return err
		}
		listed, err = tx.PayoutBatches(ctx, postgres.BatchFilter{Currency: "GBP", State: payout.BatchProposed}, "", 10)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("batch (-want +got):\n%s", diff)
	}
	want.Payouts, want.Omissions = nil, nil
	if diff := cmp.Diff([]payout.Batch{want}, listed); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
}

// The last wall: whoever comes first pays the statement, and nobody else ever
// does, unless the first one is cancelled.
func TestDatabase_LetsOneOfManyBatchesPayAStatement(t *testing.T) {
	s := newStore(t)
	of := dueStatement(t, s)
	batches := make([]payout.Batch, 6)
	errs := make([]error, len(batches))
	var all sync.WaitGroup
	for i := range batches {
		batches[i] = batchOf(t, of)
		all.Go(func() { errs[i] = insert(t, s, batches[i]) })
	}
	all.Wait()
	var winner payout.Batch
	refused := 0
	for i, err := range errs {
		switch {
		case err == nil:
			winner = batches[i]
		case pg.Constraint(err) == "payouts_one_live_per_statement":
			refused++
		default:
			t.Error(err)
		}
	}
	if refused != len(batches)-1 {
		t.Fatalf("%d of %d batches are refused", refused, len(batches))
	}
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
		cancelled, err := winner.Cancel(payout.Decision{By: "staff:fred", At: winner.CreateTime})
		if err != nil {
			return err
		}
		if err := tx.SavePayoutBatch(ctx, cancelled); err != nil {
			return err
		}
		return tx.CancelPayouts(ctx, winner.ID, winner.CreateTime)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := insert(t, s, batchOf(t, of)); err != nil {
		t.Errorf("after the first was cancelled: %v", err)
	}
}

func TestDatabase_RefusesABatchThatDoesNotAddUp(t *testing.T) {
	s := newStore(t)
	of := dueStatement(t, s)
	for want, change := range map[string]func(*payout.Batch){
		"payout_batches_add_up":     func(b *payout.Batch) { b.Total.Minor++ },
		"payout_batches_pay":        func(b *payout.Batch) { b.Count, b.Total.Minor, b.Payouts = 0, 0, nil },
		"payout_batches_two_people": func(b *payout.Batch) { b.Proposer = "" },
		"payouts_positive":          func(b *payout.Batch) { b.Payouts[0].Amount.Minor = -18_000 },
	} {
		b := batchOf(t, of)
		change(&b)
		if err := insert(t, s, b); pg.Constraint(err) != want {
			t.Errorf("got %v; want %s", err, want)
		}
	}
	b := batchOf(t, of)
	b.Payouts[0].PartnerID = "cdw"
	if err := insert(t, s, b); pg.Constraint(err) != "payout_batches_add_up" {
		t.Errorf("paid to another partner: %v", err)
	}
}

// Every statement here is one that the service never sends.
func TestDatabase_HoldsPayoutsToWhatTwoPeopleDecided(t *testing.T) {
	s := newStore(t)
	b := approved(t, s, batchOf(t, dueStatement(t, s)))
	for name, c := range map[string]struct{ sql, want string }{
		"approved by the proposer":     {"UPDATE payout_batches SET approver = proposer WHERE payout_batch_id = $1", "payout_batches_two_people,23001"},
		"approved by another":          {"UPDATE payout_batches SET approver = 'staff:eve' WHERE payout_batch_id = $1", restrictViolation},
		"proposed again":               {"UPDATE payout_batches SET state = 'PROPOSED', approver = '', approve_time = NULL WHERE payout_batch_id = $1", restrictViolation},
		"cancelled after all":          {"UPDATE payout_batches SET state = 'CANCELLED' WHERE payout_batch_id = $1", restrictViolation},
		"another total":                {"UPDATE payout_batches SET total_minor = 1 WHERE payout_batch_id = $1", insufficientPrivilege},
		"another amount":               {"UPDATE payouts SET amount_minor = 1 WHERE payout_batch_id = $1", insufficientPrivilege},
		"another account":              {"UPDATE payouts SET payout_account_id = 'pac_2' WHERE payout_batch_id = $1", insufficientPrivilege},
		"skipped for nothing":          {"UPDATE payouts SET state = 'SKIPPED' WHERE payout_batch_id = $1", "payouts_skipped_for_a_reason"},
		"paid before it is instructed": {"UPDATE payouts SET state = 'PAID', instruct_date = '2026-03-02', paid = '{}' WHERE payout_batch_id = $1", restrictViolation},
		"instructed, and nothing paid": {"UPDATE payouts SET state = 'INSTRUCTED', instruct_date = '2026-03-02' WHERE payout_batch_id = $1", "payouts_as_approved"},
		"exported half-way":            {"UPDATE payout_batches SET export_time = now(), debtor = '{}' WHERE payout_batch_id = $1", restrictViolation},
		"gone":                         {"DELETE FROM payouts WHERE payout_batch_id = $1", insufficientPrivilege},
		"the batch gone":               {"DELETE FROM payout_batches WHERE payout_batch_id = $1", insufficientPrivilege},
	} {
		err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
			_, err := tx.Tx().Exec(ctx, c.sql, b.ID)
			return err
		})
		if err == nil || !strings.Contains(c.want, pg.Constraint(err)+sqlStateAlone(err)) {
			t.Errorf("%s: %v; want %s", name, err, c.want)
		}
	}
}

// sqlStateAlone is the code of a refusal that names no constraint.
func sqlStateAlone(err error) string {
	if pg.Constraint(err) != "" {
		return ""
	}
	return sqlState(err)
}

func TestDatabase_RefusesToPostOfABatchThatIsNotApproved(t *testing.T) {
	s := newStore(t)
	of := dueStatement(t, s)
	b := batchOf(t, of)
	if err := insert(t, s, b); err != nil {
		t.Fatal(err)
	}
	posted := b.Payouts[0]
	posted.State, posted.InstructedOn, posted.Revision = payout.Instructed, date(t, "2026-03-02"), 2
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
		paying, err := of.Pay(18_000)
		if err != nil {
			return err
		}
		if err := tx.SaveStatement(ctx, paying); err != nil {
			return err
		}
		return tx.SavePayouts(ctx, posted)
	})
	if pg.Constraint(err) != "payouts_as_approved" {
		t.Errorf("got %v", err)
	}
}

func TestDatabase_EntersAPayoutOnce(t *testing.T) {
	s := newStore(t)
	posted := batchOf(t, dueStatement(t, s)).Payouts[0]
	posted.State, posted.InstructedOn = payout.Instructed, date(t, "2026-03-02")
	for i, want := range []string{"", "ledger_entries_one_per_payout"} {
		entry := posted.Entry()
		entry.ID, entry.Posted, entry.Actor = ident.New("ent_"), posted.CreateTime, "service:commission"
		err := system(t, s, func(ctx context.Context, tx *postgres.Store) error { return tx.AddEntries(ctx, entry) })
		if pg.Constraint(err) != want {
			t.Errorf("entry %d: %v; want %q", i, err, want)
		}
	}
}

func TestFixFile_HoldsWhatIsInIt(t *testing.T) {
	s := newStore(t)
	of := dueStatement(t, s)
	b := approved(t, s, batchOf(t, of))
	posted := b.Payouts[0]
	posted.State, posted.InstructedOn, posted.Revision = payout.Instructed, date(t, "2026-03-02"), 2
	b.State, b.InstructTime, b.Revision = payout.BatchInstructed, b.ApproveTime, 3
	debtor := bankfile.Account{Holder: "Holdfast Ltd", IBAN: "GB29NWBK60161331926819"}
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
		paying, err := of.Pay(18_000)
		if err != nil {
			return err
		}
		if err := tx.SaveStatement(ctx, paying); err != nil {
			return err
		}
		if err := tx.SavePayouts(ctx, posted); err != nil {
			return err
		}
		if err := tx.SavePayoutBatch(ctx, b); err != nil {
			return err
		}
		filed, err := tx.FixFile(ctx, b.Exported(b.ApproveTime), debtor)
		if filed != 1 {
			err = fmt.Errorf("%d payouts are in the file", filed)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, sql := range map[string]string{
		"another debtor":   "UPDATE payout_batches SET debtor = '{}' WHERE payout_batch_id = $1",
		"out of the file":  "UPDATE payouts SET in_file = false WHERE payout_batch_id = $1",
		"exported later":   "UPDATE payout_batches SET export_time = now() WHERE payout_batch_id = $1",
		"never instructed": "UPDATE payouts SET state = 'PROPOSED', instruct_date = NULL, in_file = false WHERE payout_batch_id = $1",
	} {
		err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
			_, err := tx.Tx().Exec(ctx, sql, b.ID)
			return err
		})
		if sqlState(err) != restrictViolation {
			t.Errorf("%s: %v", name, err)
		}
	}
	err = system(t, s, func(ctx context.Context, tx *postgres.Store) error {
		from, list, err := tx.FileOf(ctx, b.ID)
		if err == nil && (from != debtor || len(list) != 1 || list[0].ID != posted.ID) {
			err = fmt.Errorf("%v pays %v", from, list)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestPayouts_ArePartnersToReadOnceApproved(t *testing.T) {
	s := newStore(t)
	b := batchOf(t, dueStatement(t, s))
	if err := insert(t, s, b); err != nil {
		t.Fatal(err)
	}
	ctx := pg.WithScope(t.Context(), pg.Partner("softcat"))
	for _, sql := range []string{
		"SELECT payout_batch_id FROM payout_batches", "UPDATE payouts SET state = 'PAID'", "DELETE FROM payouts", "INSERT INTO payouts SELECT * FROM payouts",
	} {
		err := s.InTx(ctx, func(tx *postgres.Store) error {
			_, err := tx.Tx().Exec(ctx, sql)
			return err
		})
		if sqlState(err) != insufficientPrivilege {
			t.Errorf("%s: %v", sql, err)
		}
	}
	err := s.InReadTx(ctx, func(tx *postgres.Store) error {
		list, err := tx.Payouts(ctx, postgres.PayoutFilter{}, "", 10)
		if len(list) > 0 {
			t.Errorf("sees %v before it is approved", list)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
