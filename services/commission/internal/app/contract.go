package app

import (
	"cmp"
	"fmt"
	"strings"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// contract is a subscription as customer has it.
type contract struct {
	id, etag, zone string
	revision       int64
	anchor         calendar.Date
	uplift         money.Bps
	cancelDate     calendar.Date // no date if it is not cancelled
	terms          []contractTerm
	partners       []tenure // those that the caller may see
	proto          *customerv1.Subscription
}

// contractTerm is a term that is not cancelled.
type contractTerm struct {
	span      calendar.Term
	months    int   // 0 for a stub
	seats     int64 // at its end: those changed within it included
	unitPrice money.Amount
	billing   margin.Billing
	bookedBy  string
}

// contractOf reads a subscription with its terms and partners of record.
func contractOf(sub *customerv1.Subscription) (contract, error) {
	var dates dateReader
	c := contract{
		id: sub.GetSubscriptionId(), etag: sub.GetEtag(), zone: sub.GetTimeZone(), revision: sub.GetRevision(),
		anchor: dates.read(sub.GetAnchorDate()), uplift: money.Bps(sub.GetUpliftBps()), proto: sub,
	}
	if sub.GetState() == customerv1.SubscriptionState_SUBSCRIPTION_STATE_CANCELLED {
		c.cancelDate = dates.read(sub.GetCancelDate())
	}
	for _, p := range sub.GetPartnersOfRecord() {
		c.partners = append(c.partners, tenure{p.GetPartnerId(), dates.read(p.GetFromDate()), dates.read(p.GetUntilDate()), p.GetTransferId()})
	}
	for _, t := range sub.GetTerms() {
		if t.GetCancelled() {
			continue
		}
		price, err := amountOf(t.GetUnitPrice())
		if err != nil {
			return contract{}, fmt.Errorf("unit price of term %s: %w", t.GetTermId(), err)
		}
		c.terms = append(c.terms, contractTerm{
			span: calendar.Term{Start: dates.read(t.GetStartDate()), End: dates.read(t.GetEndDate())}, months: int(t.GetTermMonths()),
			seats: cmp.Or(t.GetFinalSeats(), t.GetSeats()), unitPrice: price, billing: billingOf(t.GetBilling()), bookedBy: t.GetBookedBy(),
		})
	}
	if n := len(c.terms); n > 0 && sub.GetSeats() > 0 {
		c.terms[n-1].seats = sub.GetSeats() // those added within the term included
	}
	if dates.err != nil {
		return contract{}, fmt.Errorf("subscription %s: %w", c.id, dates.err)
	}
	return c, nil
}

// dateReader reads many dates and keeps the first error. No text is no date.
type dateReader struct{ err error }

func (r *dateReader) read(text string) calendar.Date {
	d, err := optionalDate(text)
	if err != nil && r.err == nil {
		r.err = err
	}
	return d
}

// partnerOn returns the partner of record on a day, or "" if none is, or none
// that the caller may see.
func (c contract) partnerOn(day calendar.Date) string { return c.tenureOn(day).partnerID }

// tenureOn returns the time of the partner of record on a day, or the zero
// tenure where partnerOn returns "".
func (c contract) tenureOn(day calendar.Date) tenure {
	for _, p := range c.partners {
		if !day.Before(p.from) && (p.until.IsZero() || day.Before(p.until)) {
			return p
		}
	}
	return tenure{}
}

// ending returns the term with this end.
func (c contract) ending(on calendar.Date) (contractTerm, bool) {
	for _, t := range c.terms {
		if t.span.End == on {
			return t, true
		}
	}
	return contractTerm{}, false
}

// starting returns the term with this start.
func (c contract) starting(on calendar.Date) (contractTerm, bool) {
	for _, t := range c.terms {
		if t.span.Start == on {
			return t, true
		}
	}
	return contractTerm{}, false
}

// past reports whether a term was followed by one that nobody booked, because
// both came with an import: its end is history, not a renewal.
func (c contract) past(t contractTerm) bool {
	next, there := c.starting(t.span.End)
	return there && next.bookedBy == ""
}

// renewed is what the rules price: the end of a term of this contract.
func (c contract) renewed(t contractTerm) renewal.Contract {
	return renewal.Contract{
		Anchor: c.anchor, Term: t.span, Months: t.months, Seats: t.seats, UnitPrice: t.unitPrice, Uplift: c.uplift, Billing: t.billing,
	}
}

const (
	renewalPrefix      = "rnw_"
	subscriptionPrefix = "sub_"
	compactDate        = "YYYYMMDD"
)

// renewalID is made of the subscription and the end of its term.
func renewalID(subscriptionID string, due calendar.Date) string {
	return renewalPrefix + strings.TrimPrefix(subscriptionID, subscriptionPrefix) + "_" + strings.ReplaceAll(due.String(), "-", "")
}

// parseRenewalID takes apart what renewalID made; not ok for any other text.
func parseRenewalID(id string) (subscriptionID string, due calendar.Date, ok bool) {
	rest, found := strings.CutPrefix(id, renewalPrefix)
	cut := len(rest) - len("_"+compactDate)
	if !found || cut < 1 || rest[cut] != '_' {
		return "", calendar.Date{}, false
	}
	day := rest[cut+1:]
	due, err := calendar.ParseDate(day[:4] + "-" + day[4:6] + "-" + day[6:])
	return subscriptionPrefix + rest[:cut], due, err == nil
}

func amountOf(m *typev1.Money) (money.Amount, error) {
	return money.Parse(m.GetCurrencyCode(), m.GetAmount())
}

func moneyOf(a money.Amount) *typev1.Money {
	return &typev1.Money{CurrencyCode: string(a.Currency), Amount: a.Decimal()}
}

const billingEnum = "BILLING_"

func billingOf(b customerv1.Billing) margin.Billing {
	if b == customerv1.Billing_BILLING_UNSPECIFIED {
		return ""
	}
	return margin.Billing(strings.TrimPrefix(b.String(), billingEnum))
}

func protoBilling(b margin.Billing) customerv1.Billing {
	return customerv1.Billing(customerv1.Billing_value[billingEnum+string(b)])
}
