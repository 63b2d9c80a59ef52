package rpc

import (
	"context"
	"fmt"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type codeService struct {
	partnerv1.UnimplementedCodeServiceServer
	app *app.App
}

func (s *codeService) CreateCodeVersion(ctx context.Context, r *partnerv1.CreateCodeVersionRequest) (*partnerv1.CodeVersion, error) {
	v := r.GetCodeVersion()
	effective, err := requiredDate("code_version.effective_date", v.GetEffectiveDate())
	if err != nil {
		return nil, err
	}
	numbers, err := numbersFrom(v)
	if err != nil {
		return nil, err
	}
	created, err := s.app.CreateCodeVersion(ctx, code.Version{DisplayName: v.GetDisplayName(), Effective: effective}, numbers)
	return answer(versionProto, created, err)
}

func numbersFrom(v *partnerv1.CodeVersion) (code.Numbers, error) {
	numbers := code.Numbers{
		RenewalOpenDays: v.RenewalOpenDays, RenewalGraceDays: v.RenewalGraceDays, RenewalLapsedDays: v.RenewalLapsedDays,
		CapBps: v.CapBps, CapMonths: v.CapMonths, InactiveDays: v.InactiveDays, RewardBps: v.RewardBps,
		ConsentDays: v.ConsentDays, TransferDays: v.TransferDays, ConsentMails: v.ConsentMails, ConsentMailDays: v.ConsentMailDays,
		ContestWorkingDays: v.ContestWorkingDays, AppealDays: v.AppealDays, OrderWindowDays: v.OrderWindowDays,
		NewBusinessMonths: v.NewBusinessMonths, RegistrationDays: v.RegistrationDays,
		RegistrationExtensionDays: v.RegistrationExtensionDays, MergerRevertDays: v.MergerRevertDays,
		PayoutCoolingDays: v.PayoutCoolingDays,
		PayoutHoldDays:    v.PayoutHoldDays, OverdueDays: v.OverdueDays, DisputeDays: v.DisputeDays,
	}
	for i, m := range v.GetMinimumPayouts() {
		minimum, err := money.Parse(m.GetCurrencyCode(), m.GetAmount())
		if err != nil {
			return code.Numbers{}, fault.At(fmt.Sprintf("code_version.minimum_payouts[%d]", i), err)
		}
		numbers.MinimumPayouts = append(numbers.MinimumPayouts, minimum)
	}
	for i, text := range v.GetHolidays() {
		day, err := requiredDate(fmt.Sprintf("code_version.holidays[%d]", i), text)
		if err != nil {
			return code.Numbers{}, err
		}
		numbers.Holidays = append(numbers.Holidays, day)
	}
	return numbers, nil
}

func (s *codeService) GetCodeVersion(ctx context.Context, r *partnerv1.GetCodeVersionRequest) (*partnerv1.CodeVersion, error) {
	found, err := s.app.GetCodeVersion(ctx, code.ID(r.GetCodeVersionId()))
	return answer(versionProto, found, err)
}

// versionKey is where a page of versions begins.
type versionKey struct {
	Effective calendar.Date
	ID        code.ID
}

func (s *codeService) ListCodeVersions(ctx context.Context, r *partnerv1.ListCodeVersionsRequest) (*partnerv1.ListCodeVersionsResponse, error) {
	var after versionKey
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	inForceOn, err := date("in_force_on", r.GetInForceOn())
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListCodeVersions(ctx,
		code.Query{Effective: after.Effective, ID: after.ID, Limit: size + 1}, inForceOn)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(v code.Version) any { return versionKey{v.Effective, v.ID} })
	return &partnerv1.ListCodeVersionsResponse{CodeVersions: each(found, versionProto), NextPageToken: next}, nil
}

func (s *codeService) ProposeCodeVersion(ctx context.Context, r *partnerv1.ProposeCodeVersionRequest) (*partnerv1.CodeVersion, error) {
	proposed, err := s.app.ProposeCodeVersion(ctx, app.Target[code.ID]{ID: code.ID(r.GetCodeVersionId()), Etag: r.GetEtag()})
	return answer(versionProto, proposed, err)
}

func (s *codeService) ApproveCodeVersion(ctx context.Context, r *partnerv1.ApproveCodeVersionRequest) (*partnerv1.CodeVersion, error) {
	approved, err := s.app.ApproveCodeVersion(ctx, app.Target[code.ID]{ID: code.ID(r.GetCodeVersionId()), Etag: r.GetEtag()})
	return answer(versionProto, approved, err)
}

func versionProto(v code.Version) *partnerv1.CodeVersion {
	p := v.Policy
	return &partnerv1.CodeVersion{
		CodeVersionId:             string(v.ID),
		DisplayName:               v.DisplayName,
		EffectiveDate:             v.Effective.String(),
		State:                     partnerv1.PolicyState(partnerv1.PolicyState_value["POLICY_STATE_"+string(v.State)]),
		RenewalOpenDays:           &p.RenewalOpenDays,
		RenewalGraceDays:          &p.RenewalGraceDays,
		RenewalLapsedDays:         &p.RenewalLapsedDays,
		CapBps:                    (*int32)(&p.CapBps),
		CapMonths:                 &p.CapMonths,
		InactiveDays:              &p.InactiveDays,
		RewardBps:                 (*int32)(&p.RewardBps),
		ConsentDays:               &p.ConsentDays,
		TransferDays:              &p.TransferDays,
		ConsentMails:              &p.ConsentMails,
		ConsentMailDays:           &p.ConsentMailDays,
		ContestWorkingDays:        &p.ContestWorkingDays,
		AppealDays:                &p.AppealDays,
		OrderWindowDays:           &p.OrderWindowDays,
		NewBusinessMonths:         &p.NewBusinessMonths,
		RegistrationDays:          &p.RegistrationDays,
		RegistrationExtensionDays: &p.RegistrationExtensionDays,
		MergerRevertDays:          &p.MergerRevertDays,
		PayoutCoolingDays:         &p.PayoutCoolingDays,
		PayoutHoldDays:            &p.PayoutHoldDays,
		OverdueDays:               &p.OverdueDays,
		DisputeDays:               &p.DisputeDays,
		MinimumPayouts:            each(p.MinimumPayouts, amountProto),
		Holidays:                  dayTexts(p.Holidays),
		Proposer:                  v.Proposer,
		Approver:                  v.Approver,
		Etag:                      v.Revision.Etag(),
		CreateTime:                instant(v.CreateTime),
		ApproveTime:               instant(v.ApproveTime),
	}
}

func dayTexts(days []calendar.Date) []string {
	texts := make([]string, len(days))
	for i, day := range days {
		texts[i] = day.String()
	}
	return texts
}
