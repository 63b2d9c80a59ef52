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
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

func date(t testing.TB, text string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func month(t testing.TB, text string) statement.Month {
	t.Helper()
	m, err := statement.ParseMonth(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// earned is an entry that softcat is owed for, effective and written on days.
func earned(t testing.TB, minor int64, effective, written string) ledger.Entry {
	t.Helper()
	e := adjustment("softcat", minor)
	e.Effective, e.Posted = date(t, effective), date(t, written).Time().Add(9*time.Hour)
	return e
}

// record writes entries in a transaction of their own.
func record(t *testing.T, s *postgres.Store, entries ...ledger.Entry) {
	t.Helper()
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) error { return tx.AddEntries(ctx, entries...) })
	if err != nil {
		t.Fatal(err)
	}
}

// closing is how tests close a month: as the service does, with a minimum of
// 50.00 and 30 days to dispute.
type closing struct {
	partner  string
	currency money.Currency
	month    statement.Month
	on       calendar.Date
	billed   bool
}

func (c closing) run(ctx context.Context, tx *postgres.Store) (s statement.Statement, err error) {
	if err := tx.LockStatements(ctx, c.partner, string(c.currency)); err != nil {
		return s, err
	}
	account, err := tx.AccountForUpdate(ctx, c.partner, string(c.currency))
	if err != nil {
		return s, err
	}
	if _, err := account.Check(c.month, c.on); err != nil {
		return s, err
	}
	making := statement.Closing{
		ID: ident.New("stm_"), PartnerID: c.partner, Currency: c.currency, Month: c.month, Latest: account.Latest, MinimumMinor: 5_000, DisputeDays: 30,
		CodeVersionID: "cod_1", At: c.on.Time().Add(6 * time.Hour), By: "service:commission",
		Agreement: statement.Agreement{PartnerName: "Softcat", ID: "agr_1", SelfBilling: c.billed, TaxID: "GB123456789"},
	}
	if making.Lines, err = tx.TakeLines(ctx, making.ID, account, c.month); err != nil {
		return s, err
	}
	if making.HeldMinor, err = tx.HeldAgainst(ctx, c.partner, string(c.currency)); err != nil {
		return s, err
	}
	var number int64
	if making.Invoices() {
		if number, err = tx.NextDocumentNumber(ctx); err != nil {
			return s, err
		}
	}
	if s, err = making.Close(statement.Number(number)); err != nil {
		return s, err
	}
	if carried := account.Latest.Carry(); carried.State != account.Latest.State {
		if err := tx.SaveStatement(ctx, carried); err != nil {
			return s, err
		}
	}
	if err := tx.AddStatement(ctx, s); err != nil {
		return s, err
	}
	if postings := making.SetOff(s); len(postings) > 0 {
		entry := s.SetOffEntry(postings)
		entry.ID = ident.New("ent_")
		return s, tx.AddEntries(ctx, entry)
	}
	return s, nil
}

// close closes a month of softcat's in pounds.
func closeMonth(t *testing.T, s *postgres.Store, m, on string) statement.Statement {
	t.Helper()
	var closed statement.Statement
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) (err error) {
		closed, err = closing{partner: "softcat", currency: "GBP", month: month(t, m), on: date(t, on)}.run(ctx, tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return closed
}

var compared = cmp.AllowUnexported(statement.Month{}, calendar.Date{})

func TestAddStatement_KeepsItAsItWas(t *testing.T) {
	s := newStore(t)
	record(t, s, earned(t, 18_000, "2026-03-07", "2026-03-07"), earned(t, -3_000, "2026-01-31", "2026-03-08"), earned(t, 700, "2026-04-01", "2026-04-01"))
	var want, got, latest statement.Statement
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) (err error) {
		want, err = closing{"softcat", "GBP", month(t, "2026-03"), date(t, "2026-04-02"), true}.run(ctx, tx)
		if err != nil {
			return err
		}
		if got, err = tx.Statement(ctx, want.ID); err != nil {
			return err
		}
		latest, err = tx.LatestStatement(ctx, "softcat", "GBP")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if want.LinesMinor != 15_000 || want.PriorMinor != -3_000 || want.LineCount != 2 || want.DocumentNumber != "SB-000001" {
		t.Errorf("closed as %+v", want)
	}
	for _, read := range []statement.Statement{got, latest} {
		if diff := cmp.Diff(want, read, compared); diff != "" {
			t.Errorf("statement (-want +got):\n%s", diff)
		}
	}
}

func TestStatements_AreListedByWhatIsAskedFor(t *testing.T) {
	s := newStore(t)
	record(t, s, earned(t, 3_000, "2026-01-10", "2026-01-10"))
	january := closeMonth(t, s, "2026-01", "2026-02-02")
	record(t, s, earned(t, 3_000, "2026-02-10", "2026-02-10"))
	february := closeMonth(t, s, "2026-02", "2026-03-02")
	for name, c := range map[string]struct {
		filter postgres.StatementFilter
		before string
		limit  int
		want   []string
	}{
		"all":              {postgres.StatementFilter{}, "", 10, []string{february.ID, january.ID}},
		"a page":           {postgres.StatementFilter{}, "", 1, []string{february.ID}},
		"the next page":    {postgres.StatementFilter{}, february.ID, 10, []string{january.ID}},
		"carried":          {postgres.StatementFilter{State: statement.Carried}, "", 10, []string{january.ID}},
		"from February":    {postgres.StatementFilter{From: month(t, "2026-02")}, "", 10, []string{february.ID}},
		"until January":    {postgres.StatementFilter{Until: month(t, "2026-01"), PartnerID: "softcat", Currency: "GBP"}, "", 10, []string{january.ID}},
		"another's":        {postgres.StatementFilter{PartnerID: "cdw"}, "", 10, nil},
		"another currency": {postgres.StatementFilter{Currency: "USD"}, "", 10, nil},
	} {
		var got []string
		err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
			list, err := tx.Statements(ctx, c.filter, c.before, c.limit)
			got = nil
			for _, one := range list {
				got = append(got, one.ID)
			}
			return err
		})
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

func TestAccountsToClose_AreThoseWithLinesOrABalance(t *testing.T) {
	s := newStore(t)
	other := adjustment("cdw", 700)
	other.Effective, other.Currency = date(t, "2026-02-28"), "USD"
	record(t, s, earned(t, 3_000, "2026-01-10", "2026-01-10"), other)
	closeMonth(t, s, "2026-01", "2026-02-02")
	ask := func(m, partner, currency string) (names []string) {
		err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
			list, err := tx.AccountsToClose(ctx, postgres.AccountFilter{Month: month(t, m), PartnerID: partner, Currency: currency})
			names = nil
			for _, a := range list {
				names = append(names, a.PartnerID+" "+string(a.Currency))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	for _, c := range []struct {
		month, partner, currency string
		want                     []string
	}{
		{"2026-01", "", "", nil}, {"2026-02", "", "", []string{"cdw USD", "softcat GBP"}}, {"2026-02", "softcat", "", []string{"softcat GBP"}},
		{"2026-02", "", "USD", []string{"cdw USD"}}, {"2026-02", "softcat", "USD", nil},
	} {
		if diff := cmp.Diff(c.want, ask(c.month, c.partner, c.currency)); diff != "" {
			t.Errorf("%s of %q in %q: %s", c.month, c.partner, c.currency, diff)
		}
	}
}

func TestAccount_KnowsByWhichDayThereWasALine(t *testing.T) {
	s := newStore(t)
	record(t, s, earned(t, 100, "2026-01-10", "2026-03-20"), earned(t, 100, "2026-03-18", "2026-03-19"), earned(t, 100, "2026-03-01", "2026-04-04"))
	var got statement.Account
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) (err error) {
		got, err = tx.Account(ctx, "softcat", "GBP")
		return err
	})
	want := statement.Account{PartnerID: "softcat", Currency: "GBP", Earliest: date(t, "2026-01-10"), Known: date(t, "2026-03-15")}
	if diff := cmp.Diff(want, got, compared); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestNextDocumentNumber_LeavesNoGap(t *testing.T) {
	s := newStore(t)
	given := errors.New("given back")
	var numbers []int64
	take := func(then error) {
		err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
			n, err := tx.NextDocumentNumber(ctx)
			if err == nil && then == nil {
				numbers = append(numbers, n)
			}
			return errors.Join(err, then)
		})
		if err != nil && !errors.Is(err, given) {
			t.Fatal(err)
		}
	}
	for _, then := range []error{nil, given, given, nil, nil} {
		take(then)
	}
	if diff := cmp.Diff([]int64{1, 2, 3}, numbers); diff != "" {
		t.Error(diff)
	}
}

func TestStatements_AreTheirPartnersToRead(t *testing.T) {
	s := newStore(t)
	record(t, s, earned(t, 18_000, "2026-03-07", "2026-03-07"))
	closed := closeMonth(t, s, "2026-03", "2026-04-02")
	read := func(partner string) error {
		ctx := pg.WithScope(t.Context(), pg.Partner(partner))
		return s.InReadTx(ctx, func(tx *postgres.Store) error {
			if _, err := tx.Statement(ctx, closed.ID); err != nil {
				return err
			}
			_, err := tx.Lines(ctx, postgres.LineFilter{StatementID: closed.ID}, postgres.LineKey{}, 0)
			return err
		})
	}
	if err := read("softcat"); err != nil {
		t.Errorf("its partner: %v", err)
	}
	if err := read("cdw"); !errors.Is(err, statement.ErrNone) {
		t.Errorf("another partner: %v", err)
	}
}
