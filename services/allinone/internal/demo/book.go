package demo

import (
	"fmt"
	"math/rand/v2"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Customers is how many customers the book has.
const Customers = 24_900

// Recurring revenue in cents of a dollar: a year before the book's day, and on
// it.
const (
	revenueBefore = 116_090_000_00
	revenueNow    = 141_840_000_00
)

// A Book is everything that a vendor brings along when it moves to Holdfast.
type Book struct {
	Partners      []Partner
	Customers     []*customerv1.ImportCustomer
	Subscriptions []Subscription
}

// A Subscription of the book, with the margin agreed for it. Sales by the
// vendor itself have none.
type Subscription struct {
	*customerv1.ImportSubscription
	Rate money.Bps

	unitPrice money.Amount
	isNew     bool // began within the last year
	raised    bool // its price was raised within the last year
}

// Build makes the book as it stands on a day, with so many customers. Only the
// whole book, of Customers, adds up to the revenue. The same seed and day make the
// same book.
func Build(seed uint64, today calendar.Date, customers int) *Book {
	rnd := rand.New(rand.NewPCG(seed, 0x686f6c6466617374))
	b := &builder{rnd: rnd, names: &namer{rnd: rnd, taken: map[string]bool{}}, today: today}
	b.partners = append(b.partners, wellKnown...)
	b.partners = append(b.partners, inventPartners(b.names)...)
	b.indexPartners()

	book := &Book{Partners: b.partners}
	for _, firm := range lawFirms {
		book.add(b.lawFirm(len(book.Customers), firm))
	}
	for len(book.Customers) < customers {
		book.add(b.customer(len(book.Customers)))
	}
	if customers == Customers {
		scale(book.Subscriptions, len(lawFirms))
	}
	return book
}

func (book *Book) add(c *customerv1.ImportCustomer, subscriptions []Subscription) {
	book.Customers = append(book.Customers, c)
	book.Subscriptions = append(book.Subscriptions, subscriptions...)
}

// lawFirms are customers that the vendor has named. All are served by Softcat
// here; the first one's subscription is the README's example.
var lawFirms = []string{"Kingsley Napley", "SJ Berwin", "Foot Anstey", "Weightmans", "Russell Cooke"}

// lawFirm gives a law firm 200 seats of email security for 24,000.00 pounds a
// year, in its first year, due in 30 days, with a margin of 20 %.
func (b *builder) lawFirm(number int, name string) (*customerv1.ImportCustomer, []Subscription) {
	c := &customerv1.ImportCustomer{
		ExternalId: customerID(number), DisplayName: name, PrimaryDomain: domainOf(name),
		Segment: customerv1.Segment_SEGMENT_MID_MARKET, Sector: customerv1.Sector_SECTOR_LEGAL,
		CountryCode: "GB", TimeZone: "Europe/London",
	}
	b.names.taken[c.PrimaryDomain] = true
	start := b.today.AddDays(30 + 7*number).AddMonths(-12)
	price := money.Amount{Minor: 120_00, Currency: "GBP"}
	return c, []Subscription{{
		ImportSubscription: &customerv1.ImportSubscription{
			ExternalId: subscriptionID(number, 0), CustomerExternalId: c.ExternalId, ProductId: "email-gateway",
			PartnerId: Softcat, Seats: 200, UnitPrice: protoMoney(price), UpliftBps: 500, TermMonths: 12,
			Billing:        customerv1.Billing_BILLING_PREPAID,
			FirstStartDate: start.String(), TermStartDate: start.String(),
		},
		Rate: 2000, unitPrice: price, isNew: true,
	}}
}

func customerID(number int) string { return fmt.Sprintf("crm-%05d", number+1) }

func subscriptionID(customer, number int) string {
	return fmt.Sprintf("con-%05d-%d", customer+1, number+1)
}

// scale fits the seats so that the revenue adds up: first that of a year
// before over the subscriptions which were there, then today's over the new
// ones. The first few subscriptions keep theirs.
func scale(subscriptions []Subscription, keep int) {
	fit(subscriptions, keep, revenueBefore, false, func(s Subscription) int64 {
		if s.isNew {
			return 0
		}
		return s.revenueBefore()
	})
	fit(subscriptions, keep, revenueNow, true, Subscription.Revenue)
}

// fit scales the seats of the new or of the old subscriptions so that measure
// adds up to target, and lets the one with the finest price take the rest.
func fit(subscriptions []Subscription, keep int, target int64, isNew bool, measure func(Subscription) int64) {
	var scaled []Subscription
	fixed, variable := int64(0), int64(0)
	for i, s := range subscriptions {
		if i < keep || s.isNew != isNew {
			fixed += measure(s)
			continue
		}
		variable += measure(s)
		scaled = append(scaled, s)
	}
	reached := fixed
	for _, s := range scaled {
		s.Seats = max(5, s.Seats*((target-fixed)/1_000_000)/(variable/1_000_000))
		reached += measure(s)
	}
	// What rounding and the smallest customers left over goes to the largest.
	for range 20 {
		largest := scaled[0]
		for _, s := range scaled {
			if s.UnitPrice.CurrencyCode == "USD" && s.Seats > largest.Seats {
				largest = s
			}
		}
		before := measure(largest)
		largest.Seats = max(largest.Seats/2, largest.Seats+(target-reached)*largest.Seats/before)
		reached += measure(largest) - before
	}
}

// Revenue is what the subscription brings in a year, in cents of a dollar.
func (s Subscription) Revenue() int64 {
	return toCents(money.Amount{Minor: s.unitPrice.Minor * s.Seats, Currency: s.unitPrice.Currency})
}

// revenueBefore is what it brought a year before, at the price of then.
func (s Subscription) revenueBefore() int64 {
	if !s.raised {
		return s.Revenue()
	}
	return s.Revenue() * 10_000 / (10_000 + int64(s.UpliftBps))
}
