package renewal

import (
	"fmt"
	"strconv"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Refusals of quotes.
var (
	ErrQuoteExpired   = fault.New("QUOTE_EXPIRED", "the quote is not binding any more")
	ErrQuoteWithdrawn = fault.New("QUOTE_WITHDRAWN", "the quote was withdrawn")
	ErrQuoteMismatch  = fault.New("QUOTE_MISMATCH", "the quote is for another renewal, term or number of seats")
)

// How long a quote binds, as the contract of the API promises.
const (
	DefaultQuoteDays = 30
	MaxQuoteDays     = 90
)

// QuoteState is where a quote stands on a day.
type QuoteState string

// States of a quote.
const (
	QuoteOpen      QuoteState = "OPEN"
	QuoteAccepted  QuoteState = "ACCEPTED"
	QuoteExpired   QuoteState = "EXPIRED"
	QuoteWithdrawn QuoteState = "WITHDRAWN"
)

// Quote is what a partner has bound itself and the vendor to.
type Quote struct {
	ID         string
	RenewalID  string
	PartnerID  string
	ValidUntil calendar.Date // last day on which it binds
	Wish       Wish          // filled
	Accepted   bool
	Withdrawn  bool
}

// StateOn returns the state on a day.
func (q Quote) StateOn(day calendar.Date) QuoteState {
	switch {
	case q.Withdrawn:
		return QuoteWithdrawn
	case q.Accepted:
		return QuoteAccepted
	case day.After(q.ValidUntil):
		return QuoteExpired
	}
	return QuoteOpen
}

// Validity returns the last day of a quote made today: the one asked for, or 30
// days from today if none was, but not after the last day on which the renewal
// can be submitted. It returns DATE_INVALID for a day before today, more than 90
// days ahead or after that last day.
func (r Renewal) Validity(asked, today calendar.Date) (calendar.Date, error) {
	last := calendar.Min(today.AddDays(MaxQuoteDays), r.LastDay())
	if asked.IsZero() {
		return calendar.Min(today.AddDays(DefaultQuoteDays), last), nil
	}
	if asked.Before(today) || asked.After(last) {
		return calendar.Date{}, calendar.ErrDateInvalid.Because(
			fmt.Sprintf("a quote made on %s can bind until %s at the latest, not until %s", today, last, asked),
			"valid_until_date", asked.String(), "max", last.String()).On("valid_until_date")
	}
	return asked, nil
}

// CheckAccept returns nil if a submission of this wish may be made from the
// quote today: ErrQuoteMismatch for another renewal, partner or wish (what the
// wish leaves out is taken from the quote), ErrQuoteWithdrawn, ErrQuoteExpired,
// or ErrAlreadySubmitted if it was accepted before.
func (q Quote) CheckAccept(r Renewal, partnerID string, w Wish, today calendar.Date) error {
	if q.RenewalID != r.ID || q.PartnerID != partnerID {
		return ErrQuoteMismatch.Because(
			fmt.Sprintf("quote %s is not for renewal %s; submit the renewal that was quoted, or leave the quote out", q.ID, r.ID), "quote_id", q.ID).On("quote_id")
	}
	switch q.StateOn(today) {
	case QuoteWithdrawn:
		return ErrQuoteWithdrawn.Because(fmt.Sprintf("quote %s was withdrawn; create a new one", q.ID), "quote_id", q.ID).On("quote_id")
	case QuoteExpired:
		return ErrQuoteExpired.Because(
			fmt.Sprintf("quote %s was binding until %s; create a new one", q.ID, q.ValidUntil), "quote_id", q.ID, "valid_until_date", q.ValidUntil.String()).On("quote_id")
	case QuoteAccepted:
		return r.alreadySubmitted()
	}
	return q.checkWish(w)
}

func (q Quote) checkWish(w Wish) error {
	switch {
	case w.Months != 0 && w.Months != q.Wish.Months:
		return q.mismatch("term_months", q.Wish.length(), w.length())
	case !w.End.IsZero() && w.End != q.Wish.End:
		return q.mismatch("coterm_date", q.Wish.length(), w.length())
	case w.Seats != 0 && w.Seats != q.Wish.Seats:
		return q.mismatch("seats", fmt.Sprintf("%d seats", q.Wish.Seats), strconv.FormatInt(w.Seats, 10))
	case w.Billing != "" && w.Billing != q.Wish.Billing:
		return q.mismatch("billing", "billing "+string(q.Wish.Billing), string(w.Billing))
	}
	return nil
}

func (q Quote) mismatch(field, quoted, wished string) error {
	return ErrQuoteMismatch.Because(
		fmt.Sprintf("quote %s is for %s, not %s; submit what was quoted, or leave the quote out", q.ID, quoted, wished), "quote_id", q.ID).On(field)
}

// length says how long the new term is to be.
func (w Wish) length() string {
	if w.Months == 0 {
		return "a term until " + w.End.String()
	}
	return fmt.Sprintf("a term of %d months", w.Months)
}

// Withdraw returns the quote withdrawn, or ErrState unless it is open.
func (q Quote) Withdraw(today calendar.Date) (Quote, error) {
	if state := q.StateOn(today); state != QuoteOpen {
		return q, ErrState.Because(fmt.Sprintf("quote %s is %s; only an open quote can be withdrawn", q.ID, state), "quote_id", q.ID, "state", string(state))
	}
	q.Withdrawn = true
	return q, nil
}
