package moneymodel_test

import (
	"testing"

	"github.com/holdfast-channel/holdfast/services/commission/internal/finance/moneymodel"
)

// A year from 2026-04-01 of 200 seats at 120.00, paid ahead: 24,000.00.
func year() moneymodel.Term {
	start := moneymodel.ParseDay("2026-04-01")
	return moneymodel.Term{Start: start, Anchor: start, Months: 12, Billing: "PREPAID", Seats: 200, Price: 12_000}
}

func serving(partner, from string, verdict moneymodel.Verdict) *moneymodel.Relationship {
	return &moneymodel.Relationship{Partner: partner, Agency: true, From: moneymodel.ParseDay(from), Rate: 2_000, Cap: 500, Until: moneymodel.ParseDay(from).PlusMonths(12), Verdict: verdict}
}

// invoiced is a book with an invoice of the first instalment, on the term's first
// day.
func invoiced(t *testing.T, s *moneymodel.Source) (*moneymodel.Book, *moneymodel.Invoice) {
	t.Helper()
	b := moneymodel.NewBook(s.Term.Start)
	net, _ := s.Net(1)
	i := &moneymodel.Invoice{ID: "I-1", Currency: "GBP", Issued: b.Today, Due: b.Today + 30, Lines: []*moneymodel.Line{{Source: s, Number: 1, Amount: net}}}
	if refused := b.Issue(i); refused != "" {
		t.Fatal(refused)
	}
	return b, i
}

func wantAccount(t *testing.T, b *moneymodel.Book, on, partner, name string, want int64) {
	t.Helper()
	b.Today = max(b.Today, moneymodel.ParseDay(on))
	b.Settle(b.Invoices...)
	got := b.Sheet(moneymodel.ParseDay(on))[moneymodel.Account{Partner: partner, Currency: "GBP", Name: name}]
	if got != want {
		t.Errorf("%s of %s on %s is %d; want %d", name, partner, on, got, want)
	}
}

func TestSheet_OfCreditsThatAddUpExactly(t *testing.T) {
	b, i := invoiced(t, moneymodel.NewSource("sbm_1", "GBP", year(), serving("softcat", "2026-04-01", moneymodel.Clean), 0))
	left := int64(480_000)
	for _, credit := range []struct{ amount, takes int64 }{{986_301, 197_260}, {500_000, 100_000}, {913_699, 182_740}} {
		b.Tell(i, moneymodel.Fact{Kind: "CREDIT_NOTE", Cause: "CUSTOMER", On: b.Today, Amount: credit.amount})
		left -= credit.takes
		wantAccount(t, b, "2026-04-01", "softcat", moneymodel.Accrued, left)
	}
}

func TestSheet_OfWhatIsPaidInPart(t *testing.T) {
	b, i := invoiced(t, moneymodel.NewSource("sbm_1", "GBP", year(), serving("softcat", "2026-04-01", moneymodel.Clean), 0))
	b.Tell(i, moneymodel.Fact{Kind: "PAYMENT", ID: "P-1", On: b.Today, Amount: 600_000})
	for _, c := range []struct {
		on            string
		accrued, owed int64
	}{
		{"2026-03-31", 0, 0},
		{"2026-04-30", 480_000, 0},       // day 29
		{"2026-05-01", 360_000, 120_000}, // a quarter, on day 30
		{"2026-07-30", 360_000, 120_000}, // 90 days after 2026-05-01, when it was due
		{"2026-07-31", 0, 120_000},
	} {
		wantAccount(t, b, c.on, "softcat", moneymodel.Accrued, c.accrued)
		wantAccount(t, b, c.on, "softcat", moneymodel.Payable, c.owed)
	}
}

// Another partner takes over on 2026-07-01, after 91 of 365 days: the old one keeps
// 1,196.71, the new one earns 5 % of 18,016.44, and 15 % more of it are held.
func TestHandOver_DividesByDays(t *testing.T) {
	s := moneymodel.NewSource("sbm_1", "GBP", year(), serving("softcat", "2026-04-01", moneymodel.Clean), 0)
	b, _ := invoiced(t, s)
	next := serving("cdw", "2026-07-01", moneymodel.Contested)
	s.HandOver(next)
	b.Today = next.From
	b.Restate(next.From, s)
	wantAccount(t, b, "2026-06-30", "softcat", moneymodel.Accrued, 480_000)
	wantAccount(t, b, "2026-07-01", "softcat", moneymodel.Accrued, 119_671)
	wantAccount(t, b, "2026-07-01", "cdw", moneymodel.Accrued, 90_082)
	wantAccount(t, b, "2026-07-01", "cdw", moneymodel.Held, 270_247)
	next.Verdict = moneymodel.Clean
	b.Today = next.From + 10
	b.Restate(next.From+10, s)
	wantAccount(t, b, "2026-07-10", "cdw", moneymodel.Held, 270_247)
	wantAccount(t, b, "2026-07-11", "cdw", moneymodel.Accrued, 360_329)
}

