package margin

import (
	"slices"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Share is one partner's part of a booked term, by days: all of it at first,
// and two parts once a change of partner has fallen into it. Rewards are not
// divided: they stay with the partner that brought the business.
type Share struct {
	Span        calendar.Term // its days; empty for a part without any
	Net         money.Amount
	Margin      money.Amount
	Agreed      money.Bps  // the rate before any cap
	Cap         *money.Bps // nil unless a cap is live
	Effective   money.Bps  // the lower of the two
	Mode        Mode
	Instalments []Instalment // dated, without rewards
}

// Share returns the whole term as it was booked.
func (c Calculation) Share() Share {
	whole := Share{
		Span: c.Term, Net: c.Net, Margin: c.Margin, Agreed: c.Locked, Cap: c.Cap, Effective: c.Effective, Mode: c.Mode,
		Instalments: slices.Clone(c.Instalments),
	}
	for i := range whole.Instalments {
		whole.Instalments[i].Reward = money.Amount{}
	}
	return whole
}

// Split divides the share at another partner's first day, which has the new
// part (half-open). Net and margin of the instalment that the day falls into
// are divided by days, by largest remainder; the others go to either side whole
// and keep their numbers. The old part keeps the margins that were booked. The
// new one earns at its own rate: its net times that rate, rounded once, and
// allocated among its instalments. The nets of both add up to the share's.
//
// A day on or before the share's first leaves the old part empty, one on or
// after its end the new part. It returns DATE_INVALID for a share without days,
// or MARGIN_BPS_OUT_OF_RANGE.
func (s Share) Split(at calendar.Date, rate Rate, mode Mode) (old, new Share, err error) {
	if s.Span.Empty() {
		return old, new, calendar.ErrDateInvalid.Because("a term without days can't be divided between partners")
	}
	if err := rate.check(); err != nil {
		return old, new, err
	}
	at = calendar.Min(calendar.Max(at, s.Span.Start), s.Span.End)
	old, new = s, s
	old.Span.End, new.Span.Start = at, at
	old.Instalments, new.Instalments = nil, nil
	for i, whole := range s.Instalments {
		before, after, err := whole.split(s.span(i), at)
		if err != nil {
			return old, new, err
		}
		if at.After(before.Start) {
			old.Instalments = append(old.Instalments, before)
		}
		if at.Before(s.span(i).End) {
			new.Instalments = append(new.Instalments, after)
		}
	}
	old.Net, old.Margin = total(old.Instalments, s.Net.Currency)
	new.Net, _ = total(new.Instalments, s.Net.Currency)
	return old, new, new.price(rate, mode)
}

// span returns the days that the i-th instalment pays for.
func (s Share) span(i int) calendar.Term {
	if i+1 < len(s.Instalments) {
		return calendar.Term{Start: s.Instalments[i].Start, End: s.Instalments[i+1].Start}
	}
	return calendar.Term{Start: s.Instalments[i].Start, End: s.Span.End}
}

// split divides the instalment for these days into what is before a day and the
// rest, which begins then.
func (p Instalment) split(days calendar.Term, at calendar.Date) (before, after Instalment, err error) {
	before, after = p, p
	after.Start = calendar.Max(at, p.Start)
	weights := [...]int64{
		int64(calendar.Term{Start: days.Start, End: calendar.Min(at, days.End)}.Days()),
		int64(calendar.Term{Start: after.Start, End: days.End}.Days()),
	}
	var parts [4]money.Amount
	divided, err := money.AppendAllocated(parts[:0], p.Net, weights[:])
	if err == nil {
		divided, err = money.AppendAllocated(divided, p.Margin, weights[:])
	}
	if err != nil {
		return before, after, err
	}
	before.Net, after.Net, before.Margin, after.Margin = divided[0], divided[1], divided[2], divided[3]
	return before, after, nil
}

func total(list []Instalment, c money.Currency) (net, margin money.Amount) {
	net, margin = money.Amount{Currency: c}, money.Amount{Currency: c}
	for _, part := range list {
		net.Minor += part.Net.Minor
		margin.Minor += part.Margin.Minor
	}
	return net, margin
}

// price gives the share the margin of a partner that begins with it.
func (s *Share) price(rate Rate, mode Mode) (err error) {
	s.Mode, s.Agreed, s.Cap, s.Effective = mode, rate.Agreed(), nil, rate.Effective(s.Span.Start)
	if rate.Cap.Live(s.Span.Start) {
		limit := rate.Cap.Rate
		s.Cap = &limit
	}
	if s.Margin, err = s.Net.Portion(s.Effective); err != nil || len(s.Instalments) == 0 {
		return err
	}
	return earn(s.Instalments, s.Margin)
}
