package rpc

import (
	"strings"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/selling"
)

func partnerProto(p partners.Partner) *partnerv1.Partner {
	return &partnerv1.Partner{
		PartnerId:       string(p.ID),
		DisplayName:     p.DisplayName,
		LegalName:       p.LegalName,
		Type:            partnerv1.PartnerType(partnerv1.PartnerType_value[typePrefix+string(p.Type)]),
		Selling:         p.Type.Selling(),
		CountryCode:     p.Country,
		State:           partnerv1.PartnerState(partnerv1.PartnerState_value[statePrefix+string(p.State)]),
		SuspensionCause: partnerv1.SuspensionCause(partnerv1.SuspensionCause_value[causePrefix+string(p.Cause)]),
		SuspendDate:     p.SuspendDate.String(),
		MergedInto:      string(p.MergedInto),
		Etag:            p.Revision.Etag(),
		CreateTime:      instant(p.CreateTime),
		UpdateTime:      instant(p.UpdateTime),
	}
}

func agreementProto(a partners.Agreement) *partnerv1.Agreement {
	return &partnerv1.Agreement{
		AgreementId:           string(a.ID),
		PartnerId:             string(a.PartnerID),
		SettlementMode:        partnerv1.SettlementMode(partnerv1.SettlementMode_value[modePrefix+string(a.SettlementMode)]),
		Tier:                  a.Tier,
		FromDate:              a.From.String(),
		UntilDate:             a.Until.String(),
		AcceptedCodeVersionId: a.AcceptedCode,
		SelfBilling:           a.SelfBilling,
		TaxId:                 a.TaxID,
		Etag:                  a.Revision.Etag(),
		CreateTime:            instant(a.CreateTime),
	}
}

func sellingTermsProto(t selling.Terms) *partnerv1.SellingTerms {
	terms := &partnerv1.SellingTerms{Partner: partnerProto(t.Partner)}
	if t.Agreement != nil {
		terms.Agreement = agreementProto(*t.Agreement)
	}
	if t.Code != nil {
		terms.CodeVersion = versionProto(*t.Code)
	}
	return terms
}

// Our words are the contract's without these prefixes; the empty word is
// UNSPECIFIED.
const (
	typePrefix  = "PARTNER_TYPE_"
	statePrefix = "PARTNER_STATE_"
	causePrefix = "SUSPENSION_CAUSE_"
	modePrefix  = "SETTLEMENT_MODE_"
)

func typeFrom(t partnerv1.PartnerType) partners.Type {
	return partners.Type(word(t.String(), typePrefix))
}

func stateFrom(s partnerv1.PartnerState) partners.State {
	return partners.State(word(s.String(), statePrefix))
}

func causeFrom(c partnerv1.SuspensionCause) partners.Cause {
	return partners.Cause(word(c.String(), causePrefix))
}

func modeFrom(m partnerv1.SettlementMode) partners.SettlementMode {
	return partners.SettlementMode(word(m.String(), modePrefix))
}

func word(name, prefix string) string {
	own := strings.TrimPrefix(name, prefix)
	if own == "UNSPECIFIED" {
		return ""
	}
	return own
}

// maskFrom returns the fields that an update names. Without a mask it is those
// that have a value. Id and etag say which partner is meant, and are no
// updates, though REST's mask has every field of the body.
func maskFrom(r *partnerv1.UpdatePartnerRequest) []string {
	p := r.GetPartner()
	if len(r.GetUpdateMask().GetPaths()) == 0 {
		return given(map[string]string{
			"display_name": p.GetDisplayName(), "legal_name": p.GetLegalName(), "country_code": p.GetCountryCode(),
		})
	}
	var fields []string
	for _, path := range r.GetUpdateMask().GetPaths() {
		if path != "partner_id" && path != "etag" {
			fields = append(fields, path)
		}
	}
	return fields
}

func given(values map[string]string) []string {
	var fields []string
	for field, value := range values {
		if value != "" {
			fields = append(fields, field)
		}
	}
	return fields
}
