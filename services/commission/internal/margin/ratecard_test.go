package margin_test

import (
	"errors"
	"testing"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

var card = margin.RateCard{ID: "rat_1", EffectiveFrom: begun, Rules: []margin.Rule{
	{Rate: 1000},
	{Segment: "ENTERPRISE", Rate: 1100},
	{Family: "email-security", Rate: 1200},
	{Family: "email-security", Segment: "ENTERPRISE", Rate: 1300},
	{PartnerType: "RESELLER", Rate: 1500},
	{PartnerType: "RESELLER", Segment: "ENTERPRISE", Rate: 1600},
	{PartnerType: "RESELLER", Family: "email-security", Rate: 2000},
	{PartnerType: "RESELLER", Family: "email-security", Segment: "GLOBAL", Rate: 2500},
}}

func TestRateFor_TakesTheMostSpecificRule(t *testing.T) {
	for _, c := range []struct {
		partnerType, family, segment string
		want                         money.Bps
	}{
		{"DISTRIBUTOR", "archiving", "SMALL_BUSINESS", 1000},
		{"DISTRIBUTOR", "archiving", "ENTERPRISE", 1100},
		{"DISTRIBUTOR", "email-security", "GLOBAL", 1200},
		{"DISTRIBUTOR", "email-security", "ENTERPRISE", 1300},
		{"RESELLER", "archiving", "GLOBAL", 1500},
		{"RESELLER", "archiving", "ENTERPRISE", 1600},
		{"RESELLER", "email-security", "ENTERPRISE", 2000}, // the family goes before the segment
		{"RESELLER", "email-security", "GLOBAL", 2500},
	} {
		if got, err := card.RateFor(c.partnerType, c.family, c.segment); err != nil || got.Rate != c.want {
			t.Errorf("RateFor(%s, %s, %s) = %d, %v; want %d", c.partnerType, c.family, c.segment, got.Rate, err, c.want)
		}
	}
}

func TestRateFor_RefusesASaleThatNoRuleMatches(t *testing.T) {
	narrow := margin.RateCard{ID: "rat_2", Rules: []margin.Rule{{PartnerType: "RESELLER", Rate: 1500}}}
	_, err := narrow.RateFor("DISTRIBUTOR", "archiving", "GLOBAL")
	refusal, ok := fault.Of(err)
	if !ok || !errors.Is(err, margin.ErrRateNotFound) || refusal.Facts["partner_type"] != "DISTRIBUTOR" {
		t.Errorf("RateFor = %v", err)
	}
}

func TestCheck_NamesTheRuleAtFault(t *testing.T) {
	if err := card.Check(); err != nil {
		t.Errorf("Check = %v", err)
	}
	repeated := margin.RateCard{Rules: []margin.Rule{{Family: "archiving", Rate: 1000}, {Rate: 900}, {Family: "archiving", Rate: 1200}}}
	if refusal, _ := fault.Of(repeated.Check()); refusal == nil || refusal.Field != "rates[2]" || !errors.Is(refusal, margin.ErrRuleRepeated) {
		t.Errorf("repeated rule = %v", refusal)
	}
	wild := margin.RateCard{Rules: []margin.Rule{{Rate: 1000}, {Family: "archiving", Rate: 12_000}}}
	if refusal, _ := fault.Of(wild.Check()); refusal == nil || refusal.Field != "rates[1].margin_bps" || !errors.Is(refusal, money.ErrBpsOutOfRange) {
		t.Errorf("rate of 12000 = %v", refusal)
	}
}

func TestInForce_IsTheLatestThatHasBegun(t *testing.T) {
	cards := []margin.RateCard{
		{ID: "rat_2", EffectiveFrom: begun.AddMonths(12)},
		{ID: "rat_1", EffectiveFrom: begun},
		{ID: "rat_3", EffectiveFrom: begun.AddMonths(24)},
	}
	for months, want := range map[int]string{0: "rat_1", 11: "rat_1", 12: "rat_2", 23: "rat_2", 500: "rat_3"} {
		if got, err := margin.InForce(cards, begun.AddMonths(months)); err != nil || got.ID != want {
			t.Errorf("after %d months %s is in force, %v; want %s", months, got.ID, err, want)
		}
	}
	if _, err := margin.InForce(cards, begun.AddDays(-1)); !errors.Is(err, margin.ErrPolicyMissing) {
		t.Errorf("the day before the first = %v", err)
	}
}
