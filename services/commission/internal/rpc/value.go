package rpc

import (
	"strings"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// amountOf reads an amount, naming the field in refusals.
func amountOf(field string, m *typev1.Money) (money.Amount, error) {
	a, err := money.Parse(m.GetCurrencyCode(), m.GetAmount())
	return a, fault.At(field, err)
}

// moneyProto leaves the zero value, which is no amount, out.
func moneyProto(a money.Amount) *typev1.Money {
	if a.Currency == "" {
		return nil
	}
	return &typev1.Money{CurrencyCode: string(a.Currency), Amount: a.Decimal()}
}

// bpsProto shares memory with b, which nobody changes.
func bpsProto(b *money.Bps) *int32 { return (*int32)(b) }

// The names of our own types are those of the contract without its prefixes;
// what was not given is the empty name.

func billingOf(b customerv1.Billing) margin.Billing {
	switch b {
	case customerv1.Billing_BILLING_PREPAID:
		return margin.Prepaid
	case customerv1.Billing_BILLING_ANNUAL:
		return margin.Annual
	case customerv1.Billing_BILLING_MONTHLY:
		return margin.Monthly
	}
	return ""
}

func segmentOf(s customerv1.Segment) string {
	if s == customerv1.Segment_SEGMENT_UNSPECIFIED {
		return ""
	}
	return strings.TrimPrefix(s.String(), "SEGMENT_")
}

func segmentProto(name string) customerv1.Segment {
	return customerv1.Segment(customerv1.Segment_value["SEGMENT_"+name])
}

func partnerTypeOf(t partnerv1.PartnerType) string {
	if t == partnerv1.PartnerType_PARTNER_TYPE_UNSPECIFIED {
		return ""
	}
	return strings.TrimPrefix(t.String(), "PARTNER_TYPE_")
}

func partnerTypeProto(name string) partnerv1.PartnerType {
	return partnerv1.PartnerType(partnerv1.PartnerType_value["PARTNER_TYPE_"+name])
}

func modeProto(m margin.Mode) partnerv1.SettlementMode {
	switch m {
	case margin.Resale:
		return partnerv1.SettlementMode_SETTLEMENT_MODE_RESALE
	case margin.Agency:
		return partnerv1.SettlementMode_SETTLEMENT_MODE_AGENCY
	}
	return partnerv1.SettlementMode_SETTLEMENT_MODE_UNSPECIFIED
}

func lineKindProto(k margin.Kind) commissionv1.LineKind {
	switch k {
	case margin.New:
		return commissionv1.LineKind_LINE_KIND_NEW
	case margin.Renewed:
		return commissionv1.LineKind_LINE_KIND_RENEWED
	case margin.Expanded:
		return commissionv1.LineKind_LINE_KIND_EXPANDED
	case margin.Contracted:
		return commissionv1.LineKind_LINE_KIND_CONTRACTED
	}
	return commissionv1.LineKind_LINE_KIND_UNSPECIFIED
}
