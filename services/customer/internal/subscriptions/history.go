package subscriptions

import (
	"fmt"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Past is a term that ended before the running one of a subscription that is
// taken over.
type Past struct {
	TermID    string
	Start     calendar.Date
	Months    int
	Seats     int64
	UnitPrice money.Amount
	Billing   Billing
}

// maxPast bounds a history: ten years of monthly terms. With more, a page of
// the feed would be larger than its readers accept.
const maxPast = 120

// history makes the terms before the running one, which cover every day from
// FirstStart to Start; none if they are not known.
func (t Takeover) history() ([]Term, error) {
	if len(t.Previous) == 0 {
		return nil, nil
	}
	if len(t.Previous) > maxPast {
		return nil, ErrInvalid.Because(fmt.Sprintf("%d previous terms are too many; bring up to %d, or none", len(t.Previous), maxPast)).On("previous_terms")
	}
	terms, next := make([]Term, 0, len(t.Previous)+1), t.FirstStart
	for i, p := range t.Previous {
		term, err := t.past(p, next)
		if refusal, ok := fault.Of(err); ok {
			return nil, refusal.On(fmt.Sprintf("previous_terms[%d].%s", i, refusal.Field))
		}
		if err != nil {
			return nil, err
		}
		terms, next = append(terms, term), term.Span.End
	}
	if next != t.Start {
		return nil, dateInvalid("term_start_date", "the previous terms end on %s, so the running one begins on that day, not on %s", next, t.Start)
	}
	return terms, nil
}

// past makes the term that begins on a day, with refusals on its own fields.
func (t Takeover) past(p Past, begins calendar.Date) (Term, error) {
	switch {
	case p.Start == begins:
	case begins == t.FirstStart:
		return Term{}, dateInvalid("start_date", "the oldest term begins on first_start_date, %s, not on %s; bring all terms, or none", begins, p.Start)
	default:
		return Term{}, dateInvalid("start_date", "the term before ends on %s, so this one begins on that day, not on %s", begins, p.Start)
	}
	if err := calendar.CheckMonths(p.Months); err != nil {
		return Term{}, fault.At("term_months", err)
	}
	days, err := calendar.TermFrom(t.FirstStart, p.Start, p.Months)
	if err != nil {
		return Term{}, fault.At("start_date", err)
	}
	if err := checkBilling(p.Billing); err != nil {
		return Term{}, err
	}
	if p.UnitPrice.Currency != t.UnitPrice.Currency {
		return Term{}, money.ErrMismatch.Because(fmt.Sprintf("the subscription is priced in %s, in all its terms", t.UnitPrice.Currency),
			"currency", string(t.UnitPrice.Currency)).On("unit_price")
	}
	return newTerm(Term{
		ID: p.TermID, Span: days, Months: p.Months, Seats: p.Seats, UnitPrice: p.UnitPrice, Billing: p.Billing,
	}, t.UpliftBps)
}
