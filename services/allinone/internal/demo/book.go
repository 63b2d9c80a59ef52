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

// A Book is everything that a vendor brings along when it moves to Holdfast.
type Book struct {
	Partners      []Partner
	Payees        map[string]Payee // the partners that are paid, by id
	Customers     []*customerv1.ImportCustomer
	Subscriptions []Subscription
}

// A Subscription of the book, with the margin agreed for it. Sales by the
// vendor itself have none.
type Subscription struct {
	*customerv1.ImportSubscription
	Rate money.Bps

	terms []term // oldest first; the running one is the last
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

	book := &Book{Partners: b.partners, Payees: payees(b.partners)}
	for number := range lawFirms {
		book.add(b.lawFirm(number))
	}
	for len(book.Customers) < customers {
		book.add(b.customer(len(book.Customers)))
	}
	if customers == Customers {
		scale(book.Subscriptions, len(lawFirms), today)
	}
	for _, s := range book.Subscriptions {
		s.write()
	}
	return book
}

func (book *Book) add(c *customerv1.ImportCustomer, subscriptions []Subscription) {
	book.Customers = append(book.Customers, c)
	book.Subscriptions = append(book.Subscriptions, subscriptions...)
}

// lawFirms are customers that the vendor has named, and one of the agent's, with
// by how much their contracts rise once a year. The README's examples are the
// first, who renews, the fifth, who changes its partner, and the last, whose
// invoices the vendor writes itself.
var lawFirms = []struct {
	name    string
	uplift  int32
	partner string
}{
	{"Kingsley Napley", 500, Softcat}, {"SJ Berwin", 500, Softcat}, {"Foot Anstey", 500, Softcat}, {"Weightmans", 500, Softcat},
	{"Russell Cooke", 0, Softcat}, {"Harcourt Row Chambers", 500, Agent},
}

// Signatory is the address of the contact who may sign for a law firm.
func Signatory(domain string) string { return "it@" + domain }

// SignatoryDomains are the domains of the customers who have such a contact.
func SignatoryDomains() []string {
	var domains []string
	for _, firm := range lawFirms {
		domains = append(domains, domainOf(firm.name))
	}
	return domains
}

// lawFirm gives a law firm 200 seats of the suite for 24,000.00 pounds a year,
// in its first year, due in 30 days and more, with a margin of 20 %.
func (b *builder) lawFirm(number int) (*customerv1.ImportCustomer, []Subscription) {
	name, uplift, partner := lawFirms[number].name, lawFirms[number].uplift, lawFirms[number].partner
	c := &customerv1.ImportCustomer{
		ExternalId: customerID(number), DisplayName: name, PrimaryDomain: domainOf(name),
		Segment: customerv1.Segment_SEGMENT_MID_MARKET, Sector: customerv1.Sector_SECTOR_LEGAL,
		CountryCode: "GB", TimeZone: "Europe/London",
	}
	b.names.taken[c.PrimaryDomain] = true
	s := Subscription{
		ImportSubscription: &customerv1.ImportSubscription{
			ExternalId: subscriptionID(number, 0), CustomerExternalId: c.ExternalId, ProductId: suite,
			PartnerId: partner, Seats: 200, UpliftBps: uplift, TermMonths: 12, Billing: customerv1.Billing_BILLING_PREPAID,
		},
		Rate: 2000,
	}
	start := b.today.AddDays(30 + 7*number).AddMonths(-12)
	b.history(&s, start, 1, suitePrice)
	return c, []Subscription{s}
}

func customerID(number int) string { return fmt.Sprintf("crm-%05d", number+1) }

func subscriptionID(customer, number int) string {
	return fmt.Sprintf("con-%05d-%d", customer+1, number+1)
}
