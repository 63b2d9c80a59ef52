package code

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
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

	ConsentDays        int32 `json:"consent_days"`  // that a token of consent is good
	TransferDays       int32 `json:"transfer_days"` // that a request for a transfer is open
	ConsentMails       int32 `json:"consent_mails"` // per customer and partner, in so many days:
	ConsentMailDays    int32 `json:"consent_mail_days"`
	ContestWorkingDays int32 `json:"contest_working_days"` // from the consent
	AppealDays         int32 `json:"appeal_days"`          // from the verdict
	OrderWindowDays    int32 `json:"order_window_days"`    // either side of an order's start

	NewBusinessMonths         int32 `json:"new_business_months"` // without a paid subscription
	RegistrationDays          int32 `json:"registration_days"`   // from the approval
	RegistrationExtensionDays int32 `json:"registration_extension_days"`
	MergerRevertDays          int32 `json:"merger_revert_days"`
	PayoutCoolingDays         int32 `json:"payout_cooling_days"` // from the approval of an account to its first use

	PayoutHoldDays int32          `json:"payout_hold_days"` // from a payment until its margin is payable
	OverdueDays    int32          `json:"overdue_days"`     // from the day due until an unpaid margin is taken back
	DisputeDays    int32          `json:"dispute_days"`     // from the close of a statement
	MinimumPayouts []money.Amount `json:"minimum_payouts"`  // by currency, in order; no other currency has one

	Holidays []calendar.Date `json:"holidays"` // beside Saturdays and Sundays, in order
}

// numbers are a Policy as JSON has it.
type numbers Policy

// UnmarshalJSON reads a policy. A number that is left out has its default: the
// policy was written before there was such a number.
func (p *Policy) UnmarshalJSON(text []byte) error {
	filled := numbers(Defaults())
	if err := json.Unmarshal(text, &filled); err != nil {
		return err
	}
	*p = Policy(filled)
	return nil
}

//go:embed defaults.json
var defaults []byte

// Defaults returns the policy of a draft that names no number. It is data, in
// defaults.json: a version keeps a copy, so that another default changes no
// version that exists.
func Defaults() Policy {
	var p numbers
	if err := json.Unmarshal(defaults, &p); err != nil {
		panic(fmt.Sprintf("code: defaults.json: %v", err)) // a broken build
	}
	return Policy(p)
}

// Numbers are a policy in which some numbers are left out.
type Numbers struct {
	RenewalOpenDays, RenewalGraceDays, RenewalLapsedDays           *int32
	CapBps, CapMonths, InactiveDays, RewardBps                     *int32
	ConsentDays, TransferDays, ConsentMails, ConsentMailDays       *int32
	ContestWorkingDays, AppealDays, OrderWindowDays                *int32
	NewBusinessMonths, RegistrationDays, RegistrationExtensionDays *int32
	MergerRevertDays, PayoutCoolingDays                            *int32
	PayoutHoldDays, OverdueDays, DisputeDays                       *int32
	MinimumPayouts                                                 []money.Amount  // in any order; none is left out
	Holidays                                                       []calendar.Date // in any order
}

// Fill returns the policy with what n leaves out taken from p. Holidays are
// those of n: there is no calendar that is right for everyone.
func (p Policy) Fill(n Numbers) Policy {
	holidays := slices.Clone(n.Holidays)
	slices.SortFunc(holidays, calendar.Date.Compare)
	minimums := p.MinimumPayouts
	if len(n.MinimumPayouts) > 0 {
		minimums = slices.SortedStableFunc(slices.Values(n.MinimumPayouts), byCurrency)
	}
	return Policy{
		RenewalOpenDays:           or(n.RenewalOpenDays, p.RenewalOpenDays),
		RenewalGraceDays:          or(n.RenewalGraceDays, p.RenewalGraceDays),
		RenewalLapsedDays:         or(n.RenewalLapsedDays, p.RenewalLapsedDays),
		CapBps:                    money.Bps(or(n.CapBps, int32(p.CapBps))),
		CapMonths:                 or(n.CapMonths, p.CapMonths),
		InactiveDays:              or(n.InactiveDays, p.InactiveDays),
		RewardBps:                 money.Bps(or(n.RewardBps, int32(p.RewardBps))),
		ConsentDays:               or(n.ConsentDays, p.ConsentDays),
		TransferDays:              or(n.TransferDays, p.TransferDays),
		ConsentMails:              or(n.ConsentMails, p.ConsentMails),
		ConsentMailDays:           or(n.ConsentMailDays, p.ConsentMailDays),
		ContestWorkingDays:        or(n.ContestWorkingDays, p.ContestWorkingDays),
		AppealDays:                or(n.AppealDays, p.AppealDays),
		OrderWindowDays:           or(n.OrderWindowDays, p.OrderWindowDays),
		NewBusinessMonths:         or(n.NewBusinessMonths, p.NewBusinessMonths),
		RegistrationDays:          or(n.RegistrationDays, p.RegistrationDays),
		RegistrationExtensionDays: or(n.RegistrationExtensionDays, p.RegistrationExtensionDays),
		MergerRevertDays:          or(n.MergerRevertDays, p.MergerRevertDays),
		PayoutCoolingDays:         or(n.PayoutCoolingDays, p.PayoutCoolingDays),
		PayoutHoldDays:            or(n.PayoutHoldDays, p.PayoutHoldDays),
		OverdueDays:               or(n.OverdueDays, p.OverdueDays),
		DisputeDays:               or(n.DisputeDays, p.DisputeDays),
		MinimumPayouts:            minimums,
		Holidays:                  slices.Compact(holidays),
	}
}

