package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// Eight write into a month, and on, while it is closed and the next one after it.
// Each line is on one statement in the end, and nothing is lost or counted twice.
func TestClosing_AgainstEightWhoRecord(t *testing.T) {
	const recorders, each = 8, 60
	s := newStore(t)
	record(t, s, earned(t, 1, "2026-03-01", "2026-03-01"))
	var written, half atomic.Int64
	begun := make(chan struct{})
	var all sync.WaitGroup
	for n := range recorders {
		all.Go(func() {
			for i := range each {
				effective := date(t, "2026-02-25").AddDays((n*7 + i) % 40) // from February to April
				e := earned(t, int64(100+i*n), effective.String(), calendar.Max(effective, date(t, "2026-03-10")).String())
				if i%5 == 0 { // some of it is owed by the partner
					e.Postings = ledger.Transfer(ledger.Receivable, ledger.Expense, int64(50+i))
				}
				ctx := pg.WithScope(t.Context(), pg.System())
				err := s.InTx(ctx, func(tx *postgres.Store) error { return tx.AddEntries(ctx, e) })
				if err != nil {
					t.Error(err)
					return
				}
				minor, _ := e.Stated()
				written.Add(minor.Minor)
				if half.Add(1) == recorders*each/3 {
					close(begun)
				}
			}
		})
	}
	<-begun
	march := closeMonth(t, s, "2026-03", "2026-04-02")
	april := closeMonth(t, s, "2026-04", "2026-05-02")
	all.Wait()
	may := closeMonth(t, s, "2026-05", "2026-06-02")

	if march.LineCount == 0 || march.LineCount+april.LineCount+may.LineCount != recorders*each+1 {
		t.Errorf("%d, %d and %d lines; want %d in all", march.LineCount, april.LineCount, may.LineCount, recorders*each+1)
	}
	if sum := march.LinesMinor + april.LinesMinor + may.LinesMinor; sum != written.Load()+1 || may.ClosingMinor != sum {
		t.Errorf("lines of %d, closing at %d; %d was recorded", sum, may.ClosingMinor, written.Load()+1)
	}
	for _, of := range []statement.Statement{march, april, may} {
		var count, sum int64
		err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
			return tx.Tx().QueryRow(ctx, "SELECT count(*), coalesce(sum(amount_minor), 0)::bigint FROM statement_lines WHERE statement_id = $1", of.ID).Scan(&count, &sum)
		})
		if err != nil || count != of.LineCount || sum != of.LinesMinor {
			t.Errorf("%s has %d lines of %d by now, and %d of %d when it was closed: %v", of.Month, count, sum, of.LineCount, of.LinesMinor, err)
		}
	}
	wantBalances(t, s, may)
}

// wantBalances holds the ledger against the latest statement, when no line is
// open.
func wantBalances(t *testing.T, s *postgres.Store, latest statement.Statement) {
	t.Helper()
	balance := func(account ledger.Account) (minor int64) {
		err := system(t, s, func(ctx context.Context, tx *postgres.Store) error {
			return tx.Tx().QueryRow(ctx, "SELECT coalesce(sum(credit_minor - debit_minor), 0)::bigint FROM ledger_postings WHERE account = $1 AND partner_id = $2", account, latest.PartnerID).Scan(&minor)
		})
		if err != nil {
			t.Fatal(err)
		}
		return minor
	}
	if balance(ledger.Payable) != max(latest.LeftMinor(), 0) || balance(ledger.Receivable) != min(latest.LeftMinor(), 0) {
		t.Errorf("payable %d, receivable %d after a closing at %d", balance(ledger.Payable), balance(ledger.Receivable), latest.LeftMinor())
	}
}

