package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/selling"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// errFamilyUnknown refuses a family that the catalogue does not have.
var errFamilyUnknown = fault.New("FAMILY_UNKNOWN", "there is no such product family")

// sellerOn names a partner on a day.
type sellerOn struct {
	partnerID string
	on        calendar.Date
}

// loadTerms asks the partner service what a sale of a partner depends on, as of
// a day. For reads without effect a.terms remembers it.
func (a *App) loadTerms(ctx context.Context, of sellerOn) (selling.Terms, error) {
	answer, err := a.partners.GetSellingTerms(ctx, &partnerv1.GetSellingTermsRequest{PartnerId: of.partnerID, OnDate: of.on.String()})
	if err != nil {
		return selling.Terms{}, fmt.Errorf("selling terms of %s: %w", of.partnerID, err)
	}
	return termsOf(answer)
}

// termsOf reads the partner service's answer.
func termsOf(answer *partnerv1.SellingTerms) (selling.Terms, error) {
	partner, agreement := answer.GetPartner(), answer.GetAgreement()
	suspended, err := calendar.ParseOptional(partner.GetSuspendDate())
	if err != nil {
		return selling.Terms{}, err
	}
	terms := selling.Terms{
		PartnerID:   partner.GetPartnerId(),
		Type:        partnerTypeName(partner.GetType()),
		Suspended:   partner.GetState() == partnerv1.PartnerState_PARTNER_STATE_SUSPENDED,
		SuspendedOn: suspended,
		AgreementID: agreement.GetAgreementId(),
		Mode:        margin.Mode(strings.TrimPrefix(agreement.GetSettlementMode().String(), "SETTLEMENT_MODE_")),
	}
	if terms.IsDirect() {
		terms.Mode = margin.Agency
	}
	return terms, nil
}

func partnerTypeName(t partnerv1.PartnerType) string {
	return strings.TrimPrefix(t.String(), "PARTNER_TYPE_")
}

// freshTerms returns the terms of several partners on a day, each with its
// refusal.
func (a *App) freshTerms(ctx context.Context, partners []string, on calendar.Date) map[string]termsOrRefusal {
	slices.Sort(partners)
	partners = slices.Compact(partners)
	found := make([]termsOrRefusal, len(partners))
	var calls errgroup.Group
	calls.SetLimit(8)
	for i, id := range partners {
		calls.Go(func() error {
			found[i].terms, found[i].err = a.loadTerms(ctx, sellerOn{id, on})
			return nil
		})
	}
	_ = calls.Wait() // each error stands with its partner
	byPartner := make(map[string]termsOrRefusal, len(partners))
	for i, id := range partners {
		byPartner[id] = found[i]
	}
	return byPartner
}

type termsOrRefusal struct {
	terms selling.Terms
	err   error
}

// loadFamilies asks the customer service for the product families.
func (a *App) loadFamilies(ctx context.Context, _ struct{}) (map[string]bool, error) {
	answer, err := a.catalogue.ListProductFamilies(ctx, &customerv1.ListProductFamiliesRequest{})
	if err != nil {
		return nil, fmt.Errorf("product families: %w", err)
	}
	known := make(map[string]bool, len(answer.GetProductFamilies()))
	for _, f := range answer.GetProductFamilies() {
		known[f.GetFamilyId()] = true
	}
	return known, nil
}

func checkFamily(known map[string]bool, id, field string) error {
	if known[id] {
		return nil
	}
	return errFamilyUnknown.Because(fmt.Sprintf("there is no product family %.60q; list the families to see which there are", id), "family_id", id).On(field)
}
