package renewal_test

import (
	"errors"
	"testing"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

var (
	due   = calendar.On(2026, 4, 1)
	march = calendar.On(2026, 3, 1)
	open  = renewal.Renewal{ID: "rnw_42_20260401", SubscriptionID: "sub_42", Windows: policy.Windows(due)}
	quote = renewal.Quote{
		ID: "quo_1", RenewalID: open.ID, PartnerID: "softcat", ValidUntil: march.AddDays(30),
		Wish: renewal.Wish{Months: 12, Seats: 200, Billing: margin.Prepaid},
	}
)

func TestRefusals_SayWhatWouldBeRight(t *testing.T) {
	declined := open
	declined.DeclinedOn = march
	for _, c := range []struct {
		err  error
		want string
	}{
		{open.CheckOpen(due.AddDays(-91)), "the renewal due on 2026-04-01 opens on 2026-01-01; try again from that day on"},
		{open.CheckOpen(due.AddDays(30)), "the term ended on 2026-04-01 and its grace was over on 2026-05-01; channel operations can approve a late renewal until 2026-06-29"},
		{open.CheckOpen(due.AddDays(90)), "the term ended on 2026-04-01 and could be renewed before 2026-06-30; place a new order"},
		{declined.CheckOpen(march), "the customer's notice of 2026-03-01 stands against this renewal; undo the decline first, which is possible before 2026-04-01"},
		{declined.CheckOpen(due), "the customer's notice of 2026-03-01 stands against this renewal; it could be undone before 2026-04-01; place a new order"},
		{quote.CheckAccept(open, "softcat", renewal.Wish{End: due.AddMonths(3)}, march),
			"quote quo_1 is for a term of 12 months, not a term until 2026-07-01; submit what was quoted, or leave the quote out"},
		{quote.CheckAccept(open, "softcat", renewal.Wish{Seats: 201}, march),
			"quote quo_1 is for 200 seats, not 201; submit what was quoted, or leave the quote out"},
		{renewal.CheckPartner("softcat", "cdw"), "partner softcat is not the partner of record on the new term's first day; read the subscription again"},
	} {
		refusal, ok := fault.Of(c.err)
		if !ok || refusal.Message != c.want {
			t.Errorf("message %v\n   want %s", c.err, c.want)
		}
	}
}

func TestCheckPreview_ComparesOnlyWhatWasExpected(t *testing.T) {
	if err := renewal.CheckPreview("", "aa"); err != nil {
		t.Errorf("nothing expected = %v", err)
	}
	if err := renewal.CheckPreview("aa", "aa"); err != nil {
		t.Errorf("the same = %v", err)
	}
	if err := renewal.CheckPreview("aa", "bb"); !errors.Is(err, renewal.ErrPreviewStale) {
		t.Errorf("another = %v, want PREVIEW_STALE", err)
	}
	if err := renewal.CheckPartner("softcat", "softcat"); err != nil {
		t.Errorf("the same partner = %v", err)
	}
}

func TestCheckAccept_TakesWhatWasQuoted(t *testing.T) {
	withdrawn, accepted, stubQuote := quote, quote, quote
	withdrawn.Withdrawn, accepted.Accepted = true, true
	stubQuote.Wish.Months, stubQuote.Wish.End = 0, due.AddMonths(4)
	for _, c := range []struct {
		name  string
		quote renewal.Quote
		from  string
		wish  renewal.Wish
		today calendar.Date
		want  error
	}{
		{"nothing asked", quote, "softcat", renewal.Wish{}, march, nil},
		{"the same asked", quote, "softcat", quote.Wish, quote.ValidUntil, nil},
		{"the day after its last", quote, "softcat", renewal.Wish{}, quote.ValidUntil.AddDays(1), renewal.ErrQuoteExpired},
		{"withdrawn", withdrawn, "softcat", renewal.Wish{}, march, renewal.ErrQuoteWithdrawn},
		{"accepted", accepted, "softcat", renewal.Wish{}, march, renewal.ErrAlreadySubmitted},
		{"another partner", quote, "cdw", renewal.Wish{}, march, renewal.ErrQuoteMismatch},
		{"other months", quote, "softcat", renewal.Wish{Months: 36}, march, renewal.ErrQuoteMismatch},
		{"a stub", quote, "softcat", renewal.Wish{End: due.AddMonths(3)}, march, renewal.ErrQuoteMismatch},
		{"the same stub", stubQuote, "softcat", stubQuote.Wish, march, nil},
		{"another stub", stubQuote, "softcat", renewal.Wish{End: due.AddMonths(3)}, march, renewal.ErrQuoteMismatch},
		{"months instead of a stub", stubQuote, "softcat", renewal.Wish{Months: 12}, march, renewal.ErrQuoteMismatch},
		{"other seats", quote, "softcat", renewal.Wish{Seats: 201}, march, renewal.ErrQuoteMismatch},
		{"another billing", quote, "softcat", renewal.Wish{Billing: margin.Monthly}, march, renewal.ErrQuoteMismatch},
	} {
		if err := c.quote.CheckAccept(open, c.from, c.wish, c.today); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	other := open
	other.ID = "rnw_43_20260401"
	if err := quote.CheckAccept(other, "softcat", renewal.Wish{}, march); !errors.Is(err, renewal.ErrQuoteMismatch) {
		t.Errorf("another renewal = %v", err)
	}
}

func TestWithdraw_NeedsAnOpenQuote(t *testing.T) {
	withdrawn, err := quote.Withdraw(march)
	if err != nil || withdrawn.StateOn(march) != renewal.QuoteWithdrawn {
		t.Fatalf("Withdraw = %+v, %v", withdrawn, err)
	}
	if _, err := withdrawn.Withdraw(march); !errors.Is(err, renewal.ErrState) {
		t.Errorf("again = %v", err)
	}
	if _, err := quote.Withdraw(quote.ValidUntil.AddDays(1)); !errors.Is(err, renewal.ErrState) {
		t.Errorf("expired = %v", err)
	}
}

func TestSale_OfAStubGoesOnForAYearAtTheSamePrice(t *testing.T) {
	stub := renewal.Contract{
		Anchor: due, Term: calendar.Term{Start: march, End: due}, Seats: 10, Uplift: 500,
		UnitPrice: pounds(10_000), Billing: margin.Prepaid,
	}
	sale, err := stub.Sale(renewal.Wish{}, margin.Resale, margin.Rate{Locked: 2000})
	if err != nil || sale.Months != 12 || sale.UnitPrice != pounds(10_000) || sale.Start != due {
		t.Errorf("Sale = %+v, %v", sale, err)
	}
}

func TestSale_RefusesAnUpliftThatIsNone(t *testing.T) {
	contract := renewal.Contract{
		Anchor: due.AddMonths(-12), Term: calendar.Term{Start: due.AddMonths(-12), End: due}, Months: 12, Seats: 10, Uplift: -1,
		UnitPrice: pounds(10_000), Billing: margin.Prepaid,
	}
	if _, err := contract.Sale(renewal.Wish{}, margin.Resale, margin.Rate{}); !errors.Is(err, margin.ErrUpliftOutOfRange) {
		t.Errorf("Sale = %v", err)
	}
}
