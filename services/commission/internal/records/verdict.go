package records

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// Case is what is known of the case that decides about a relationship's cap:
// which one, at which of its revisions, whether the difference that the cap
// makes is held, and whether it is over. The zero value is no case.
type Case struct {
	ID       string `json:"id"`
	Revision int64  `json:"revision"`
	Held     bool   `json:"held,omitempty"`
	Final    bool   `json:"final,omitempty"`
}

// Open reports whether there is a case that may still be decided otherwise.
func (c Case) Open() bool { return c.ID != "" && !c.Final }

// Verdict is a case as the partner service tells it, with the tenure that it
// is about. Cap is nil while the outcome is CLEAN.
type Verdict struct {
	Case
	SubscriptionID, PartnerID string
	TransferID                string        // empty for an order
	From                      calendar.Date // first day of the new relationship
	Cap                       *margin.Cap
}

// Ruled returns the relationship as a verdict leaves it, and whether that is
// news. An older revision of the case than the known one changes nothing; the
// same one can only have become final, which the day decides.
func (r Relationship) Ruled(v Verdict) (Relationship, bool) {
	known := r.Case
	switch {
	case v.Revision < known.Revision || known.ID != "" && known.ID != v.ID:
		return r, false
	case v.Revision == known.Revision && known.ID == v.ID:
		v.Final = v.Final || known.Final
		if known == v.Case {
			return r, false
		}
	}
	r.Case, r.Cap = v.Case, v.Cap
	if r.TransferID == "" {
		r.TransferID = v.TransferID
	}
	return r, true
}

// TermShare is one partner's part of a booked or imported term that a transfer
// fell into. Only ReplacedBy ever changes: a later transfer within the same
// term divides the part again.
type TermShare struct {
	ID             string              `json:"id"`
	SourceID       string              `json:"source_id"` // the submission, or the imported term
	SubscriptionID string              `json:"subscription_id"`
	PartnerID      string              `json:"partner_id"`
	RelationshipID string              `json:"relationship_id"`
	TransferID     string              `json:"transfer_id"`
	Term           calendar.Term       `json:"term"`
	Span           calendar.Term       `json:"span"` // the part's days
	Net            money.Amount        `json:"net"`
	Margin         money.Amount        `json:"margin"`
	Agreed         money.Bps           `json:"agreed"`
	Cap            *money.Bps          `json:"cap,omitempty"`
	Effective      money.Bps           `json:"effective"`
	Mode           margin.Mode         `json:"mode"`
	Instalments    []margin.Instalment `json:"instalments"`
	ReplacedBy     string              `json:"replaced_by,omitempty"`
	CreateTime     time.Time           `json:"create_time"`
}

// WithholdingState is where the difference that a cap makes stands.
type WithholdingState string

// The states of a withholding.
const (
	Kept     WithholdingState = "KEPT"     // it stays with the vendor
	Held     WithholdingState = "HELD"     // a review or an appeal decides
	Released WithholdingState = "RELEASED" // the verdict became CLEAN: it is the partner's
)

// Withholding is what a cap makes of one booked margin or share: the margin at
// the agreed rate and the one at the cap.
type Withholding struct {
	ID             string           `json:"id"`
	CaseID         string           `json:"case_id"`
	RelationshipID string           `json:"relationship_id"`
	SubscriptionID string           `json:"subscription_id"`
	PartnerID      string           `json:"partner_id"`
	SourceID       string           `json:"source_id"`
	Agreed         money.Amount     `json:"agreed"`
	Capped         money.Amount     `json:"capped"`
	State          WithholdingState `json:"state"`
	Revision       revision.Number  `json:"revision"`
	CreateTime     time.Time        `json:"create_time"`
	UpdateTime     time.Time        `json:"update_time"`
}

// Amount is the difference.
func (w Withholding) Amount() money.Amount {
	return money.Amount{Minor: w.Agreed.Minor - w.Capped.Minor, Currency: w.Agreed.Currency}
}

// Standing returns where the difference stands that a relationship's case makes.
func (r Relationship) Standing() WithholdingState {
	switch {
	case r.Cap == nil:
		return Released
	case r.Case.Held:
		return Held
	}
	return Kept
}

// Earned is the margin of a booked term or of a part of one, or the reward that
// was booked beside it.
type Earned struct {
	SourceID  string        // the submission, or the share; of a reward as RewardSource says
	TermStart calendar.Date // of the whole term; decides whether a cap is live
	Share     margin.Share
	Reward    money.Amount // the zero value for a margin
}

// RewardSource is the source of the reward that a submission booked.
func RewardSource(submissionID string) string { return submissionID + ":reward" }

// ImportedID names a term that no submission booked, as the source of what it
// earns: its subscription and its first day.
func ImportedID(subscriptionID, start string) string { return subscriptionID + ":" + start }

// Withholds returns what the relationship's case makes of an earned margin, as
// the next revision of what was known of it (the zero value for nothing), and
// whether that is news. What was earned under a cap is measured by that cap,
// what was earned in full by the one that came later; of a reward nothing is
// left by a cap. Once withheld, an amount stays on record when the verdict
// becomes CLEAN.
func (r Relationship) Withholds(e Earned, known Withholding) (Withholding, bool, error) {
	next := known
	next.State = r.Standing()
	limit := e.Share.Cap
	if limit == nil {
		limit = r.Cap.On(e.TermStart)
	}
	switch {
	case limit == nil:
	case e.Reward.Currency != "":
		next.Agreed, next.Capped = e.Reward, money.Amount{Currency: e.Reward.Currency}
	default:
		held, err := e.Share.Withheld(*limit)
		if err != nil {
			return known, false, err
		}
		next.Agreed, next.Capped = held.Agreed, held.Capped
	}
	if known.ID == "" && next.Amount().IsZero() {
		return known, false, nil
	}
	next.CaseID, next.RelationshipID, next.SubscriptionID, next.PartnerID = r.Case.ID, r.ID, r.SubscriptionID, r.PartnerID
	next.SourceID = e.SourceID
	return next, next != known, nil
}

// Replaced returns the withholding of a margin that a transfer has divided: its
// part has one of its own.
func (w Withholding) Replaced() Withholding {
	w.Agreed.Minor, w.Capped.Minor = 0, 0
	return w
}

// Booking is what was booked for days of a term, or imported: the whole that a
// transfer may divide. RelationshipID is empty where no margin was locked.
type Booking struct {
	SourceID       string
	RelationshipID string
	Term           calendar.Term
	Calculation    margin.Calculation
}