// Of several who close at once one does, and the others find it closed. The
// database alone would have seen to it.
func TestClosing_BySeveralAtOnceHappensOnce(t *testing.T) {
	const closers = 5
	s := newStore(t)
	record(t, s, earned(t, 18_000, "2026-03-07", "2026-03-07"))
	var won, late atomic.Int64
	var all sync.WaitGroup
	for range closers {
		all.Go(func() {
			ctx := pg.WithScope(t.Context(), pg.System())
			err := s.InTx(ctx, func(tx *postgres.Store) error {
				_, err := closing{"softcat", "GBP", month(t, "2026-03"), date(t, "2026-04-02"), true}.run(ctx, tx)
				return err
			})
			switch {
			case err == nil:
				won.Add(1)
			case errors.Is(err, statement.ErrClosed):
				late.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 || late.Load() != closers-1 {
		t.Errorf("%d closed it and %d found it closed", won.Load(), late.Load())
	}
	var number int64
	err := system(t, s, func(ctx context.Context, tx *postgres.Store) (err error) {
		number, err = tx.NextDocumentNumber(ctx)
		return err
	})
	if err != nil || number != 2 {
		t.Errorf("the next number is %d, %v; want 2", number, err)
	}
}

// Who closes and who pays meet at the latest statement: the balance is either
// paid or carried, and never both.
func TestClosing_AgainstAPayoutOfTheStatementBefore(t *testing.T) {
	s := newStore(t)
	of := func(partner string, minor int64, day string) ledger.Entry {
		e := earned(t, minor, day, day)
		e.PartnerID = partner
		return e
	}
	shut := func(partner, m, on string) (closed statement.Statement) {
		err := system(t, s, func(ctx context.Context, tx *postgres.Store) (err error) {
			closed, err = closing{partner: partner, currency: "GBP", month: month(t, m), on: date(t, on)}.run(ctx, tx)
			return err
		})
		if err != nil {
			t.Error(err)
		}
		return closed
	}
	pay := func(partner, id string) error {
		return system(t, s, func(ctx context.Context, tx *postgres.Store) error {
			latest, err := tx.StatementForUpdate(ctx, id)
			if err != nil {
				return err
			}
			if latest, err = latest.Pay(latest.PayableMinor()); err != nil {
				return err
			}
			payout := of(partner, latest.PaidMinor, "2026-04-02")
			payout.Kind, payout.Cause, payout.Postings = ledger.Payout, "payout:"+id, ledger.Transfer(ledger.Payable, ledger.InTransit, latest.PaidMinor)
			return errors.Join(tx.AddEntries(ctx, payout), tx.SaveStatement(ctx, latest))
		})
	}
	for n := range 20 {
		partner := fmt.Sprint("partner-", n)
		record(t, s, of(partner, 18_000, "2026-02-07"))
		february := shut(partner, "2026-02", "2026-03-02")
		record(t, s, of(partner, 100, "2026-03-07"))
		var both sync.WaitGroup
		var refused error
		var march statement.Statement
		both.Go(func() { refused = pay(partner, february.ID) })
		both.Go(func() { march = shut(partner, "2026-03", "2026-04-02") })
		both.Wait()
		opening := int64(0)
		if refused != nil {
			opening = 18_000
		}
		if march.OpeningMinor != opening || refused != nil && !errors.Is(refused, statement.ErrNotPayable) {
			t.Errorf("March opens at %d; the payment: %v", march.OpeningMinor, refused)
		}
		wantBalances(t, s, march)
	}
}

// A recorder that is slow to commit is on the next statement, as of its own day.
func TestClosing_LeavesWhatIsNotCommittedToTheNextMonth(t *testing.T) {
	s := newStore(t)
	record(t, s, earned(t, 18_000, "2026-03-07", "2026-03-07"))
	ctx := pg.WithScope(t.Context(), pg.System())
	var march statement.Statement
	err := s.InTx(ctx, func(slow *postgres.Store) error {
		if err := slow.AddEntries(ctx, earned(t, 700, "2026-03-31", "2026-03-31")); err != nil {
			return err
		}
		march = closeMonth(t, s, "2026-03", "2026-04-02")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	april := closeMonth(t, s, "2026-04", "2026-05-02")
	if march.LinesMinor != 18_000 || april.LinesMinor != 700 || april.PriorMinor != 700 || april.OpeningMinor != 18_000 {
		t.Errorf("March has lines of %d, April of %d, of prior periods %d", march.LinesMinor, april.LinesMinor, april.PriorMinor)
	}
}
