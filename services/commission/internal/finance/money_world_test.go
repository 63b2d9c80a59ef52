package finance_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance/moneymodel"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout/bankfile"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// The partners of the machine. cdw resells, the others are agents.
var sellersOfMoney = []string{"softcat", "cdw", "insight"}

// What the machine sells costs so much a seat and year, in minor units.
var pricesOfMoney = map[string]int64{"GBP": 12_000, "JPY": 1_801, "KWD": 12_345}

// currenciesOfMoney have two, none and three decimals.
var currenciesOfMoney = []string{"GBP", "JPY", "KWD"}

const (
	cardBps   = 1_750
	capBps    = 500
	rewardBps = 1_000
)

// run is a test within a test: what it opens is closed with it, and its failures
// are rapid's, which looks for a shorter run that fails.
type run struct {
	testing.TB
	rt   *rapid.T
	ends []func()
}

func (r *run) Cleanup(end func())             { r.ends = append(r.ends, end) }
func (r *run) Error(all ...any)               { r.rt.Error(all...) }
func (r *run) Errorf(form string, all ...any) { r.rt.Errorf(form, all...) }
func (r *run) Fatal(all ...any)               { r.rt.Fatal(all...) }
func (r *run) Fatalf(form string, all ...any) { r.rt.Fatalf(form, all...) }

// sold is a subscription as the machine knows it, with what was sold of it, oldest
// first.
type sold struct {
	id      string
	sources []*moneymodel.Source
	serving []*moneymodel.Relationship // oldest first; one that a transfer will begin is planned
	planned *moneymodel.Relationship
}

// last is the latest term.
func (s *sold) last() *moneymodel.Source {
	for _, source := range slices.Backward(s.sources) {
		if source.Term.Within == nil {
			return source
		}
	}
	panic("it was sold")
}

// on is the term that has a day, or nil.
func (s *sold) on(day moneymodel.Day) *moneymodel.Source {
	for _, source := range s.sources {
		if t := source.Term; t.Within == nil && t.Start <= day && day < t.End() {
			return source
		}
	}
	return nil
}

// seats are those of a term at its end.
func (s *sold) seats(t moneymodel.Term) int64 {
	all := t.Seats
	for _, source := range s.sources {
		if within := source.Term.Within; within != nil && within.Start == t.Start {
			all += source.Term.Seats
		}
	}
	return all
}

// underCase is a relationship that a case is about.
type underCase struct {
	caseID string
	of     *moneymodel.Relationship
	in     *sold
	final  bool
}

// machine is a world with the model that says what it has to hold.
type machine struct {
	*world
	run   *run
	rt    *rapid.T
	model *moneymodel.Book
	sold  []*sold
	cases []*underCase
	told  []telling
	again []func() error // what was commanded, as it was
	made  int            // things with a number of their own

	adjusted []*adjusted
	disputed []*disputedBy
	banked   map[string]*moneymodel.Batch
	frozen   map[string]string           // statements as they were closed, by id
	refused  tally                       // by reason
	numbers  []string                    // of self-billed invoices, in their order
	numbered map[moneymodel.Owner]string // the last one of each
	raced    *race
	stalled  bool // whether terms are not divided for now
	waiting  []queued
	checked  int
}

func newMoney(t testing.TB, rt *rapid.T) *machine {
	t.Helper()
	r := &run{TB: t, rt: rt}
	m := &machine{run: r, rt: rt, world: newWorld(r), model: moneymodel.NewBook(moneymodel.ParseDay(today)), frozen: map[string]string{}, banked: map[string]*moneymodel.Batch{}, refused: tally{}, numbered: map[moneymodel.Owner]string{}}
	m.Rates.EveryDay, m.Rates.Prices = true, map[string]string{"GBP": "120.00", "JPY": "1801", "KWD": "12.345"}
	m.Partner.Agency.Store(true)
	m.Partner.Resell, m.Partner.Agreed = []string{"cdw"}, m.agreed
	m.Debtor = bankfile.Account{Holder: "Holdfast Ltd", IBAN: "GB29NWBK60161331926819", BIC: "NWBKGB2L"}
	m.Restart()
	m.Card(cardBps)
	for _, partner := range sellersOfMoney {
		m.agree(partner, moneymodel.ParseDay("2025-01-01"))
		for _, currency := range currenciesOfMoney {
			m.Accounts.Open(partner, currency, "pac_"+partner+currency, iban)
		}
	}
	for range rapid.IntRange(2, 4).Draw(rt, "subscriptions") {
		m.importSome()
	}
	return m
}

// end closes what the run has opened.
func (m *machine) end() {
	for i := len(m.run.ends) - 1; i >= 0; i-- {
		m.run.ends[i]()
	}
}

