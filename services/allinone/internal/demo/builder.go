package demo

import (
	"math"
	"math/rand/v2"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// A builder invents customers one after the other.
type builder struct {
	rnd      *rand.Rand
	names    *namer
	today    calendar.Date
	partners []Partner
	kinds    map[string]partnerv1.PartnerType
	homes    map[string][]string // regional partners by country
}

func (b *builder) indexPartners() {
	b.kinds, b.homes = map[string]partnerv1.PartnerType{}, map[string][]string{}
	for i, p := range b.partners {
		b.kinds[p.ID] = p.Type
		if i >= len(wellKnown) {
			b.homes[p.Country] = append(b.homes[p.Country], p.ID)
		}
	}
}

// How often a segment occurs (in thousandths), and how many seats it has: the
// median and how far they spread.
var segments = []struct {
	segment customerv1.Segment
	weight  int
	median  float64
	spread  float64
}{
	{customerv1.Segment_SEGMENT_SMALL_BUSINESS, 730, 28, 0.6},
	{customerv1.Segment_SEGMENT_MID_MARKET, 222, 230, 0.6},
	{customerv1.Segment_SEGMENT_ENTERPRISE, 46, 2_100, 0.5},
	{customerv1.Segment_SEGMENT_GLOBAL, 2, 16_000, 0.4},
}

// customer invents a customer and its subscriptions.
func (b *builder) customer(number int) (*customerv1.ImportCustomer, []Subscription) {
	where, size, sector := b.country(number), b.segment(), b.sector()
	name, domain := b.names.organisation(sector)
	c := &customerv1.ImportCustomer{
		ExternalId: customerID(number), DisplayName: name, PrimaryDomain: domain,
		Segment: segments[size].segment, Sector: sector, CountryCode: where.code, TimeZone: where.zone,
	}
	seats := max(5, int64(segments[size].median*math.Exp(b.rnd.NormFloat64()*segments[size].spread)))
	partner := b.partner(where, size)
	var subscriptions []Subscription
	for i, product := range b.products() {
		s := b.subscription(where, partner, product, seats, i > 0)
		s.ExternalId, s.CustomerExternalId = subscriptionID(number, i), c.ExternalId
		subscriptions = append(subscriptions, s)
	}
	return c, subscriptions
}

// country makes sure that every country has a customer, then goes by weight.
func (b *builder) country(number int) country {
	if number -= len(lawFirms); number < len(countries) {
		return countries[number]
	}
	total := 0
	for _, c := range countries {
		total += c.weight
	}
	at := b.rnd.IntN(total)
	for _, c := range countries {
		if at -= c.weight; at < 0 {
			return c
		}
	}
	return countries[0]
}

func (b *builder) segment() int {
	at := b.rnd.IntN(1000)
	for i, s := range segments {
		if at -= s.weight; at < 0 {
			return i
		}
	}
	return 0
}

func (b *builder) sector() customerv1.Sector {
	at := b.rnd.IntN(100)
	for _, s := range sectorWeights {
		if at -= s.weight; at < 0 {
			return s.sector
		}
	}
	return customerv1.Sector_SECTOR_FINANCIAL_SERVICES
}

func (b *builder) partner(where country, size int) string {
	choices, ok := small[where.code]
	if !ok {
		choices = small[""]
	}
	if size >= 2 {
		choices = large
	}
	if chosen := pick(b.rnd, choices); chosen != "" {
		return chosen
	}
	locals := b.homes[where.code]
	if len(locals) == 0 {
		locals = b.homes[regional[b.rnd.IntN(len(regional))].country]
	}
	return locals[b.rnd.IntN(len(locals))]
}

// products chooses what a customer has: always a gateway or an archive, some
// have more.
func (b *builder) products() []string {
	first := "email-gateway"
	if b.rnd.IntN(100) < 22 {
		first = "email-archive"
	}
	chosen := []string{first}
	for _, also := range []struct {
		product string
		chance  int
	}{{"targeted-threats", 9}, {"email-archive", 11}, {"mailbox-continuity", 7}} {
		if also.product != first && b.rnd.IntN(100) < also.chance {
			chosen = append(chosen, also.product)
		}
	}
	return chosen
}

// subscription invents the contract for a product. One that the customer has
// beside another may have been dropped.
func (b *builder) subscription(where country, partner, product string, seats int64, beside bool) Subscription {
	months := pickInt(b.rnd, []int{12, 12, 12, 12, 12, 12, 12, 24, 36, 36})
	anchor, terms := b.dates(months, beside)
	price := ListPrice(product, where.currency, seats)
	discount := int64(pickInt(b.rnd, []int{0, 0, 0, 5, 8, 10, 12, 15, 20}))
	price.Minor = max(1, price.Minor*(100-discount)/100)
	s := Subscription{Rate: b.rate(partner)}
	s.ImportSubscription = &customerv1.ImportSubscription{
		ProductId: product, PartnerId: partner, Seats: seats,
		UpliftBps: int32(pickInt(b.rnd, []int{0, 200, 300, 300, 300, 400, 500})), TermMonths: int32(months),
		Billing: b.billing(months),
	}
	b.history(&s, anchor, terms, price)
	return s
}

// dates invents the anchor and how many terms there are up to the running one.
// Most end in the future, each day alike; some ended days ago and are in grace,
// a few have lapsed. Products that were dropped within the year have expired.
func (b *builder) dates(months int, beside bool) (anchor calendar.Date, terms int) {
	end := b.today.AddDays(1 + b.rnd.IntN(months*30))
	switch chance := b.rnd.IntN(1000); {
	case chance < 22:
		end = b.today.AddDays(-b.rnd.IntN(28))
	case chance < 28:
		end = b.today.AddDays(-31 - b.rnd.IntN(55))
	case chance < 90 && beside:
		end = b.today.AddDays(-95 - b.rnd.IntN(260))
	}
	// The terms before it. A customer that has been there for years has the
	// more of them.
	terms = 1
	for terms*months < 120 && b.rnd.IntN(100) < 78 {
		terms++
	}
	return end.AddMonths(-terms * months), terms
}

func (b *builder) billing(months int) customerv1.Billing {
	if months > 12 && b.rnd.IntN(2) == 0 {
		return customerv1.Billing_BILLING_ANNUAL
	}
	if b.rnd.IntN(10) == 0 {
		return customerv1.Billing_BILLING_MONTHLY
	}
	return customerv1.Billing_BILLING_PREPAID
}

// rate is the margin that was agreed when the partner won the customer: better
// in some years than in others.
func (b *builder) rate(partner string) money.Bps {
	if partner == direct {
		return 0
	}
	return CardRates[b.kinds[partner]] + money.Bps(pickInt(b.rnd, []int{0, 0, 250, 500, 500}))
}

// CardRates are the rates of the vendor's present card by partner type.
var CardRates = map[partnerv1.PartnerType]money.Bps{
	reseller: 1500, integrator: 1200, managed: 2000, software: 1500, agent: 1000, distri: 800,
}

func pickInt(rnd *rand.Rand, from []int) int { return from[rnd.IntN(len(from))] }
