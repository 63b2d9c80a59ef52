package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-channel/holdfast/services/commission/internal/matching"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// theirs is a reconciliation of a partner's March with lines of these amounts, of
// which the file has the first as it is, the second by 1 less, and one that is
// nowhere.
type theirs struct {
	matching.Reconciliation
	pairs []matching.Pair
}

func reconciled(t *testing.T, s *postgres.Store, partner string, amounts ...int64) theirs {
	t.Helper()
	first := calendar.On(2026, time.March, 1)
	rows := []matching.Row{{Number: 4, Reference: "PO-9", Amount: 12_50, Rate: matching.NoRate}}
	var lines []matching.Line
	for i, minor := range amounts {
		entry := adjustment(partner, minor)
		err := system(t, s, func(ctx context.Context, tx *postgres.Store) error { return tx.AddEntries(ctx, entry) })
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, matching.Line{ID: entry.ID, Date: first, Amount: minor, Rate: matching.NoRate})
		if i < 2 {
			rows = append(rows, matching.Row{Number: 2 + i, LineID: entry.ID, Date: first, Amount: minor - int64(i), Rate: 2000, Customer: "Customer"})
		}
	}
	pairs := matching.Compare(rows, lines)
	return theirs{matching.Reconciliation{
		ID: ident.New("rcn_"), PartnerID: partner, Currency: "GBP", Month: statement.MonthOf(first), FileName: "march.csv", Digest: []byte{1, 2, 3},
		Ignored: []string{"our own"}, Sums: matching.AddUp(pairs), Actor: "anna", CreateTime: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
	}, pairs}
}

func (r theirs) add(t *testing.T, s *postgres.Store, scope pg.Scope) error {
	t.Helper()
	ctx := pg.WithScope(t.Context(), scope)
	return s.InTx(ctx, func(tx *postgres.Store) error { return tx.AddReconciliation(ctx, r.Reconciliation, r.pairs) })
}

