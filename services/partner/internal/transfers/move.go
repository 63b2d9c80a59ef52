package transfers

import (
	"slices"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Move is one subscription that moves.
type Move struct {
	SubscriptionID string        `json:"subscription_id"`
	ProductID      string        `json:"product_id"`
	ProductName    string        `json:"product_name"`
	EffectiveDate  calendar.Date `json:"effective_date"` // first day of the challenger
	Incumbent      partners.ID   `json:"incumbent"`      // partner of record on that day before the move
	Protected      partners.ID   `json:"protected"`      // whom the case is about; see loses
	CaseID         string        `json:"case_id"`        // empty until the consent
	ContestBy      calendar.Date `json:"contest_by"`     // no date where there is nothing to contest
	Contested      bool          `json:"contested"`
	Released       bool          `json:"released"`
	Done           bool          `json:"done"` // the contract has it
	// FailureReason is why the contract refused it for good; empty unless it did.
	FailureReason fault.Reason `json:"failure_reason"`
}

// loses reports whether an id is that of the partner that loses the customer:
// the incumbent, or where that is the vendor itself, the partner before it that
// the case turned out to be about.
func (m Move) loses(id partners.ID) bool {
	return id == m.Incumbent || m.Protected != "" && id == m.Protected
}

// Pending reports whether the contract's answer is still to come.
func (m Move) Pending() bool { return !m.Done && m.FailureReason == "" }

// Carried returns t after the contract has answered about a subscription: it
// has the move, or has refused it for good for a reason. With the last answer
// t completes, or fails if no subscription moved. A second answer changes
// nothing, except that a move wins over a refusal: the contract is the truth.
func (t Transfer) Carried(subscriptionID string, failure fault.Reason) Transfer {
	i := slices.IndexFunc(t.Moves, func(m Move) bool { return m.SubscriptionID == subscriptionID })
	if i < 0 || !t.Agreed() || t.Moves[i].Done || failure != "" && !t.Moves[i].Pending() {
		return t
	}
	t.Moves = slices.Clone(t.Moves)
	t.Moves[i].Done, t.Moves[i].FailureReason = failure == "", failure
	switch {
	case slices.ContainsFunc(t.Moves, Move.Pending):
	case slices.ContainsFunc(t.Moves, func(m Move) bool { return m.Done }):
		t.State = Completed
	default:
		t.State = Failed
	}
	return t.changed()
}

// Products returns the names of what moves, each once, in order.
func (t Transfer) Products() []string {
	var names []string
	for _, m := range t.Moves {
		names = append(names, m.ProductName)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
