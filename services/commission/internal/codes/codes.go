// Package codes reads the versions of the code of practice from partner, as far as
// they are about renewals, caps and the settlement.
package codes

import (
	"context"
	"fmt"
	"slices"
	"time"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/memory"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// ErrMissing is returned while no version of the code of practice is approved. What
// depends on one waits.
var ErrMissing = fault.New("POLICY_MISSING", "no version of the code of practice is approved yet")

// Version is an approved version of the code of practice, as far as it is
// about renewals, caps and the settlement.
type Version struct {
	renewal.Policy
	Effective calendar.Date
	capRate   money.Bps
	capMonths int

	HoldDays       int                             // from a payment until its margin is payable
	OverdueDays    int                             // from the day due until an unpaid margin is taken back
	DisputeDays    int                             // from the close of a statement
	MinimumPayouts map[money.Currency]money.Amount // currencies that are missing have none
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

// CapFrom is the cap of a relationship that begins by poaching on a day.
func (v Version) CapFrom(day calendar.Date) *margin.Cap {
	return &margin.Cap{Rate: v.capRate, Until: day.AddMonths(v.capMonths), CodeVersionID: v.ID}
}

// Versions are the approved versions, oldest first; at least one.
type Versions []Version

// Reader reads the versions from partner, and remembers them for a moment: they
// are immutable and announced a day ahead.
type Reader struct {
	from   partnerv1.CodeServiceClient
	memory *memory.Memory[struct{}, Versions]
}

// NewReader returns a reader of partner's versions.
func NewReader(from partnerv1.CodeServiceClient, now func() time.Time) *Reader {
	r := &Reader{from: from}
	r.memory = memory.New(now, r.load)
	return r
}

// Approved returns the approved versions, as of a few seconds ago. A version takes
// effect tomorrow at the earliest, so that is soon enough; only the first one
// counts at once, so that there is none is not believed for seconds. It returns
// ErrMissing while there is none.
func (r *Reader) Approved(ctx context.Context) (Versions, error) {
	versions, err := r.memory.Get(ctx, struct{}{})
	if err == nil && len(versions) == 0 {
		versions, err = r.load(ctx, struct{}{})
	}
	if err == nil && len(versions) == 0 {
		return nil, ErrMissing
	}
	return versions, err
}

func (r *Reader) load(ctx context.Context, _ struct{}) (Versions, error) {
	var versions Versions
	request := &partnerv1.ListCodeVersionsRequest{PageSize: 1000}
	for {
		answer, err := r.from.ListCodeVersions(ctx, request)
		if err != nil {
			return nil, fmt.Errorf("versions of the code of practice: %w", rpcerr.FromStatus(err))
		}
		for _, v := range answer.GetCodeVersions() {
			if v.GetState() != partnerv1.PolicyState_POLICY_STATE_APPROVED {
				continue
			}
			version, err := versionOf(v)
			if err != nil {
				return nil, fmt.Errorf("code version %s: %w", v.GetCodeVersionId(), err)
			}
			versions = append(versions, version)
		}
		if request.PageToken = answer.GetNextPageToken(); request.PageToken == "" {
			break
		}
	}
	slices.SortFunc(versions, func(a, b Version) int { return a.Effective.Compare(b.Effective) })
	return versions, nil
}

func versionOf(v *partnerv1.CodeVersion) (Version, error) {
	effective, err := calendar.ParseDate(v.GetEffectiveDate())
	if err != nil {
		return Version{}, err
	}
	minimums, err := minimumPayoutsOf(v)
	return Version{
		Policy: renewal.Policy{
			ID: v.GetCodeVersionId(), OpenDays: int(v.GetRenewalOpenDays()), GraceDays: int(v.GetRenewalGraceDays()), LapsedDays: int(v.GetRenewalLapsedDays()),
		},
		Effective: effective, capRate: money.Bps(v.GetCapBps()), capMonths: int(v.GetCapMonths()),
		HoldDays:       daysOf(v.PayoutHoldDays, defaultHoldDays),
		OverdueDays:    daysOf(v.OverdueDays, defaultOverdueDays),
		DisputeDays:    daysOf(v.DisputeDays, defaultDisputeDays),
		MinimumPayouts: minimums,
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

// At returns the version in force on a day. Before the first one it is the
// first: nothing was decided under another.
func (all Versions) At(day calendar.Date) Version {
	for _, version := range slices.Backward(all) {
		if !version.Effective.After(day) {
			return version
		}
	}
	return all[0]
}

// Windows are the versions with the terms that each is for.
func (all Versions) Windows() []postgres.CodeWindow {
	windows := make([]postgres.CodeWindow, len(all))
	for i, v := range all {
		w := postgres.CodeWindow{CodeVersionID: v.ID, OpenDays: v.OpenDays, GraceDays: v.GraceDays, LapsedDays: v.LapsedDays}
		if i > 0 {
			w.From = v.Effective
		}
		if i+1 < len(all) {
			w.Until = all[i+1].Effective
		}
		windows[i] = w
	}
	return windows
}
