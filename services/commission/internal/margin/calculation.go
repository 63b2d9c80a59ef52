package margin

import (
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Calculation is what a sale earns, and why. It names no partner, customer or
// day of its making, so that equal sales have equal calculations.
type Calculation struct {
	Term        calendar.Term `json:"term,omitzero"` // empty for a sale without a contract
	Months      int           `json:"months"`        // 0 for a stub and for a change of seats
	Billing     Billing       `json:"billing"`
	Seats       int64         `json:"seats,omitempty"`
	UnitPrice   money.Amount  `json:"unit_price,omitzero"` // at the term's start
	Net         money.Amount  `json:"net"`
	Locked      money.Bps     `json:"locked"`        // the agreed rate, raises included
	Cap         *money.Bps    `json:"cap,omitempty"` // nil unless a cap is live
	Effective   money.Bps     `json:"effective"`     // the lower of the two
	Margin      money.Amount  `json:"margin"`
	Mode        Mode          `json:"mode"`
	BuyPrice    money.Amount  `json:"buy_price,omitzero"` // RESALE: net less margin
	Lines       []Line        `json:"lines"`
	Instalments []Instalment  `json:"instalments"`
	Reward      *Rewarded     `json:"reward,omitempty"` // nil if there is none; never part of Margin
	Steps       []Step        `json:"steps"`
	Fingerprint string        `json:"fingerprint"`
}

// Kind says what a line is, compared with what the subscription had.
type Kind string

// Kinds of lines.
const (
	New        Kind = "NEW"        // was not held
	Renewed    Kind = "RENEWED"    // goes on
	Expanded   Kind = "EXPANDED"   // is added
	Contracted Kind = "CONTRACTED" // falls away, without money
)

// Line is a part of the seats; the nets and margins of the lines add up to
// those of the calculation.
type Line struct {
	Kind      Kind         `json:"kind"`
	Seats     int64        `json:"seats,omitempty"`
	UnitPrice money.Amount `json:"unit_price,omitzero"`
	Net       money.Amount `json:"net"`
	Margin    money.Amount `json:"margin"`
}

// Instalment is a part of the term that is invoiced at once; nets and margins
// of the instalments add up to those of the calculation.
type Instalment struct {
	Number int           `json:"number"`
	Start  calendar.Date `json:"start,omitzero"` // first day that it pays for
	Net    money.Amount  `json:"net"`
	Margin money.Amount  `json:"margin"`
	Reward money.Amount  `json:"reward,omitzero"` // only in the first twelve months of a sale that is rewarded
}

// Step is one step of the explanation.
type Step struct {
	Number        int          `json:"number"`
	Rule          string       `json:"rule"`
	Clause        string       `json:"clause"`
	PolicyVersion string       `json:"policy_version,omitempty"`
	Inputs        []Input      `json:"inputs,omitempty"`
	RateBefore    *money.Bps   `json:"rate_before,omitempty"`
	RateAfter     *money.Bps   `json:"rate_after,omitempty"`
	AmountBefore  money.Amount `json:"amount_before,omitzero"`
	AmountAfter   money.Amount `json:"amount_after,omitzero"`
	Sentence      string       `json:"sentence"`
}

// Input is a fact that went into a step, written out.
type Input struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Rules that steps apply, in the order of the explanation.
const (
	RulePrice       = "price"
	RuleSeats       = "seats"
	RuleTerm        = "term"
	RuleLock        = "lock"
	RuleRaise       = "raise"
	RuleCap         = "cap"
	RuleMargin      = "margin"
	RuleWithheld    = "withheld"
	RuleInstalments = "instalments"
	RuleReward      = "reward"
	RuleSettlement  = "settlement"
)
