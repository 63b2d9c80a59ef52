package selling_test

import (
	"testing"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/selling"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

var day = calendar.On(2026, 3, 2)

func reasonOf(err error) fault.Reason {
	if refusal, ok := fault.Of(err); ok {
		return refusal.Reason
	}
	return ""
}

func TestTerms_OnlySellingTypesWithAnAgreementMaySell(t *testing.T) {
	for partnerType, earns := range map[string]bool{
		"RESELLER": true, "SYSTEMS_INTEGRATOR": true, "MANAGED_SERVICE_PROVIDER": true, "INDEPENDENT_SOFTWARE_VENDOR": true,
		"SALES_AGENT": true, "DISTRIBUTOR": true, "SUPPLIER": false, "CYBER_RESILIENCE": false, "STRATEGIC_ALLIANCE": false,
	} {
		terms := selling.Terms{PartnerID: "p", Type: partnerType, AgreementID: "agr_1", Mode: margin.Resale}
		if err := terms.Check(day); (err == nil) != earns || !earns && reasonOf(err) != "PARTNER_NOT_SELLING" {
			t.Errorf("%s: %v", partnerType, err)
		}
		terms.AgreementID = ""
		if err := terms.Check(day); earns && reasonOf(err) != "AGREEMENT_MISSING" {
			t.Errorf("%s without agreement: %v", partnerType, err)
		}
	}
}

func TestTerms_ASuspendedPartnerKeepsWhatItHasAndSellsNothing(t *testing.T) {
	terms := selling.Terms{PartnerID: "p", Type: "RESELLER", AgreementID: "agr_1", Suspended: true, SuspendedOn: calendar.On(2026, 3, 1)}
	if err := terms.Check(day); reasonOf(err) != "PARTNER_NOT_SELLING" {
		t.Errorf("sells: %v", err)
	}
	if err := terms.CheckHolding(day); err != nil {
		t.Errorf("holds: %v", err)
	}
}

func TestTerms_TheVendorSellsWithoutAgreementAndEarnsNothing(t *testing.T) {
	terms := selling.Terms{PartnerID: "direct", Type: selling.TypeDirect}
	if err := terms.Check(day); err != nil {
		t.Error(err)
	}
	if selling.Earns(terms.Type) || terms.CheckRate(0) != nil || reasonOf(terms.CheckRate(1)) != "PARTNER_NOT_SELLING" {
		t.Error("the vendor's own sales earn a margin")
	}
}
