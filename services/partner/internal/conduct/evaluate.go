package conduct

import (
	"slices"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
)

// Evaluate returns what a change of partner does to the margin under a version
// of the code of practice, or a refusal that names the fact at fault. Of
// several subscriptions the one with the worst answer decides, and the findings
// are about that one alone.
func Evaluate(f Facts, p Policy) (Verdict, error) {
	if err := f.check(); err != nil {
		return Verdict{}, err
	}
	if len(f.Held) == 0 {
		nothing := inquiry{facts: f, policy: p}
		nothing.find(notHeld.answer(nothing, true), true)
		return nothing.verdict(Clean, Cap{}), nil
	}
	worst := inquire(inquiry{facts: f, policy: p, held: f.Held[0]})
	for _, h := range f.Held[1:] {
		if other := inquire(inquiry{facts: f, policy: p, held: h}); other.worse(worst) {
			worst = other
		}
	}
	return worst, nil
}

// worse reports whether v is the worse answer for the challenger: poaching is
// worse than a clean change, a longer cap than a shorter one, and a clean
// change that took more questions than one that took fewer.
func (v Verdict) worse(than Verdict) bool {
	switch {
	case v.Outcome != than.Outcome:
		return v.Outcome == Poached
	case v.Outcome == Poached:
		return v.Cap.Until.After(than.Cap.Until)
	}
	return rank(v) > rank(than)
}

// rank is how far down the questions a verdict was decided.
func rank(v Verdict) int {
	return slices.IndexFunc(questions, func(q question) bool { return q.ground == v.Decisive().Ground })
}

// inquiry is the way through the questions about one subscription.
type inquiry struct {
	facts    Facts
	policy   Policy
	held     Held
	from     partners.ID // that the customer leaves
	findings []Finding
}

// inquire asks about one subscription until an answer decides.
func inquire(i inquiry) Verdict {
	i.from = i.leaves()
	for _, q := range questions {
		if !q.asked(i) {
			continue
		}
		finding := q.answer(i, q.holds(i))
		decides := finding.Holds && q.decides(i)
		i.find(finding, decides)
		if decides {
			return i.verdict(Clean, Cap{})
		}
	}
	return i.poached()
}

// leaves returns the partner that the customer leaves. The vendor's own field
// sales are looked through to the partner before, if that is the challenger or
// its window still runs, though not by themselves.
func (i inquiry) leaves() partners.ID {
	h, challenger := i.held, i.facts.Partner
	if h.Partner != partners.Direct || h.Previous == "" || challenger == partners.Direct {
		return h.Partner
	}
	if h.Previous == challenger || h.Own || i.runs() {
		return h.Previous
	}
	return h.Partner
}

// poached returns the verdict of someone whom no question has cleared.
func (i inquiry) poached() Verdict {
	limit, last := i.policy.Cap(i.facts.Effective), insideWindow
	switch {
	case i.own():
		limit.Until, last = i.held.CapUntil, capCarriedOver
	case i.facts.Order:
		last = replacementOrder
	}
	i.find(last.answer(i, true), true)
	return i.verdict(Poached, limit)
}

func (i *inquiry) find(f Finding, decisive bool) {
	f.Decisive = decisive
	i.findings = append(i.findings, f)
}

func (i inquiry) verdict(o Outcome, limit Cap) Verdict {
	return Verdict{
		Outcome: o, Findings: i.findings, Cap: limit, CodeVersion: i.policy.Version, FactsDate: i.facts.Requested,
		Incumbent: i.incumbent(),
	}
}

// incumbent is who loses the customer: nobody where the partner succeeds
// itself, or where an order replaces nothing.
func (i inquiry) incumbent() partners.ID {
	if i.own() || i.facts.Order && i.from != partners.Direct && !i.protected() {
		return ""
	}
	return i.from
}

// self reports whether the partner succeeds itself.
func (i inquiry) self() bool { return i.from == i.facts.Partner }

// own reports whether it does, or one that it is one with by a merger.
func (i inquiry) own() bool { return i.self() || i.held.Own }

// capped reports whether the cap on who serves the customer is alive when the
// new relationship begins. Nobody escapes a cap by succeeding itself, nor by
// letting the customer go to an accomplice.
func (i inquiry) capped() bool { return i.held.CapUntil.After(i.facts.Effective) }

// direct reports whether the customer leaves the vendor's own field sales.
func (i inquiry) direct() bool { return i.from == partners.Direct }

// protected reports whether an order replaces what is held, or a transfer is
// asked for or begins in the protected window. A first day beyond the window
// does not help who asks within it: the contract would have expired by then,
// unless the incumbent has renewed it.
func (i inquiry) protected() bool {
	return i.runs() || !i.facts.Order && i.held.Protected(i.facts.Requested)
}

// runs reports whether what is held is protected on the new relationship's
// first day.
func (i inquiry) runs() bool {
	h, on := i.held, i.facts.Effective
	if !i.facts.Order {
		return h.Protected(on)
	}
	if !on.Before(h.From) && on.Before(h.End()) {
		return true
	}
	distance := on.DaysUntil(h.End())
	return max(distance, -distance) <= int(i.policy.OrderWindowDays)
}

// inactive reports whether the incumbent of a term of a year or more had not
// quoted in time, and the request did not come too early to know. A
// subscription that was cancelled by then had no renewal to quote, and a partner
// that took it over later could not.
func (i inquiry) inactive() bool {
	h, by := i.held, i.quoteBy()
	if h.TermMonths < 12 || !i.facts.Requested.After(by) || h.From.After(by) {
		return false
	}
	if !h.Cancelled.IsZero() && !h.Cancelled.After(by) {
		return false
	}
	return h.Quoted.IsZero() || h.Quoted.After(by)
}
