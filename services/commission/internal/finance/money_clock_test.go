package finance_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance/moneymodel"
	"github.com/holdfast-channel/holdfast/services/commission/internal/jobs"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
)

func (m *machine) passDay() { m.pass(m.model.Today + 1) }

func (m *machine) passDays() {
	most := drawFrom(m, "at most", 10, 10, 40, 100)
	m.pass(m.model.Today + moneymodel.Day(rapid.IntRange(2, most).Draw(m.rt, "days")))
}

// passMonth lets the clock come to the last day of a month, the first of the next
// one or that on which the service closes by itself; once to a leap day.
func (m *machine) passMonth() {
	next := m.model.Today.FirstOfMonth().PlusMonths(1)
	to := next + drawFrom(m, "beyond", moneymodel.Day(-1), 0, 1)
	if leap := moneymodel.ParseDay("2028-02-29"); m.model.Today < leap && rapid.IntRange(0, 30).Draw(m.rt, "leap") == 30 {
		to = leap
	}
	m.pass(max(to, m.model.Today+1))
}

// pass lets the clock come to a day, on which the jobs of the clock run.
func (m *machine) pass(to moneymodel.Day) {
	m.t.Helper()
	m.model.Today = to
	m.At(m.clock())
	ctx := context.Background()
	m.stalled = drawFrom(m, "stalled", false, false, false, true)
	m.handOver()
	_, err := m.Finance.SweepPayouts(ctx, jobs.PostPayouts{}.Kind())
	must(m.t, err)
	m.work()
	m.byAll(func() error {
		_, err := m.Finance.SettleDue(ctx)
		return err
	})
	m.model.Settle(m.model.Invoices...)
	m.byAll(func() error {
		_, err := m.Finance.CloseDue(ctx)
		return err
	})
	m.adopt()
	m.wantClosed()
	if rapid.Bool().Draw(m.rt, "seal") {
		m.seals()
	}
}

// byAll has a job done, sometimes by two processes at once.
func (m *machine) byAll(do func() error) {
	m.t.Helper()
	processes := drawFrom(m, "processes", 1, 1, 2)
	problems := make([]error, processes)
	var all sync.WaitGroup
	for i := range processes {
		all.Go(func() { problems[i] = do() })
	}
	all.Wait()
	must(m.t, errors.Join(problems...))
}

// seals seals what is new, and keeps the balances.
func (m *machine) seals() {
	_, err := m.Finance.SealLedger(context.Background())
	must(m.t, err)
	_, err = m.Finance.SnapshotAll(context.Background())
	must(m.t, err)
}

// closes closes a month by hand, which may be the wrong one.
func (m *machine) closes() {
	month := m.model.Today.FirstOfMonth().PlusMonths(-drawFrom(m, "months ago", 1, 1, 1, 0, 2))
	o := m.drawOwner()
	asked, err := statement.ParseMonth(month.String()[:len("2026-03")])
	must(m.t, err)
	c := finance.CloseMonth{Month: asked, PartnerID: o.Partner, Currency: o.Currency}
	ctx := keyed(fiona, m.key("close"), c)
	_, err = m.Finance.CloseStatements(ctx, c)
	m.wantRefusal(err, m.refusalToClose(o, month), "closing "+month.String()+" of "+o.Partner+" in "+o.Currency)
	if err == nil {
		m.again = append(m.again, func() error {
			_, err := m.Finance.CloseStatements(ctx, c)
			return err
		})
	}
	m.adopt()
}

// refusalToClose is why a month can't be closed.
func (m *machine) refusalToClose(o moneymodel.Owner, month moneymodel.Day) string {
	m.t.Helper()
	of := m.model.Of(o)
	latest := of.Latest()
	switch {
	case m.model.Today < month.PlusMonths(1):
		return "PERIOD_NOT_OVER"
	case latest != nil && latest.Month >= month:
		return "PERIOD_CLOSED"
	}
	due := m.firstKnown(o)
	if latest != nil && (of.Left() != 0 || due < latest.Month.PlusMonths(1)) {
		due = latest.Month.PlusMonths(1)
	}
	if (of.Left() != 0 || m.firstKnown(o) != noDay) && due < month {
		return "PREDECESSOR_OPEN"
	}
	return ""
}

func (m *machine) drawOwner() moneymodel.Owner {
	return moneymodel.Owner{Partner: drawFrom(m, "partner", sellersOfMoney...), Currency: drawFrom(m, "currency", currenciesOfMoney...)}
}

// noDay is the month of a line that is not there.
const noDay = moneymodel.Day(1 << 30)

// firstKnown is the first month by which a line of the open statement had to be
// there: its day, or five days before it was written.
func (m *machine) firstKnown(o moneymodel.Owner) moneymodel.Day {
	m.t.Helper()
	var first *time.Time
	must(m.t, m.DB.SystemPool().QueryRow(context.Background(), `
		SELECT min(greatest(l.effective_date, (e.post_time AT TIME ZONE 'UTC')::date - 5))
		FROM statement_lines l
		JOIN ledger_entries e USING (entry_id)
		WHERE l.partner_id = $1 AND l.currency = $2 AND l.statement_id IS NULL`, o.Partner, o.Currency).Scan(&first))
	if first == nil {
		return noDay
	}
	return moneymodel.ParseDay(first.Format(time.DateOnly)).FirstOfMonth()
}

// wantClosed wants that the job has closed all that is due.
func (m *machine) wantClosed() {
	m.t.Helper()
	until := (m.model.Today - 1).FirstOfMonth().PlusMonths(-1)
	for _, partner := range sellersOfMoney {
		for _, currency := range currenciesOfMoney {
			o := moneymodel.Owner{Partner: partner, Currency: currency}
			of := m.model.Of(o)
			if latest := of.Latest(); latest != nil && (latest.Month >= until || of.Left() == 0 && m.firstKnown(o) > until) {
				continue
			}
			if of.Latest() != nil || m.firstKnown(o) <= until {
				m.rt.Fatalf("on %s, the month from %s of %+v is not closed", m.model.Today, until, o)
			}
		}
	}
}
