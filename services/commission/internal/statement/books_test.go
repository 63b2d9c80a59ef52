package statement_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// books are a partner's in one currency: the ledger, the lines that statements
// show of it, statements and disputes. What they decide, the rules decide.
type books struct {
	currency   money.Currency
	minimum    int64
	days       int
	today      calendar.Date
	entries    []ledger.Entry
	lines      []statement.Line
	statements []statement.Statement
	disputes   []statement.Dispute
}

// post writes an entry, and its line if it has one.
func (b *books) post(e ledger.Entry) string {
	e.ID, e.PartnerID, e.Currency, e.Posted = fmt.Sprint("ent_", len(b.entries)+1), "softcat", b.currency, b.now()
	if e.Effective.IsZero() {
		e.Effective = b.today
	}
	b.entries = append(b.entries, e)
	if amount, shown := e.Stated(); shown {
		b.lines = append(b.lines, statement.Line{
			ID: e.ID, PartnerID: e.PartnerID, Kind: e.Kind, Amount: amount, Effective: e.Effective, Posted: e.Posted, Cause: e.Cause,
		})
	}
	return e.ID
}

func (b *books) balance(a ledger.Account) (minor int64) {
	for _, e := range b.entries {
		minor += e.Net(a)
	}
	return minor
}

func (b *books) latest() statement.Statement {
	if len(b.statements) == 0 {
		return statement.Statement{}
	}
	return b.statements[len(b.statements)-1]
}

// held is what disputes hold that is on no statement yet.
func (b *books) held() (minor int64) {
	for _, d := range b.disputes {
		at := slices.IndexFunc(b.lines, func(l statement.Line) bool { return l.ID == d.HoldEntryID })
		if d.State == statement.DisputeOpen && at >= 0 && b.lines[at].StatementID == "" {
			minor += d.Held.Minor
		}
	}
	return minor
}

// settled is the latest statement as it stands.
func (b *books) settled() statement.Statement {
	s := b.latest()
	s.HeldMinor = b.held()
	return s
}

func (b *books) account() statement.Account {
	a := statement.Account{PartnerID: "softcat", Currency: b.currency, Latest: b.latest()}
	for _, l := range b.lines {
		if l.StatementID != "" {
			continue
		}
		known := calendar.Max(l.Effective, calendar.DateOf(l.Posted, time.UTC).AddDays(-statement.GraceDays))
		if a.Known.IsZero() || known.Before(a.Known) {
			a.Known = known
		}
		if a.Earliest.IsZero() || l.Effective.Before(a.Earliest) {
			a.Earliest = l.Effective
		}
	}
	return a
}

func (b *books) close(m statement.Month) (statement.Statement, bool, error) {
	account := b.account()
	if done, err := account.Check(m, b.today); err != nil || !done {
		return statement.Statement{}, false, err
	}
	c := statement.Closing{
		ID: fmt.Sprint("stm_", len(b.statements)+1), PartnerID: "softcat", Currency: b.currency, Month: m, Latest: account.Latest,
		MinimumMinor: b.minimum, DisputeDays: b.days, CodeVersionID: "cod_1", At: b.now(), By: "finance",
	}
	for i := range b.lines {
		b.take(&b.lines[i], &c)
	}
	c.HeldMinor = b.held()
	s, err := c.Close("SB-000001")
	if err != nil {
		return s, false, err
	}
	if n := len(b.statements); n > 0 {
		b.statements[n-1] = b.statements[n-1].Carry()
	}
	b.statements = append(b.statements, s)
	if postings := c.SetOff(s); len(postings) > 0 {
		b.post(s.SetOffEntry(postings))
	}
	return s, true, nil
}

// take puts a line on the statement if it belongs there.
func (b *books) take(l *statement.Line, c *statement.Closing) {
	if l.StatementID != "" || !l.Effective.Before(c.Month.Next().First()) {
		return
	}
	l.StatementID = c.ID
	c.Lines.Count++
	c.Lines.Sum += l.Amount.Minor
	if c.Month.Section(l.Effective) == statement.PriorPeriods {
		c.Lines.Prior += l.Amount.Minor
	}
	at := slices.IndexFunc(b.entries, func(e ledger.Entry) bool { return e.ID == l.ID })
	c.Lines.Payable += b.entries[at].Net(ledger.Payable)
}

func (b *books) pay() error {
	s := b.settled()
	paid, err := s.Pay(s.PayableMinor())
	if err != nil {
		return err
	}
	b.statements[len(b.statements)-1] = paid
	b.post(ledger.Entry{Kind: ledger.Payout, Postings: ledger.Transfer(ledger.Payable, ledger.InTransit, paid.PaidMinor)})
	return nil
}

func (b *books) dispute(line int) (statement.Dispute, error) {
	l := b.lines[line]
	if slices.ContainsFunc(b.disputes, func(d statement.Dispute) bool { return d.LineID == l.ID && d.State == statement.DisputeOpen }) {
		return statement.Dispute{}, statement.ErrAlreadyDisputed
	}
	o := statement.Objection{ID: fmt.Sprint("dsp_", len(b.disputes)+1), Line: l, Reason: "It is wrong.", By: "partner", At: b.now()}
	for _, s := range b.statements {
		if s.ID == l.StatementID {
			o.Of = s
		}
		o.Paid = o.Paid || o.Of.ID != "" && (s.State == statement.Paying || s.State == statement.Paid)
	}
	d, err := o.Open()
	if err != nil {
		return d, err
	}
	if entry, held := d.HoldEntry(); held {
		d.HoldEntryID = b.post(entry)
	}
	b.disputes = append(b.disputes, d)
	return d, nil
}

func (b *books) endDispute(line string, how func(statement.Dispute) (statement.Dispute, error)) (statement.Dispute, error) {
	at := slices.IndexFunc(b.disputes, func(d statement.Dispute) bool { return d.LineID == line && d.State == statement.DisputeOpen })
	if at < 0 {
		return statement.Dispute{}, statement.ErrNoDispute
	}
	ended, err := how(b.disputes[at])
	if err != nil {
		return ended, err
	}
	for _, e := range ended.EndEntries() {
		e.ID = b.post(e)
		ended = ended.PostedBy(e)
	}
	b.disputes[at] = ended
	return ended, nil
}
