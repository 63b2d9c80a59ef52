package imports

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Batch are the rows that are stored in one transaction. It does not change.
type Batch struct {
	First     int64
	Rows      int
	Customers []Numbered[customers.Customer]
	Refusals  []Refusal

	pending []Numbered[pending]
	at      time.Time
	newID   func(prefix string) string
}

// Numbered is the value of a row.
type Numbered[T any] struct {
	Row        int64
	ExternalID string
	Value      T
}

// pending is a subscription whose customer is to be found.
type pending struct {
	Subscription
	id string
}

// NewBatch sorts the rows that begin at first. Ids are made by newID.
func NewBatch(first int64, rows []Row, at time.Time, newID func(prefix string) string) *Batch {
	b := &Batch{First: first, Rows: len(rows), at: at, newID: newID}
	seen := map[string]bool{}
	for i, r := range rows {
		if err := b.add(first+int64(i), r, seen); err != nil {
			b.Refusals = append(b.Refusals, Refuse(first+int64(i), r.ExternalID, err))
		}
	}
	return b
}

// add sorts one row; seen are the keys of the rows before it.
func (b *Batch) add(number int64, r Row, seen map[string]bool) error {
	if err := r.check(); err != nil {
		return err
	}
	if r.Subscription != nil {
		if key := "subscription " + r.ExternalID; !take(seen, key) {
			return IDTaken(r.ExternalID)
		}
		b.pending = append(b.pending, Numbered[pending]{number, r.ExternalID, pending{*r.Subscription, r.ExternalID}})
		return nil
	}
	draft := *r.Customer
	draft.ExternalID = r.ExternalID
	c, err := customers.Register(customers.ID(b.newID("cus_")), draft, b.at)
	if err != nil {
		return err
	}
	if seen["customer "+r.ExternalID] {
		return IDTaken(r.ExternalID)
	}
	if !take(seen, "domain "+string(c.PrimaryDomain)) {
		return DomainTaken(c.PrimaryDomain)
	}
	seen["customer "+r.ExternalID] = true
	b.Customers = append(b.Customers, Numbered[customers.Customer]{number, r.ExternalID, c})
	return nil
}

// take notes a key and reports whether it is new.
func take(seen map[string]bool, key string) bool {
	if seen[key] {
		return false
	}
	seen[key] = true
	return true
}

// Refuse returns the refusal of a row for the reason that err gives.
func Refuse(row int64, externalID string, err error) Refusal {
	refusal := Refusal{Row: row, Reason: "INTERNAL", Message: "the row could not be stored", ExternalID: shown(externalID)}
	if f, ok := fault.Of(err); ok {
		refusal.Reason, refusal.Field, refusal.Message = f.Reason, f.Field, f.Message
	}
	return refusal
}

// shown makes a refused external id fit to be stored and shown.
func shown(id string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, id)
	return fmt.Sprintf("%.*s", maxID, plain)
}

// Wanted are the external ids of the customers of the batch's subscriptions.
func (b *Batch) Wanted() []string {
	seen := map[string]bool{}
	for _, p := range b.pending {
		seen[p.Value.Customer] = true
	}
	list := make([]string, 0, len(seen))
	for id := range seen {
		list = append(list, id)
	}
	return list
}

// Resolve makes the batch's subscriptions of known customers, by external id,
// and products, and returns the refusals of those that break a rule.
func (b *Batch) Resolve(known map[string]customers.Customer, products map[catalogue.ProductID]catalogue.Product) ([]Numbered[subscriptions.Subscription], []Refusal) {
	list, refused := make([]Numbered[subscriptions.Subscription], 0, len(b.pending)), []Refusal(nil)
	for _, p := range b.pending {
		s, err := b.resolve(p.Value, known, products)
		if err != nil {
			refused = append(refused, Refuse(p.Row, p.ExternalID, err))
			continue
		}
		list = append(list, Numbered[subscriptions.Subscription]{p.Row, p.ExternalID, s})
	}
	return list, refused
}

func (b *Batch) resolve(p pending, known map[string]customers.Customer, products map[catalogue.ProductID]catalogue.Product) (subscriptions.Subscription, error) {
	customer, found := known[p.Customer]
	if !found {
		return subscriptions.Subscription{}, customers.ErrNotFound.Because(
			fmt.Sprintf("there is no customer with the external id %.100q; import it first", p.Customer)).On("customer_external_id")
	}
	if err := customer.Living(); err != nil {
		return subscriptions.Subscription{}, err
	}
	product, found := products[p.Product]
	if !found {
		return subscriptions.Subscription{}, catalogue.UnknownProduct(p.Product)
	}
	since := p.PartnerFrom
	if since.IsZero() {
		since = p.FirstStart
	}
	previous := slices.Clone(p.Previous)
	for i := range previous {
		previous[i].TermID = b.newID("trm_")
	}
	return subscriptions.Takeover{
		Order: subscriptions.Order{
			ID: subscriptions.ID(b.newID("sub_")), TermID: b.newID("trm_"), Customer: customer, Product: product, Partner: p.Partner,
			Seats: p.Seats, UnitPrice: p.UnitPrice, UpliftBps: p.UpliftBps, Months: p.Months, Billing: p.Billing,
			Start: p.Start, ExternalID: p.id, At: b.at,
		},
		FirstStart: p.FirstStart, PartnerFrom: since, Previous: previous,
	}.Subscription()
}

// IDTaken is ErrIDTaken for a row.
func IDTaken(id string) error {
	return ErrIDTaken.Because(fmt.Sprintf("the external id %s is there already; each row brings another one", id), "external_id", id).On("external_id")
}

// DomainTaken is customers.ErrDomainTaken for a row.
func DomainTaken(d customers.Domain) error {
	return customers.ErrDomainTaken.Because(fmt.Sprintf("%s belongs to another customer", d), "domain", string(d)).On("primary_domain")
}
