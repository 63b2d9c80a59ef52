package app

import (
	"context"
	"fmt"
	"slices"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// errCodeMissing is returned while no version of the code of practice is
// approved. What depends on one waits.
var errCodeMissing = fault.New("POLICY_MISSING", "no version of the code of practice is approved yet")

// codePolicy is an approved version of the code of practice, as far as it is
// about renewals, caps and the settlement.
type codePolicy struct {
	renewal.Policy
	effective calendar.Date
	capRate   money.Bps
	capMonths int

	holdDays       int                             // from a payment until its margin is payable
	overdueDays    int                             // from the day due until an unpaid margin is taken back
	disputeDays    int                             // from the close of a statement
	minimumPayouts map[money.Currency]money.Amount // currencies that are missing have none
}

// The numbers of a version that was written before there were such numbers, as
// the contract of CodeVersion has them.
const (
	defaultHoldDays    = 30
	defaultOverdueDays = 90
	defaultDisputeDays = 30
)

var defaultMinimumPayouts = map[money.Currency]money.Amount{
	"EUR": {Minor: 50_00, Currency: "EUR"},
	"GBP": {Minor: 50_00, Currency: "GBP"},
	"USD": {Minor: 50_00, Currency: "USD"},
}

// capFrom is the cap of a relationship that begins by poaching on a day.
func (p codePolicy) capFrom(day calendar.Date) *margin.Cap {
	return &margin.Cap{Rate: p.capRate, Until: day.AddMonths(p.capMonths), CodeVersionID: p.ID}
}

// codePolicies are the approved versions, oldest first; at least one.
type codePolicies []codePolicy

// codePolicies returns the approved versions, as of a few seconds ago. A
// version takes effect tomorrow at the earliest, so that is soon enough; only the
// first one counts at once, so that there is none is not believed for seconds.
// It returns errCodeMissing while there is none.
func (a *App) codePolicies(ctx context.Context) (codePolicies, error) {
	policies, err := a.codeVersions.get(ctx, struct{}{})
	if err == nil && len(policies) == 0 {
		policies, err = a.loadCodePolicies(ctx, struct{}{})
	}
	if err == nil && len(policies) == 0 {
		return nil, errCodeMissing
	}
	return policies, err
}

func (a *App) loadCodePolicies(ctx context.Context, _ struct{}) (codePolicies, error) {
	var policies codePolicies
	request := &partnerv1.ListCodeVersionsRequest{PageSize: 1000}
	for {
		answer, err := a.codes.ListCodeVersions(ctx, request)
		if err != nil {
			return nil, fmt.Errorf("versions of the code of practice: %w", rpcerr.FromStatus(err))
		}
		for _, v := range answer.GetCodeVersions() {
			if v.GetState() != partnerv1.PolicyState_POLICY_STATE_APPROVED {
				continue
			}
			policy, err := codePolicyOf(v)
			if err != nil {
				return nil, fmt.Errorf("code version %s: %w", v.GetCodeVersionId(), err)
			}
			policies = append(policies, policy)
		}
		if request.PageToken = answer.GetNextPageToken(); request.PageToken == "" {
			break
		}
	}
	slices.SortFunc(policies, func(a, b codePolicy) int { return a.effective.Compare(b.effective) })
	return policies, nil
}

func codePolicyOf(v *partnerv1.CodeVersion) (codePolicy, error) {
	effective, err := calendar.ParseDate(v.GetEffectiveDate())
	if err != nil {
		return codePolicy{}, err
	}
	minimums, err := minimumPayoutsOf(v)
	return codePolicy{
		Policy: renewal.Policy{
			ID: v.GetCodeVersionId(), OpenDays: int(v.GetRenewalOpenDays()), GraceDays: int(v.GetRenewalGraceDays()), LapsedDays: int(v.GetRenewalLapsedDays()),
		},
		effective: effective, capRate: money.Bps(v.GetCapBps()), capMonths: int(v.GetCapMonths()),
		holdDays:       daysOf(v.PayoutHoldDays, defaultHoldDays),
		overdueDays:    daysOf(v.OverdueDays, defaultOverdueDays),
		disputeDays:    daysOf(v.DisputeDays, defaultDisputeDays),
		minimumPayouts: minimums,
	}, err
}

func daysOf(given *int32, otherwise int) int {
	if given == nil {
		return otherwise
	}
	return int(*given)
}

func minimumPayoutsOf(v *partnerv1.CodeVersion) (map[money.Currency]money.Amount, error) {
	if len(v.GetMinimumPayouts()) == 0 {
		return defaultMinimumPayouts, nil
	}
	minimums := make(map[money.Currency]money.Amount, len(v.GetMinimumPayouts()))
	for _, m := range v.GetMinimumPayouts() {
		minimum, err := money.Parse(m.GetCurrencyCode(), m.GetAmount())
		if err != nil {
			return nil, err
		}
		minimums[minimum.Currency] = minimum
	}
	return minimums, nil
}

// at returns the version in force on a day. Before the first one it is the
// first: nothing was decided under another.
func (p codePolicies) at(day calendar.Date) codePolicy {
	for _, version := range slices.Backward(p) {
		if !version.effective.After(day) {
			return version
		}
	}
	return p[0]
}

// windows are the versions with the terms that each is for.
func (p codePolicies) windows() []postgres.CodeWindow {
	windows := make([]postgres.CodeWindow, len(p))
	for i, v := range p {
		w := postgres.CodeWindow{CodeVersionID: v.ID, OpenDays: v.OpenDays, GraceDays: v.GraceDays, LapsedDays: v.LapsedDays}
		if i > 0 {
			w.From = v.effective
		}
		if i+1 < len(p) {
			w.Until = p[i+1].effective
		}
		windows[i] = w
	}
	return windows
}
