package conduct

import (
	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Outcome is what a verdict comes to.
type Outcome string

// The outcomes.
const (
	Clean   Outcome = "CLEAN"
	Poached Outcome = "POACHED"
)

// Ground is what a finding is about.
type Ground string

// The grounds, in the order in which they are asked.
const (
	NotHeld           Ground = "NOT_HELD"
	OwnCustomer       Ground = "OWN_CUSTOMER"
	PartnerMerger     Ground = "PARTNER_MERGER"
	OutsideWindow     Ground = "OUTSIDE_WINDOW"
	FromDirect        Ground = "FROM_DIRECT"
	IncumbentCeased   Ground = "INCUMBENT_CEASED"
	VendorReassigned  Ground = "VENDOR_REASSIGNED"
	IncumbentReleased Ground = "INCUMBENT_RELEASED"
	IncumbentInactive Ground = "INCUMBENT_INACTIVE"
	ExemptionPending  Ground = "EXEMPTION_UNDER_REVIEW"
	ExemptionRefused  Ground = "EXEMPTION_REFUSED"
	InsideWindow      Ground = "INSIDE_WINDOW"
	ReplacementOrder  Ground = "REPLACEMENT_ORDER"
	CapCarriedOver    Ground = "CAP_CARRIED_OVER"
	CapWaived         Ground = "WAIVED"
	AppealUpheld      Ground = "APPEAL_UPHELD"
	GroundService            = Ground(ServiceFailure)
	GroundProcurement        = Ground(ProcurementFramework)
	GroundOther              = Ground(OtherClaim)
)

// Clause is a clause of the code of practice.
type Clause string

// The clauses that verdicts rest on.
const (
	EthicalEcosystem Clause = "ethical-ecosystem"
	CustomerFirst    Clause = "customer-first"
)

// Finding is the answer to one question. It never names another partner.
type Finding struct {
	Ground   Ground            `json:"ground"`
	Holds    bool              `json:"holds"`
	Decisive bool              `json:"decisive"`
	Clause   Clause            `json:"clause"`
	Facts    map[string]string `json:"facts"`
	Sentence string            `json:"sentence"`
}

// Cap limits a margin.
type Cap struct {
	Bps   money.Bps     `json:"bps"`
	Until calendar.Date `json:"until"` // ends with the first renewal that starts on this day or later
}

// Verdict is what a change of partner does to the margin, and why. The
// decisive finding is the last one. The cap is zero unless it is POACHED.
type Verdict struct {
	Outcome     Outcome       `json:"outcome"`
	Findings    []Finding     `json:"findings"`
	Cap         Cap           `json:"cap"`
	CodeVersion code.ID       `json:"code_version"`
	FactsDate   calendar.Date `json:"facts_date"`
	// Incumbent is the partner that the customer leaves, if any. It is for the
	// vendor's people and never part of what a partner is told.
	Incumbent partners.ID `json:"-"`
}

// Policy is the version of the code of practice that is applied.
type Policy struct {
	Version code.ID
	code.Policy
}

// Cap returns the cap of a poached relationship that begins on a day.
func (p Policy) Cap(from calendar.Date) Cap {
	return Cap{Bps: p.CapBps, Until: from.AddMonths(int(p.CapMonths))}
}

// Pending reports whether the verdict waits for a claim to be decided.
func (v Verdict) Pending() bool {
	for _, f := range v.Findings {
		if f.Ground == ExemptionPending {
			return true
		}
	}
	return false
}

// Decisive returns the finding that decided.
func (v Verdict) Decisive() Finding {
	if len(v.Findings) == 0 {
		return Finding{}
	}
	return v.Findings[len(v.Findings)-1]
}

// Check returns ErrFactMissing for a verdict that no case can be opened with.
func (v Verdict) Check() error {
	switch {
	case v.Outcome != Clean && v.Outcome != Poached:
		return ErrFactMissing.Because("a verdict is CLEAN or POACHED")
	case len(v.Findings) == 0:
		return ErrFactMissing.Because("a verdict needs the findings that it rests on")
	case v.Outcome == Poached && v.Cap.Until.IsZero():
		return ErrFactMissing.Because("a verdict of POACHED needs its cap")
	}
	return nil
}