func byCurrency(a, b money.Amount) int { return cmp.Compare(a.Currency, b.Currency) }

func or(given *int32, otherwise int32) int32 {
	if given != nil {
		return *given
	}
	return otherwise
}

// most are the largest counts that make sense: a year of days, months of five
// years, and mails that a contact would still read.
const (
	mostDays   = 365
	mostMonths = 60
	mostMails  = 100
)

// check returns ErrInvalid, AMOUNT_NEGATIVE or MARGIN_BPS_OUT_OF_RANGE for
// numbers that make no sense.
func (p Policy) check() error {
	for _, count := range []struct {
		field              string
		value, least, most int32
	}{
		{"renewal_open_days", p.RenewalOpenDays, 0, mostDays},
		{"renewal_grace_days", p.RenewalGraceDays, 0, mostDays},
		{"renewal_lapsed_days", p.RenewalLapsedDays, 0, mostDays},
		{"cap_months", p.CapMonths, 0, mostMonths},
		{"inactive_days", p.InactiveDays, 0, mostDays},
		{"consent_days", p.ConsentDays, 1, mostDays},
		{"transfer_days", p.TransferDays, 1, mostDays},
		{"consent_mails", p.ConsentMails, 1, mostMails},
		{"consent_mail_days", p.ConsentMailDays, 1, mostDays},
		{"contest_working_days", p.ContestWorkingDays, 0, mostDays},
		{"appeal_days", p.AppealDays, 0, mostDays},
		{"order_window_days", p.OrderWindowDays, 0, mostDays},
		{"new_business_months", p.NewBusinessMonths, 1, mostMonths},
		{"registration_days", p.RegistrationDays, 1, mostDays},
		{"registration_extension_days", p.RegistrationExtensionDays, 0, mostDays},
		{"merger_revert_days", p.MergerRevertDays, 0, mostDays},
		{"payout_cooling_days", p.PayoutCoolingDays, 0, mostDays},
		{"payout_hold_days", p.PayoutHoldDays, 0, mostDays},
		{"overdue_days", p.OverdueDays, 1, mostDays},
		{"dispute_days", p.DisputeDays, 0, mostDays},
	} {
		if count.value < count.least || count.value > count.most {
			return ErrInvalid.Because(
				fmt.Sprintf("%s is %d; it must lie between %d and %d", count.field, count.value, count.least, count.most)).On("code_version." + count.field)
		}
	}
	if err := p.checkMinimums(); err != nil {
		return fault.At("code_version.minimum_payouts", err)
	}
	if err := money.CheckBps(p.CapBps); err != nil {
		return fault.At("code_version.cap_bps", err)
	}
	return fault.At("code_version.reward_bps", money.CheckBps(p.RewardBps))
}

func (p Policy) checkMinimums() error {
	for i, minimum := range p.MinimumPayouts {
		if minimum.Sign() < 0 {
			return money.ErrNegative.Because(fmt.Sprintf("the minimum payout is %s; it must be 0 or more", minimum), "currency", string(minimum.Currency))
		}
		if i > 0 && p.MinimumPayouts[i-1].Currency == minimum.Currency {
			return ErrInvalid.Because(fmt.Sprintf("there are two minimum payouts in %s; name each currency once", minimum.Currency))
		}
	}
	return nil
}