func TestReconciliations_AreKeptAsTheyWere(t *testing.T) {
	s := newStore(t)
	want := reconciled(t, s, "softcat", 5_000, 6_000, -700)
	if err := want.add(t, s, pg.Partner("softcat")); err != nil {
		t.Fatal(err)
	}
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
		got, err := tx.Reconciliation(ctx, want.ID)
		if diff := cmp.Diff(want.Reconciliation, got, cmpopts.EquateComparable(statement.Month{})); diff != "" {
			t.Error(diff)
		}
		if err != nil {
			return err
		}
		rows, err := tx.ReconciliationRows(ctx, postgres.ReconciliationRowFilter{ReconciliationID: want.ID}, 0, 0)
		if len(rows) != 4 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for i, row := range rows {
			pair := want.pairs[i]
			if row.Number != i+1 || row.Outcome != pair.Outcome() || !cmp.Equal(row.Differences, append([]matching.Difference{}, pair.Differences()...)) {
				t.Errorf("row %+v", row)
			}
			if diff := cmp.Diff(pair.Row, row.File); diff != "" {
				t.Error(diff)
			}
			if pair.Line != nil && (row.Line.ID != pair.Line.ID || row.Line.Amount.Minor != pair.Line.Amount || row.Line.Note != "Goodwill.") || (pair.Line == nil) != (row.Line == nil) {
				t.Errorf("line %+v", row.Line)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestReconciliationRows_AreFilteredInTheirOrder(t *testing.T) {
	s := newStore(t)
	r := reconciled(t, s, "softcat", 5_000, 6_000, -700, -800)
	if err := r.add(t, s, pg.Partner("softcat")); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		f            postgres.ReconciliationRowFilter
		after, limit int
		want         []int
	}{
		"all":       {postgres.ReconciliationRowFilter{}, 0, 0, []int{1, 2, 3, 4, 5}},
		"a page":    {postgres.ReconciliationRowFilter{}, 1, 2, []int{2, 3}},
		"extra":     {postgres.ReconciliationRowFilter{Outcome: matching.Extra}, 4, 9, []int{5}},
		"by amount": {postgres.ReconciliationRowFilter{Difference: matching.Amount}, 0, 9, []int{2}},
		"by rate":   {postgres.ReconciliationRowFilter{Difference: matching.Rate}, 0, 9, nil},
	} {
		var got []int
		tt.f.ReconciliationID = r.ID
		err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
			rows, err := tx.ReconciliationRows(ctx, tt.f, tt.after, tt.limit)
			for _, row := range rows {
				got = append(got, row.Number)
			}
			return err
		})
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

func TestReconciliations_EachPartnerSeesAndMakesItsOwn(t *testing.T) {
	s := newStore(t)
	own, other := reconciled(t, s, "softcat", 5_000), reconciled(t, s, "cdw", 6_000)
	if err := errors.Join(own.add(t, s, pg.Partner("softcat")), other.add(t, s, pg.System())); err != nil {
		t.Fatal(err)
	}
	ctx := pg.WithScope(t.Context(), pg.Partner("softcat"))
	err := s.InReadTx(ctx, func(tx *postgres.Store) error {
		list, err := tx.Reconciliations(ctx, postgres.ReconciliationFilter{}, "", 9)
		if len(list) != 1 || list[0].ID != own.ID {
			t.Errorf("sees %v", list)
		}
		if _, err := tx.Reconciliation(ctx, other.ID); !errors.Is(err, matching.ErrNoReconciliation) {
			t.Errorf("reads another's: %v", err)
		}
		rows, err2 := tx.ReconciliationRows(ctx, postgres.ReconciliationRowFilter{ReconciliationID: other.ID}, 0, 9)
		if len(rows) != 0 {
			t.Errorf("sees rows %v", rows)
		}
		return errors.Join(err, err2)
	})
	if err != nil {
		t.Error(err)
	}
	for name, forged := range map[string]theirs{"for another": reconciled(t, s, "cdw", 7_000), "with another's lines": as("softcat", reconciled(t, s, "cdw", 8_000))} {
		if err := forged.add(t, s, pg.Partner("softcat")); err == nil {
			t.Errorf("%s: it was added", name)
		}
	}
}

func as(partner string, r theirs) theirs {
	r.PartnerID = partner
	return r
}

// The walls are for programs with a mistake: the service sends none of this.
func TestDatabase_RefusesAReconciliationThatDoesNotAddUp(t *testing.T) {
	s := newStore(t)
	for name, tt := range map[string]struct {
		change func(*theirs)
		want   string
	}{
		"with another sum":        {func(r *theirs) { r.Sums.Total.File++ }, "reconciliations_add_up"},
		"with another total":      {func(r *theirs) { r.Sums.Total.Statement-- }, "reconciliations_add_up"},
		"with another count":      {func(r *theirs) { r.Sums.Total.Pairs-- }, "reconciliations_add_up"},
		"without a row":           {func(r *theirs) { r.pairs = r.pairs[1:] }, "reconciliations_add_up"},
		"with a line twice":       {func(r *theirs) { r.pairs = append(r.pairs, matching.Pair{Line: r.pairs[0].Line}) }, "reconciliation_rows_one_per_line"},
		"with a row twice":        {func(r *theirs) { r.pairs = append(r.pairs, matching.Pair{Row: r.pairs[0].Row}) }, "reconciliation_rows_one_per_file_line"},
		"with what is no line":    {func(r *theirs) { r.pairs = append(r.pairs, matching.Pair{Line: &matching.Line{ID: "ent_absent"}}) }, "reconciliation_rows_of_a_line"},
		"of what is no statement": {func(r *theirs) { r.StatementID = "stm_absent" }, "reconciliations_of_a_statement"},
		"in another currency":     {func(r *theirs) { r.Currency = "USD" }, "reconciliations_add_up"},
	} {
		r := reconciled(t, s, "softcat", 5_000, 6_000)
		tt.change(&r)
		if err := r.add(t, s, pg.System()); pg.Constraint(err) != tt.want {
			t.Errorf("%s: %v; want %s", name, err, tt.want)
		}
	}
}

func TestDatabase_HoldsAReconciliationAgainstItsStatement(t *testing.T) {
	s := newStore(t)
	r := reconciled(t, s, "softcat", 5_000, 6_000)
	closed := statement.Statement{
		ID: ident.New("stm_"), PartnerID: "softcat", Currency: "GBP", Month: r.Month, State: statement.Closed, LinesMinor: 11_000, ClosingMinor: 11_000,
		LineCount: 2, DisputeUntil: calendar.On(2026, time.May, 1), CloseTime: time.Date(2026, 4, 1, 6, 0, 0, 0, time.UTC), Closer: "anna", Revision: 1,
	}
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
		_, err := tx.TakeLines(ctx, closed.ID, statement.Account{PartnerID: "softcat", Currency: "GBP"}, r.Month)
		return errors.Join(err, tx.AddStatement(ctx, closed))
	})
	if err != nil {
		t.Fatal(err)
	}
	later := reconciled(t, s, "softcat", 700)
	later.StatementID = closed.ID
	if err := later.add(t, s, pg.System()); pg.Constraint(err) != "reconciliations_add_up" {
		t.Errorf("with the lines of another: %v", err)
	}
	part := r
	part.ID, part.StatementID, part.pairs = ident.New("rcn_"), closed.ID, r.pairs[:1]
	part.Sums = matching.AddUp(part.pairs)
	if err := part.add(t, s, pg.System()); pg.Constraint(err) != "reconciliations_whole" {
		t.Errorf("with a part of the lines: %v", err)
	}
	r.StatementID = closed.ID
	if err := r.add(t, s, pg.Partner("softcat")); err != nil {
		t.Errorf("as it is: %v", err)
	}
}

func TestDatabase_KeepsAReconciliationAsItIs(t *testing.T) {
	s := newStore(t)
	r := reconciled(t, s, "softcat", 5_000, 6_000)
	if err := r.add(t, s, pg.Partner("softcat")); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ sql, want string }{
		"another row":           {"INSERT INTO reconciliation_rows SELECT reconciliation_id, 99, partner_id, outcome, differences, NULL, 99, '', '', NULL, 0, NULL, '' FROM reconciliation_rows WHERE outcome = 'MISSING'", "reconciliations_frozen"},
		"a row less":            {"DELETE FROM reconciliation_rows", insufficientPrivilege},
		"another row's outcome": {"UPDATE reconciliation_rows SET outcome = 'MATCHED'", insufficientPrivilege},
		"another sum":           {"UPDATE reconciliations SET file_minor = 0", insufficientPrivilege},
		"gone":                  {"DELETE FROM reconciliations", insufficientPrivilege},
	} {
		for _, scope := range []pg.Scope{pg.System(), pg.Partner("softcat")} {
			ctx := pg.WithScope(t.Context(), scope)
			err := s.InTx(ctx, func(tx *postgres.Store) error {
				_, err := tx.Tx().Exec(ctx, tt.sql)
				return err
			})
			if sqlState(err) != tt.want && pg.Constraint(err) != tt.want {
				t.Errorf("%s: %v; want %s", name, err, tt.want)
			}
		}
	}
}
