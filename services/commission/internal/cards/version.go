// Package cards decides which versions of the rate card are made, by whom, and
// from when they count.
//
// A version is drafted, proposed by one person and approved by another, and
// immutable from its proposal on. It is in force from its effective date until
// the next approved one's. That date is tomorrow at the earliest, by the clocks
// of the vendor, so that no lock already taken is rewritten; only the very
// first version may lie in the past, as nothing was decided under another.
//
// Example: approved on 2026-03-01, a version may take effect on 2026-03-02 but
// not on 2026-03-01. With versions from 2024-01-01 and 2026-03-02, the first is
// in force on 2026-03-01.
package cards

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/selling"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// Refusals about versions of the rate card.
var (
	ErrNotFound     = fault.New("NOT_FOUND", "there is no such rate card")
	ErrInvalid      = fault.New("REQUEST_INVALID", "the rate card is not described as it must be")
	ErrImmutable    = fault.New("POLICY_IMMUTABLE", "a proposed or approved rate card can't be changed")
	ErrStateInvalid = fault.New("STATE_INVALID", "the rate card is not in a state that allows this")
	ErrSameDecider  = fault.New("SAME_DECIDER", "the second decision must be another person's")
	ErrTooEarly     = fault.New("EFFECTIVE_DATE_TOO_EARLY", "a new rate card takes effect tomorrow at the earliest")
	ErrDayTaken     = fault.New("ALREADY_EXISTS", "another approved rate card takes effect on that day")
)

// State is where a version stands.
type State string

// The states, in the order in which a version goes through them.
const (
	Draft    State = "DRAFT"
	Proposed State = "PROPOSED"
	Approved State = "APPROVED"
)

// Version is a version of the rate card.
type Version struct {
	ID          string          `json:"id"`
	DisplayName string          `json:"display_name"`
	Effective   calendar.Date   `json:"effective"`
	State       State           `json:"state"`
	Rules       []margin.Rule   `json:"rules"`
	Proposer    string          `json:"proposer"` // subject of a token; empty in a draft
	Approver    string          `json:"approver"` // likewise; empty until approved
	Revision    revision.Number `json:"revision"`
	CreateTime  time.Time       `json:"create_time"`
	ApproveTime time.Time       `json:"approve_time,omitzero"`
}

// Card is the version as the engine applies it.
func (v Version) Card() margin.RateCard {
	return margin.RateCard{ID: v.ID, EffectiveFrom: v.Effective, Rules: v.Rules}
}

// Write returns a new draft with the name, date and rules of v, or ErrInvalid
// or MARGIN_BPS_OUT_OF_RANGE.
func Write(v Version, now time.Time) (Version, error) {
	if strings.TrimSpace(v.DisplayName) == "" || utf8.RuneCountInString(v.DisplayName) > 200 {
		return Version{}, ErrInvalid.Because("display_name must have 1 to 200 characters").On("rate_card.display_name")
	}
	if v.Effective.IsZero() {
		return Version{}, ErrInvalid.Because("a rate card needs its first day, such as 2026-04-01").On("rate_card.effective_date")
	}
	if len(v.Rules) == 0 {
		return Version{}, ErrInvalid.Because("a rate card needs at least one rate").On("rate_card.rates")
	}
	if err := v.checkRules(); err != nil {
		return Version{}, err
	}
	v.State, v.Proposer, v.Approver = Draft, "", ""
	v.Revision, v.CreateTime, v.ApproveTime = 1, now, time.Time{}
	return v, nil
}

func (v Version) checkRules() error {
	for i, rule := range v.Rules {
		if rule.PartnerType != "" && !selling.Earns(rule.PartnerType) {
			return ErrInvalid.Because(fmt.Sprintf("partners of type %s earn no margin, so no rate can be theirs", rule.PartnerType)).
				On(fmt.Sprintf("rate_card.rates[%d].partner_type", i))
		}
	}
	err := v.Card().Check()
	refusal, ok := fault.Of(err)
	if !ok {
		return err
	}
	return refusal.On("rate_card." + refusal.Field)
}

func (v Version) notIn(required State) error {
	return ErrStateInvalid.Because(
		fmt.Sprintf("rate card %s is %s; it would have to be %s", v.ID, v.State, required),
		"state", string(v.State), "required_state", string(required))
}
