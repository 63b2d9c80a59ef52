package conduct

import (
	"fmt"
	"strings"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// question is one of the questions that a verdict is made of. The sentences
// name facts in braces.
type question struct {
	ground  Ground
	clause  Clause
	asked   func(inquiry) bool
	holds   func(inquiry) bool
	decides func(inquiry) bool // where it holds
	facts   func(inquiry) map[string]string
	yes, no string
}

// questions are asked in this order; the first that holds and decides clears
// the partner.
var questions = []question{
	notHeld,
	{
		ground: OwnCustomer, clause: EthicalEcosystem, asked: always,
		holds: func(i inquiry) bool { return i.self() && !i.capped() }, decides: always, facts: capFacts,
		yes: "The partner succeeds itself.",
		no:  "The partner does not succeed itself, or what it had is capped.",
	},
	{
		ground: PartnerMerger, clause: EthicalEcosystem, asked: others,
		holds: func(i inquiry) bool { return i.held.Own }, decides: func(i inquiry) bool { return !i.capped() }, facts: capFacts,
		yes: "Both partners are one organisation by a merger.",
		no:  "The partners are not one organisation by a merger.",
	},
	{
		ground: OutsideWindow, clause: EthicalEcosystem,
		asked: func(i inquiry) bool { return !i.own() && !i.direct() },
		holds: func(i inquiry) bool { return !i.protected() }, decides: always, facts: windowFacts,
		yes: "The change, asked for on {request_date} from {effective_date} on, lies outside the protected window: {window}.",
		no:  "The change, asked for on {request_date} from {effective_date} on, lies within the protected window: {window}.",
	},
	{
		ground: FromDirect, clause: EthicalEcosystem, asked: strangers,
		holds: inquiry.direct, decides: always, facts: noFacts,
		yes: "The vendor's own field sales served the customer, and no other partner is protected.",
		no:  "The customer does not come from the vendor's own field sales.",
	},
	{
		ground: IncumbentCeased, clause: CustomerFirst, asked: strangers,
		holds: func(i inquiry) bool { return i.held.Ceased }, decides: func(i inquiry) bool { return !i.facts.VendorReassigns }, facts: requestFacts,
		yes: "The partner that the customer leaves had ceased by {request_date}.",
		no:  "The partner that the customer leaves had not ceased by {request_date}.",
	},
	{
		ground: VendorReassigned, clause: CustomerFirst,
		asked: func(i inquiry) bool { return strangers(i) && i.facts.VendorReassigns },
		holds: func(i inquiry) bool { return i.held.Ceased }, decides: always, facts: requestFacts,
		yes: "The vendor reassigned the customer after its partner had ceased.",
		no:  "The vendor may reassign a customer only after its partner has ceased.",
	},
	letGo,
	{
		ground: IncumbentInactive, clause: CustomerFirst, asked: strangers,
		holds: inquiry.inactive, decides: always, facts: quoteFacts,
		yes: "The partner that the customer leaves had not quoted the renewal by {quote_by_date}, and the request came after that day.",
		no:  "The partner that the customer leaves had quoted the renewal by {quote_by_date}, or the request came too early to say.",
	},
	granted[ServiceFailure],
	granted[ProcurementFramework],
	granted[OtherClaim],
	{
		ground: ExemptionPending, clause: CustomerFirst, asked: ruled(Pending),
		holds: always, decides: never, facts: noFacts,
		yes: "The customer's reason claims an exemption that channel operations have not decided yet.",
	},
	exemptionRefused,
}

// The questions that are answered elsewhere too.
var (
	// notHeld never holds of a subscription that is there.
	notHeld = question{
		ground: NotHeld, clause: EthicalEcosystem, asked: always, holds: never, decides: always, facts: noFacts,
		yes: "Nobody has served the customer's group with this product family.",
		no:  "The customer's group has or had this product family.",
	}
	letGo = question{
		ground: IncumbentReleased, clause: EthicalEcosystem, asked: strangers,
		holds: func(i inquiry) bool { return i.held.Released && !i.capped() }, decides: always, facts: noFacts,
		yes: "The partner that the customer leaves has let it go.",
		no:  "The partner that the customer leaves has not let it go, or was in no position to.",
	}
	granted = map[Claim]question{
		ServiceFailure:       claimGranted(ServiceFailure, "The partner that the customer leaves did not serve it as agreed."),
		ProcurementFramework: claimGranted(ProcurementFramework, "The customer buys through a procurement framework that the partner it leaves is not on."),
		OtherClaim:           claimGranted(OtherClaim, "Channel operations granted the exemption that the customer's reason claims."),
	}
	exemptionRefused = question{
		ground: ExemptionRefused, clause: CustomerFirst, asked: ruled(Refused),
		holds: always, decides: never, facts: noFacts,
		yes: "Channel operations did not grant the exemption that the customer's reason claims.",
	}
)

// The findings of those whom no question cleared.
var (
	insideWindow = question{
		ground: InsideWindow, clause: EthicalEcosystem, facts: windowFacts,
		yes: "The customer was taken over within the protected window, and no exemption holds: {window}.",
	}
	replacementOrder = question{
		ground: ReplacementOrder, clause: EthicalEcosystem, facts: windowFacts,
		yes: "The order replaces what the customer's group had through another partner, and no exemption holds: {window}.",
	}
	capCarriedOver = question{
		ground: CapCarriedOver, clause: EthicalEcosystem, facts: capFacts,
		yes: "The order replaces the partner's own capped subscription, so its cap goes on until {cap_until_date}.",
	}
)

func claimGranted(claim Claim, sentence string) question {
	return question{
		ground: Ground(claim), clause: CustomerFirst,
		asked: func(i inquiry) bool { return ruled(Granted)(i) && i.facts.Claim == claim },
		holds: always, decides: always, facts: noFacts,
		yes: sentence,
	}
}

// ruled asks where a claim has come to a ruling. An order claims nothing.
func ruled(r Ruling) func(inquiry) bool {
	return func(i inquiry) bool {
		return strangers(i) && !i.facts.Order && i.facts.Claim != NoClaim && i.facts.Ruling == r
	}
}

func always(inquiry) bool      { return true }
func never(inquiry) bool       { return false }
func others(i inquiry) bool    { return !i.self() }
func strangers(i inquiry) bool { return !i.own() }

// answer is the finding, whether the question holds or not.
func (q question) answer(i inquiry, holds bool) Finding {
	f := Finding{Ground: q.ground, Holds: holds, Clause: q.clause, Facts: q.facts(i), Sentence: q.no}
	if holds {
		f.Sentence = q.yes
	}
	f.Sentence = strings.NewReplacer(
		"{effective_date}", i.facts.Effective.String(), "{request_date}", i.facts.Requested.String(),
		"{quote_by_date}", i.quoteBy().String(), "{cap_until_date}", i.held.CapUntil.String(), "{window}", i.window(),
	).Replace(f.Sentence)
	return f
}

func noFacts(inquiry) map[string]string { return nil }

func requestFacts(i inquiry) map[string]string {
	return map[string]string{"request_date": i.facts.Requested.String()}
}

// capFacts tell of the cap on what the partner itself had.
func capFacts(i inquiry) map[string]string {
	if !i.own() || i.held.CapUntil.IsZero() {
		return nil
	}
	return map[string]string{"cap_until_date": i.held.CapUntil.String(), "effective_date": i.facts.Effective.String()}
}

func windowFacts(i inquiry) map[string]string {
	facts := map[string]string{
		"request_date": i.facts.Requested.String(), "effective_date": i.facts.Effective.String(), "term_end_date": i.held.End().String(),
	}
	if !i.facts.Order {
		facts["window_end_date"] = i.held.ProtectedUntil().String()
	}
	return facts
}

func quoteFacts(i inquiry) map[string]string {
	facts := map[string]string{
		"request_date": i.facts.Requested.String(), "term_end_date": i.held.Term.End.String(), "quote_by_date": i.quoteBy().String(),
	}
	if !i.held.Quoted.IsZero() {
		facts["quote_date"] = i.held.Quoted.String()
	}
	return facts
}

// quoteBy is the last day on which a quote is in time.
func (i inquiry) quoteBy() calendar.Date { return i.held.Term.End.AddDays(-int(i.policy.InactiveDays)) }

// window says in words what is protected.
func (i inquiry) window() string {
	if i.facts.Order {
		return fmt.Sprintf("the subscription ends on %s, and it is protected while it runs and for %d days on either side of its end",
			i.held.End(), i.policy.OrderWindowDays)
	}
	return fmt.Sprintf("the term ends on %s, and the window %d days later, on %s", i.held.End(), i.held.ProtectDays, i.held.ProtectedUntil())
}