func TestClose_CarriesOverAndOpensWithTheRest(t *testing.T) {
	b := moneymodel.NewBook(moneymodel.ParseDay("2026-04-10"))
	o := moneymodel.Owner{Partner: "softcat", Currency: "GBP"}
	b.Post(o, moneymodel.Payable, moneymodel.Expense, 12_000, true)
	for _, want := range []struct {
		month            string
		opening, closing int64
		state            string
	}{{"2026-04-01", 0, -12_000, "CARRIED"}, {"2026-05-01", -12_000, 18_000, "CLOSED"}} {
		b.Today = moneymodel.ParseDay(want.month).PlusMonths(1)
		month := moneymodel.ParseDay(want.month)
		got, err := b.Close(o, month, b.Shown(o, month))
		if err != nil || got.Opening != want.opening || got.Closing != want.closing || got.State != want.state {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
		b.Post(o, moneymodel.Expense, moneymodel.Payable, 30_000, true)
	}
	if payable := b.Payable(o); payable != 18_000 {
		t.Errorf("%d is payable; want 18000", payable)
	}
}

// 4,800.00 are due on 2026-05-01, and on the statement of May; half of it is credited
// in June, and owed until the statement of June sets it off.
func TestSettle_OwesWhatAStatementHasShown(t *testing.T) {
	b, i := invoiced(t, moneymodel.NewSource("sbm_1", "GBP", year(), serving("softcat", "2026-04-01", moneymodel.Clean), 0))
	o := moneymodel.Owner{Partner: "softcat", Currency: "GBP"}
	b.Tell(i, moneymodel.Fact{Kind: "PAYMENT", ID: "P-1", On: b.Today, Amount: 2_400_000})
	closeMonth := func(month string) {
		t.Helper()
		m := moneymodel.ParseDay(month)
		b.Today = m.PlusMonths(1)
		b.Settle(i)
		if _, err := b.Close(o, m, b.Shown(o, m)); err != nil {
			t.Fatal(err)
		}
	}
	closeMonth("2026-05-01")
	b.Tell(i, moneymodel.Fact{Kind: "CREDIT_NOTE", Cause: "CUSTOMER", On: b.Today, Amount: 1_200_000})
	wantAccount(t, b, "2026-06-01", "softcat", moneymodel.Payable, 480_000)
	wantAccount(t, b, "2026-06-01", "softcat", moneymodel.Receivable, -240_000)
	closeMonth("2026-06-01")
	wantAccount(t, b, "2026-06-29", "softcat", moneymodel.Receivable, -240_000)
	wantAccount(t, b, "2026-06-30", "softcat", moneymodel.Payable, 240_000)
	wantAccount(t, b, "2026-06-30", "softcat", moneymodel.Receivable, 0)
}

// 200 seats at 126.00 for 91 of 365 days come to 6,282.74, and 25 seats at 120.00 that
// are added to a year for its last 261 days to 2,145.21.
func TestNewSource_PricesAnEndOfItsOwnByDays(t *testing.T) {
	stub := year()
	stub.Months, stub.Until, stub.Price = 0, moneymodel.ParseDay("2026-07-01"), 12_600
	within := year()
	within.Start, within.Anchor = moneymodel.ParseDay("2025-01-01"), moneymodel.ParseDay("2025-01-01")
	added := moneymodel.Term{Start: moneymodel.ParseDay("2025-04-15"), Until: within.End(), Within: &within, Billing: "MONTHLY", Seats: 25, Price: 12_000}
	for _, c := range []struct {
		term        moneymodel.Term
		net         int64
		instalments int
	}{{stub, 628_274, 1}, {added, 214_521, 9}} {
		s := moneymodel.NewSource("sbm_1", "GBP", c.term, serving("softcat", "2025-01-01", moneymodel.Clean), 0)
		net := int64(0)
		for number := range s.Instalments() {
			part, _ := s.Net(number + 1)
			net += part
		}
		if net != c.net || s.Instalments() != c.instalments {
			t.Errorf("%d in %d instalments; want %d in %d", net, s.Instalments(), c.net, c.instalments)
		}
	}
}