func drawFrom[T any](m *machine, label string, list ...T) T {
	return list[rapid.IntRange(0, len(list)-1).Draw(m.rt, label)]
}

// number is one that no other thing has.
func (m *machine) number() int {
	m.made++
	return m.made
}

func (m *machine) key(what string) string { return fmt.Sprint(what, "-", m.number()) }

func (m *machine) drawTerm() moneymodel.Term {
	return moneymodel.Term{
		Months: drawFrom(m, "months", 12, 12, 24, 36), Billing: drawFrom(m, "billing", "PREPAID", "ANNUAL", "MONTHLY"),
		Seats: rapid.Int64Range(1, 300).Draw(m.rt, "seats"), UpliftBps: 500,
	}
}

// importSome brings a subscription along that was sold elsewhere, with a rate that
// was agreed there.
func (m *machine) importSome() {
	m.t.Helper()
	currency, partner := drawFrom(m, "currency", currenciesOfMoney...), drawFrom(m, "partner", sellersOfMoney...)
	term := m.drawTerm()
	term.Start = moneymodel.ParseDay(drawFrom(m, "start", "2025-04-01", "2025-08-31", "2025-12-30", "2026-01-31", "2026-02-28"))
	term.Anchor, term.Price = term.Start, pricesOfMoney[currency]
	s := &sold{id: fmt.Sprint("sub_", m.number())}
	serving := &moneymodel.Relationship{
		Partner: partner, Agency: partner != "cdw", From: term.Start, Rate: rapid.Int64Range(0, 4_000).Draw(m.rt, "rate"), Verdict: moneymodel.Clean,
	}
	s.serving = append(s.serving, serving)
	s.sources = append(s.sources, moneymodel.NewSource(records.ImportedID(s.id, term.Start.String()), currency, term, serving, 0))
	m.sold = append(m.sold, s)
	m.Customer.Add(contractOf(s, term))
	m.lockFor(s)
	m.Project()
}

// contractOf is the contract as customer has it.
func contractOf(s *sold, t moneymodel.Term) *customerv1.Subscription {
	price := &typev1.Money{CurrencyCode: s.last().Currency, Amount: decimal(t.Price, s.last().Currency)}
	billing := customerv1.Billing(customerv1.Billing_value["BILLING_"+t.Billing])
	start, end := t.Start.String(), t.End().String()
	return &customerv1.Subscription{
		SubscriptionId: s.id, CustomerId: "cus_" + s.id, CustomerName: "Harbour Legal", CustomerSegment: "ENTERPRISE", CustomerCountryCode: "GB",
		ProductId: "email-security-plus", FamilyId: "email-security", Seats: t.Seats, UnitPrice: price, UpliftBps: int32(t.UpliftBps), TermMonths: int32(t.Months),
		Billing: billing, AnchorDate: start, FirstStartDate: start, TimeZone: "Europe/London", TermStartDate: start, TermEndDate: end, TermNet: price,
		PartnerId: s.serving[0].Partner, PartnerFromDate: start, State: customerv1.SubscriptionState_SUBSCRIPTION_STATE_ACTIVE,
		Terms:            []*customerv1.Term{{StartDate: start, EndDate: end, TermMonths: int32(t.Months), Seats: t.Seats, UnitPrice: price, Billing: billing}},
		PartnersOfRecord: []*customerv1.PartnerOfRecord{{PartnerId: s.serving[0].Partner, FromDate: start}},
	}
}

func decimal(minor int64, currency string) string {
	return money.Amount{Minor: minor, Currency: money.Currency(currency)}.Decimal()
}

// lockFor stores the relationship that an imported subscription begins with.
func (m *machine) lockFor(s *sold) {
	m.t.Helper()
	first := s.serving[0]
	mode := margin.Resale
	if first.Agency {
		mode = margin.Agency
	}
	from := dateOf(first.From)
	must(m.t, m.System(func(ctx context.Context, tx *postgres.Store) error {
		_, err := tx.InsertRelationships(ctx, []records.Relationship{{
			Relationship: margin.Relationship{
				ID: "rel_" + s.id, SubscriptionID: s.id, PartnerID: first.Partner, Mode: mode, From: from, Lock: margin.Lock{Rate: money.Bps(first.Rate), On: from},
			},
			Revision: 1, CreateTime: monday,
		}})
		return err
	}))
}

func dateOf(d moneymodel.Day) calendar.Date { return day(d.String()) }

// clock is nine in the morning of the model's day.
func (m *machine) clock() time.Time { return dateOf(m.model.Today).Time().Add(9 * time.Hour) }
