package code

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Policy are the numbers of a version.
type Policy struct {
	RenewalOpenDays   int32     `json:"renewal_open_days"`   // before the term's end
	RenewalGraceDays  int32     `json:"renewal_grace_days"`  // from the term's end
	RenewalLapsedDays int32     `json:"renewal_lapsed_days"` // after grace
	CapBps            money.Bps `json:"cap_bps"`             // of a poached relationship
	CapMonths         int32     `json:"cap_months"`          // from the relationship's start
	InactiveDays      int32     `json:"inactive_days"`       // before the term's end, without a quote
	RewardBps         money.Bps `json:"reward_bps"`          // of the first twelve months' net
}

//go:embed defaults.json
var defaults []byte

// Defaults returns the policy of a draft that names no number. It is data, in
// defaults.json: a version keeps a copy, so that another default changes no
// version that exists.
func Defaults() Policy {
	var p Policy
	if err := json.Unmarshal(defaults, &p); err != nil {
		panic(fmt.Sprintf("code: defaults.json: %v", err)) // a broken build
	}
	return p
}

// Numbers are a policy in which some numbers are left out.
type Numbers struct {
	RenewalOpenDays, RenewalGraceDays, RenewalLapsedDays *int32
	CapBps, CapMonths, InactiveDays, RewardBps           *int32
}

// Fill returns the policy with what n leaves out taken from p.
func (p Policy) Fill(n Numbers) Policy {
	return Policy{
		RenewalOpenDays:   or(n.RenewalOpenDays, p.RenewalOpenDays),
		RenewalGraceDays:  or(n.RenewalGraceDays, p.RenewalGraceDays),
		RenewalLapsedDays: or(n.RenewalLapsedDays, p.RenewalLapsedDays),
		CapBps:            money.Bps(or(n.CapBps, int32(p.CapBps))),
		CapMonths:         or(n.CapMonths, p.CapMonths),
		InactiveDays:      or(n.InactiveDays, p.InactiveDays),
		RewardBps:         money.Bps(or(n.RewardBps, int32(p.RewardBps))),
	}
}

func or(given *int32, otherwise int32) int32 {
	if given != nil {
		return *given
	}
	return otherwise
}

// most are the largest counts that make sense: a year of days, and cap months
// of five years.
const (
	mostDays   = 365
	mostMonths = 60
)

// check returns ErrInvalid or MARGIN_BPS_OUT_OF_RANGE for numbers that make no
// sense.
func (p Policy) check() error {
	for _, count := range []struct {
		field       string
		value, most int32
	}{
		{"renewal_open_days", p.RenewalOpenDays, mostDays},
		{"renewal_grace_days", p.RenewalGraceDays, mostDays},
		{"renewal_lapsed_days", p.RenewalLapsedDays, mostDays},
		{"cap_months", p.CapMonths, mostMonths},
		{"inactive_days", p.InactiveDays, mostDays},
	} {
		if count.value < 0 || count.value > count.most {
			return ErrInvalid.Because(
				fmt.Sprintf("%s is %d; it must lie between 0 and %d", count.field, count.value, count.most)).On("code_version." + count.field)
		}
	}
	if err := money.CheckBps(p.CapBps); err != nil {
		return fault.At("code_version.cap_bps", err)
	}
	return fault.At("code_version.reward_bps", money.CheckBps(p.RewardBps))
}
