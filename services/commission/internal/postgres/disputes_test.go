package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// objected opens a dispute about a line of a statement, with its hold.
func objected(t *testing.T, s *postgres.Store, lineID string, of statement.Statement) statement.Dispute {
	t.Helper()
	var d statement.Dispute
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
		line, err := tx.Line(ctx, lineID)
		if err != nil {
			return err
		}
		d, err = statement.Objection{
			ID: ident.New("dsp_"), Line: line, Of: of, Reason: "Too little.", Claimed: money.Amount{Minor: 0, Currency: "GBP"}, By: "partner:softcat",
			At: time.Date(2026, 4, 3, 9, 0, 0, 0, time.UTC),
		}.Open()
		if err != nil {
			return err
		}
		entry, _ := d.HoldEntry()
		entry.ID = ident.New("ent_")
		d.HoldEntryID = entry.ID
		return errors.Join(tx.AddEntries(ctx, entry), tx.AddDispute(ctx, d))
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func readDispute(t *testing.T, s *postgres.Store, id string) (d statement.Dispute) {
	t.Helper()
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) (err error) {
		d, err = tx.Dispute(ctx, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDispute_IsKeptFromItsOpeningToItsEnd(t *testing.T) {
	s := newStore(t)
	line := earned(t, 18_000, "2026-03-07", "2026-03-07")
	record(t, s, line)
	closed := closeMonth(t, s, "2026-03", "2026-04-02")
	want := objected(t, s, line.ID, closed)
	want.Comments = []statement.Comment{}
	if diff := cmp.Diff(want, readDispute(t, s, want.ID)); diff != "" {
		t.Errorf("opened (-want +got):\n%s", diff)
	}
	at := time.Date(2026, 4, 5, 9, 0, 0, 0, time.UTC)
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
		d, err := tx.DisputeForUpdate(ctx, want.ID)
		if err != nil {
			return err
		}
		if d, err = d.Say(statement.Comment{Side: statement.ByVendor, Author: "person:anna", Text: "We look at it.", Time: at}); err != nil {
			return err
		}
		if err := errors.Join(tx.AddComment(ctx, d), tx.SaveDispute(ctx, d)); err != nil {
			return err
		}
		d, err = d.Resolve(statement.Decision{
			Outcome: statement.Upheld, Adjustment: money.Amount{Minor: -500, Currency: "GBP"}, Text: "So be it.", By: "person:anna", At: at,
		})
		if err != nil {
			return err
		}
		for _, e := range d.EndEntries() {
			e.ID = ident.New("ent_")
			d = d.PostedBy(e)
			if err := tx.AddEntries(ctx, e); err != nil {
				return err
			}
		}
		want = d
		return tx.SaveDispute(ctx, d)
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, readDispute(t, s, want.ID)); diff != "" || want.Revision != 3 || want.ReleaseEntryID == "" || want.AdjustmentEntryID == "" {
		t.Errorf("resolved (-want +got):\n%s", diff)
	}
	err = system(t, s, func(ctx context.Context, tx *postgres.Store) error {
		again := want
		again.Resolution = "Or not."
		return tx.SaveDispute(ctx, again)
	})
	if sqlState(err) != restrictViolation {
		t.Errorf("a dispute that is over was changed: %v", err)
	}
}

func TestDispute_OneIsOpenOfALine(t *testing.T) {
	s := newStore(t)
	line := earned(t, 18_000, "2026-03-07", "2026-03-07")
	record(t, s, line)
	closed := closeMonth(t, s, "2026-03", "2026-04-02")
	first := objected(t, s, line.ID, closed)
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
		second := first
		second.ID = ident.New("dsp_")
		return tx.AddDispute(ctx, second)
	})
	if !errors.Is(err, statement.ErrAlreadyDisputed) {
		t.Errorf("got %v", err)
	}
	err = system(t, s, func(ctx context.Context, tx *postgres.Store) error {
		l, err := tx.Line(ctx, line.ID)
		if err == nil && l.DisputeID != first.ID {
			t.Errorf("the line shows dispute %q", l.DisputeID)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What is held counts until a statement has the hold as a line.
func TestHeldAgainst_IsWhatIsOnNoStatementYet(t *testing.T) {
	s := newStore(t)
	first, second := earned(t, 18_000, "2026-02-07", "2026-02-07"), earned(t, 7_000, "2026-03-07", "2026-03-07")
	record(t, s, first)
	february := closeMonth(t, s, "2026-02", "2026-03-02")
	record(t, s, second)
	march := closeMonth(t, s, "2026-03", "2026-04-02")
	held := func() (all, shown int64) {
		err := system(t, s, func(ctx context.Context, tx *postgres.Store) (err error) {
			if all, err = tx.HeldAgainst(ctx, "softcat", "GBP"); err != nil {
				return err
			}
			latest, err := tx.LatestStatementForUpdate(ctx, "softcat", "GBP")
			shown = latest.HeldMinor
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return all, shown
	}
	want := func(minor int64) {
		t.Helper()
		if all, shown := held(); all != minor || shown != minor {
			t.Errorf("held %d, and %d by the statement; want %d", all, shown, minor)
		}
	}
	want(0)
	february.DisputeUntil = march.DisputeUntil
	objected(t, s, first.ID, february) // a line of the statement before holds the later one back as well
	want(18_000)
	objected(t, s, second.ID, march)
	want(25_000)
	april := closeMonth(t, s, "2026-04", "2026-05-02")
	if april.ClosingMinor != 0 || april.LinesMinor != -25_000 {
		t.Errorf("April has lines of %d and closes at %d", april.LinesMinor, april.ClosingMinor)
	}
	want(0)
}

func TestPaidOnward_LooksAtLaterStatementsToo(t *testing.T) {
	s := newStore(t)
	record(t, s, earned(t, 18_000, "2026-02-07", "2026-02-07"))
	february := closeMonth(t, s, "2026-02", "2026-03-02")
	march := closeMonth(t, s, "2026-03", "2026-04-02")
	want := func(want bool) {
		t.Helper()
		var paid bool
		err := system(t, s, func(ctx context.Context, tx *postgres.Store) (err error) {
			paid, err = tx.PaidOnward(ctx, february)
			return err
		})
		if err != nil || paid != want {
			t.Errorf("paid: %v, %v; want %v", paid, err, want)
		}
	}
	want(false)
	for _, step := range []struct {
		state statement.State
		paid  bool
	}{{statement.Paying, true}, {statement.Paid, true}, {statement.Carried, false}} { // in the end the payment came back
		march.State, march.PaidMinor = step.state, 18_000
		err := system(t, s, func(ctx context.Context, tx *postgres.Store) error { return tx.SaveStatement(ctx, march) })
		if err != nil {
			t.Fatal(err)
		}
		want(step.paid)
	}
}

func TestDisputes_AreListedByWhatIsAskedFor(t *testing.T) {
	s := newStore(t)
	first, second := earned(t, 18_000, "2026-03-07", "2026-03-07"), earned(t, 7_000, "2026-03-08", "2026-03-08")
	record(t, s, first, second)
	closed := closeMonth(t, s, "2026-03", "2026-04-02")
	one, two := objected(t, s, first.ID, closed), objected(t, s, second.ID, closed)
	for name, c := range map[string]struct {
		filter postgres.DisputeFilter
		before string
		limit  int
		want   []string
	}{
		"all":           {postgres.DisputeFilter{}, "", 10, []string{two.ID, one.ID}},
		"a page":        {postgres.DisputeFilter{PartnerID: "softcat"}, "", 1, []string{two.ID}},
		"the next page": {postgres.DisputeFilter{}, two.ID, 10, []string{one.ID}},
		"of a line":     {postgres.DisputeFilter{LineID: first.ID}, "", 10, []string{one.ID}},
		"open":          {postgres.DisputeFilter{State: statement.DisputeOpen, StatementID: closed.ID}, "", 10, []string{two.ID, one.ID}},
		"resolved":      {postgres.DisputeFilter{State: statement.DisputeResolved}, "", 10, nil},
		"another's":     {postgres.DisputeFilter{PartnerID: "cdw"}, "", 10, nil},
	} {
		var got []string
		err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
			list, err := tx.Disputes(ctx, c.filter, c.before, c.limit)
			got = nil
			for _, d := range list {
				got = append(got, d.ID)
			}
			return err
		})
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	ctx := pg.WithScope(t.Context(), pg.Partner("cdw"))
	err := s.InReadTx(ctx, func(tx *postgres.Store) error {
		_, err := tx.Dispute(ctx, one.ID)
		return err
	})
	if !errors.Is(err, statement.ErrNoDispute) {
		t.Errorf("another partner: %v", err)
	}
}

// accrued is an entry of an accrual that is written with what it rests on.
func accrued(t *testing.T, s *postgres.Store) ledger.Entry {
	t.Helper()
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
		for _, sql := range []string{`
			INSERT INTO invoices (invoice_id, currency, issue_date, due_date, amount_minor, hold_days, overdue_days, code_version_id, fx_set_id, fingerprint, actor, record_time)
			VALUES ('INV-1', 'GBP', '2026-01-10', '2026-02-09', 2400000, 30, 90, 'cod_1', 'fxs_1', '', 'billing', now())`, `
			INSERT INTO invoice_lines (invoice_id, line_number, source_id, instalment, subscription_id, amount_minor)
			VALUES ('INV-1', 1, 'sbm_1', 1, 'sub_1', 2400000)`, `
			INSERT INTO accruals (accrual_id, invoice_id, line_number, relationship_id, kind, partner_id, subscription_id, source_id, instalment, calculation_id,
				customer_id, customer_name, product_id, family_id, segment, partner_reference, service_date, settlement_mode, currency, net_minor, rate_bps, fx_set_id, create_time)
			VALUES ('acr_1', 'INV-1', 1, 'rel_1', 'MARGIN', 'softcat', 'sub_1', 'sbm_1', 1, 'cal_1', 'cus_1', 'Harbour Legal', 'email-security-plus', 'email-security',
				'ENTERPRISE', 'PO 77', '2026-01-01', 'AGENCY', 'GBP', 2400000, 2000, 'fxs_1', now())`,
		} {
			if _, err := tx.Tx().Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	e := earned(t, 480_000, "2026-03-07", "2026-03-07")
	e.Kind, e.AccrualID, e.Cause, e.Note = ledger.Maturity, "acr_1", "payment:P-1", "It is due."
	e.Postings = ledger.Transfer(ledger.Accrued, ledger.Payable, 480_000)
	return e
}

func TestLines_ShowWhatAPartnerNeedsToFindThem(t *testing.T) {
	s := newStore(t)
	margin, goodwill := accrued(t, s), earned(t, 700, "2026-02-07", "2026-03-08")
	record(t, s, margin, goodwill)
	closed := closeMonth(t, s, "2026-03", "2026-04-02")
	dispute := objected(t, s, margin.ID, closed)
	earning := statement.Earning{
		AccrualID: "acr_1", Kind: "MARGIN", CalculationID: "cal_1", SourceID: "sbm_1", SubscriptionID: "sub_1", CustomerID: "cus_1", CustomerName: "Harbour Legal",
		ProductID: "email-security-plus", PartnerReference: "PO 77", InvoiceID: "INV-1", Instalment: 1, Net: money.Amount{Minor: 2_400_000, Currency: "GBP"},
		Rate: 2_000, Service: date(t, "2026-01-01"),
	}
	first := statement.Line{
		ID: goodwill.ID, StatementID: closed.ID, PartnerID: "softcat", Kind: ledger.Adjustment, Amount: closed.Amount(700), Effective: goodwill.Effective,
		Posted: goodwill.Posted, Cause: goodwill.Cause, Note: goodwill.Note,
	}
	second := statement.Line{
		ID: margin.ID, StatementID: closed.ID, PartnerID: "softcat", Kind: ledger.Maturity, Amount: closed.Amount(480_000), Effective: margin.Effective,
		Posted: margin.Posted, Cause: "payment:P-1", Note: "It is due.", DisputeID: dispute.ID, Earning: earning,
	}
	hold, _ := dispute.HoldEntry()
	third := statement.Line{ // on the open statement, with the disputed line's earning
		ID: dispute.HoldEntryID, PartnerID: "softcat", Kind: ledger.DisputeHold, Amount: closed.Amount(-480_000), Effective: hold.Effective, Posted: hold.Posted,
		Cause: "dispute:" + dispute.ID, Note: hold.Note, Earning: earning,
	}
	for name, c := range map[string]struct {
		filter postgres.LineFilter
		after  postgres.LineKey
		limit  int
		want   []statement.Line
	}{
		"of the statement":   {postgres.LineFilter{StatementID: closed.ID}, postgres.LineKey{}, 0, []statement.Line{first, second}},
		"a page":             {postgres.LineFilter{StatementID: closed.ID}, postgres.LineKey{}, 1, []statement.Line{first}},
		"the next page":      {postgres.LineFilter{StatementID: closed.ID}, postgres.LineKey{Effective: first.Effective, ID: first.ID}, 1, []statement.Line{second}},
		"of March":           {postgres.LineFilter{StatementID: closed.ID, From: date(t, "2026-03-01")}, postgres.LineKey{}, 0, []statement.Line{second}},
		"before March":       {postgres.LineFilter{StatementID: closed.ID, Until: date(t, "2026-03-01")}, postgres.LineKey{}, 0, []statement.Line{first}},
		"of a subscription":  {postgres.LineFilter{StatementID: closed.ID, SubscriptionID: "sub_1"}, postgres.LineKey{}, 0, []statement.Line{second}},
		"of another":         {postgres.LineFilter{StatementID: closed.ID, SubscriptionID: "sub_2"}, postgres.LineKey{}, 0, nil},
		"of an invoice":      {postgres.LineFilter{StatementID: closed.ID, InvoiceID: "INV-1"}, postgres.LineKey{}, 0, []statement.Line{second}},
		"of the open one":    {postgres.LineFilter{PartnerID: "softcat", Currency: "GBP"}, postgres.LineKey{}, 0, []statement.Line{third}},
		"of another partner": {postgres.LineFilter{PartnerID: "cdw", Currency: "GBP"}, postgres.LineKey{}, 0, nil},
	} {
		var got []statement.Line
		err := system(t, s, func(ctx context.Context, tx *postgres.Store) (err error) {
			got, err = tx.Lines(ctx, c.filter, c.after, c.limit)
			return err
		})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(got)+len(c.want) == 0 {
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	var open statement.Lines
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) (err error) {
		open, err = tx.OpenLines(ctx, "softcat", "GBP", date(t, "2026-05-01"))
		return err
	})
	if diff := cmp.Diff(statement.Lines{Count: 1, Sum: -480_000, Prior: -480_000}, open); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}
