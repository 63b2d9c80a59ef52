package rpc

import (
	"context"
	"strings"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

func (s *forecastService) ListRenewalsAtRisk(ctx context.Context, r *commissionv1.ListRenewalsAtRiskRequest) (*commissionv1.ListRenewalsAtRiskResponse, error) {
	filter, err := riskFilter(r)
	if err != nil {
		return nil, err
	}
	var after *finance.RiskKey
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	found, err := s.finance.ListRenewalsAtRisk(ctx, filter, after, size+1)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(last records.RenewalAtRisk) any {
		return finance.RiskKey{Currency: last.Renewal.RenewalNet.Currency, NetMinor: last.Renewal.RenewalNet.Minor, ID: last.Renewal.ID}
	})
	return &commissionv1.ListRenewalsAtRiskResponse{RenewalsAtRisk: each(found, riskProto), NextPageToken: next}, nil
}

func riskFilter(r *commissionv1.ListRenewalsAtRiskRequest) (f finance.RiskFilter, err error) {
	if f.RenewalFilter, err = renewalFilter(riskQuery{r}); err != nil {
		return f, err
	}
	f.Currency, f.Near = r.GetCurrencyCode(), forecast.Near()
	if r.LateDays != nil {
		f.Near.Late = int(r.GetLateDays())
	}
	if r.SilentDays != nil {
		f.Near.Silent = int(r.GetSilentDays())
	}
	for _, reason := range r.GetReasons() {
		f.Reasons = append(f.Reasons, forecast.Risk(strings.TrimPrefix(reason.String(), riskEnum)))
	}
	return f, nil
}

// riskQuery asks for renewals of any customer and state.
type riskQuery struct {
	*commissionv1.ListRenewalsAtRiskRequest
}

func (riskQuery) GetCustomerId() string                  { return "" }
func (riskQuery) GetStates() []commissionv1.RenewalState { return nil }

const riskEnum = "RISK_REASON_"

func riskProto(r records.RenewalAtRisk) *commissionv1.RenewalAtRisk {
	proto := &commissionv1.RenewalAtRisk{
		Renewal: renewalProto(r.Renewal), Value: moneyProto(r.Renewal.RenewalNet), Margin: moneyProto(r.Renewal.Margin), Experience: experienceProto(r.Experience),
	}
	for _, risk := range r.Risks {
		proto.Reasons = append(proto.Reasons, commissionv1.RiskReason(commissionv1.RiskReason_value[riskEnum+string(risk)]))
	}
	return proto
}

func experienceProto(e records.Experience) *commissionv1.CustomerExperience {
	return &commissionv1.CustomerExperience{
		Band:  commissionv1.ExperienceBand(commissionv1.ExperienceBand_value["EXPERIENCE_BAND_"+e.Band]),
		Score: e.Score, Answers: e.Answers, NetPromoterScore: e.NPS,
	}
}
