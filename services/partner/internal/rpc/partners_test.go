package rpc_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

func TestCreatePartner_AnswersWhatIsReadBack(t *testing.T) {
	w := begin(t)
	created, err := w.partners(ann).CreatePartner(w.ctx(), &partnerv1.CreatePartnerRequest{
		Partner: &partnerv1.Partner{
			PartnerId: "softcat", DisplayName: "Softcat", LegalName: "Softcat plc", CountryCode: "GB",
			Type: partnerv1.PartnerType_PARTNER_TYPE_RESELLER,
		},
		RequestId: key(),
	})
	w.check(err)
	want := &partnerv1.Partner{
		PartnerId: "softcat", DisplayName: "Softcat", LegalName: "Softcat plc", CountryCode: "GB",
		Type: partnerv1.PartnerType_PARTNER_TYPE_RESELLER, Selling: true, State: partnerv1.PartnerState_PARTNER_STATE_ACTIVE,
		Etag: "1", CreateTime: timestamppb.New(noon), UpdateTime: timestamppb.New(noon),
	}
	if diff := cmp.Diff(want, created, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	read, err := w.partners(softcat).GetPartner(w.ctx(), &partnerv1.GetPartnerRequest{PartnerId: "softcat"})
	w.check(err)
	if diff := cmp.Diff(created, read, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

func TestCreatePartner_RepeatedHasOneEffect(t *testing.T) {
	w := begin(t)
	request := &partnerv1.CreatePartnerRequest{
		Partner:   &partnerv1.Partner{PartnerId: "softcat", DisplayName: "Softcat", CountryCode: "GB", Type: partnerv1.PartnerType_PARTNER_TYPE_RESELLER},
		RequestId: key(),
	}
	first, err := w.partners(ann).CreatePartner(w.ctx(), request)
	w.check(err)
	again, err := w.partners(ann).CreatePartner(w.ctx(), request)
	w.check(err)
	if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	if n := len(w.feed()); n != 2 { // with the vendor's own
		t.Errorf("%d events", n)
	}
}

func TestListPartners_PagesThroughAll(t *testing.T) {
	w := begin(t)
	want := []string{"direct"}
	for i := range 4 {
		want = append(want, w.enrol(fmt.Sprintf("partner-%d", i)).GetPartnerId())
	}
	var got []string
	request := &partnerv1.ListPartnersRequest{PageSize: 2}
	for pages := 1; ; pages++ {
		list, err := w.partners(servertest.Person("fay", auth.Finance)).ListPartners(w.ctx(), request)
		w.check(err)
		for _, p := range list.GetPartners() {
			got = append(got, p.GetPartnerId())
		}
		if request.PageToken = list.GetNextPageToken(); request.PageToken == "" {
			if pages != 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUpdatePartner_ChangesWhatTheMaskNames(t *testing.T) {
	w := begin(t)
	p := w.enrol("softcat")
	updated, err := w.partners(ann).UpdatePartner(w.ctx(), &partnerv1.UpdatePartnerRequest{
		Partner:    &partnerv1.Partner{PartnerId: "softcat", DisplayName: "Soft Cat", CountryCode: "FR", Etag: p.GetEtag()},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"display_name", "etag"}}, RequestId: key(),
	})
	w.check(err)
	if updated.GetDisplayName() != "Soft Cat" || updated.GetCountryCode() != "GB" || updated.GetEtag() != "2" {
		t.Errorf("got %v", updated)
	}
	updated, err = w.partners(ann).UpdatePartner(w.ctx(), &partnerv1.UpdatePartnerRequest{
		Partner: &partnerv1.Partner{PartnerId: "softcat", CountryCode: "FR"}, RequestId: key(),
	})
	w.check(err)
	if updated.GetDisplayName() != "Soft Cat" || updated.GetCountryCode() != "FR" {
		t.Errorf("without a mask: got %v", updated)
	}
}

func TestSuspendPartner_KeepsItReadingAndReinstateUndoesIt(t *testing.T) {
	w := begin(t)
	w.enrol("softcat")
	suspended, err := w.partners(ann).SuspendPartner(w.ctx(), &partnerv1.SuspendPartnerRequest{
		PartnerId: "softcat", Cause: partnerv1.SuspensionCause_SUSPENSION_CAUSE_INSOLVENT, Etag: "1", RequestId: key(),
	})
	w.check(err)
	if suspended.GetState() != partnerv1.PartnerState_PARTNER_STATE_SUSPENDED || suspended.GetSuspendDate() != "2026-03-01" ||
		suspended.GetSuspensionCause() != partnerv1.SuspensionCause_SUSPENSION_CAUSE_INSOLVENT {
		t.Errorf("got %v", suspended)
	}
	secret := w.client("softcat")
	if _, err := w.token(secret.GetApiClient().GetClientId(), secret.GetClientSecret()); err != nil {
		t.Errorf("token of a suspended partner: %v", err)
	}
	back, err := w.partners(ann).ReinstatePartner(w.ctx(), &partnerv1.ReinstatePartnerRequest{PartnerId: "softcat", RequestId: key()})
	w.check(err)
	if back.GetState() != partnerv1.PartnerState_PARTNER_STATE_ACTIVE || back.GetSuspendDate() != "" || back.GetEtag() != "3" {
		t.Errorf("got %v", back)
	}
}

func TestAgreements_AreListedNewestFirstInPages(t *testing.T) {
	w := begin(t)
	w.enrol("softcat")
	for year := range 3 {
		w.agree("softcat", fmt.Sprintf("202%d-01-01", year), fmt.Sprintf("202%d-01-01", year+1))
	}
	var got []string
	request := &partnerv1.ListAgreementsRequest{PartnerId: "softcat", PageSize: 2}
	for {
		list, err := w.partners(softcat).ListAgreements(w.ctx(), request)
		w.check(err)
		for _, a := range list.GetAgreements() {
			got = append(got, a.GetFromDate())
		}
		if request.PageToken = list.GetNextPageToken(); request.PageToken == "" {
			break
		}
	}
	if diff := cmp.Diff([]string{"2022-01-01", "2021-01-01", "2020-01-01"}, got); diff != "" {
		t.Error(diff)
	}
}

// Who invoices the customer does not matter for who writes the other invoice.
func TestCreateAgreement_CanBeSelfBilledInBothModes(t *testing.T) {
	w := begin(t)
	w.enrol("softcat")
	for mode, from := range map[partnerv1.SettlementMode]string{
		partnerv1.SettlementMode_SETTLEMENT_MODE_AGENCY: "2026-01-01", partnerv1.SettlementMode_SETTLEMENT_MODE_RESALE: "2025-01-01",
	} {
		r := selfBilled("GB123456789")
		r.Agreement.SettlementMode, r.Agreement.FromDate, r.Agreement.UntilDate = mode, from, strings.Replace(from, "01-01", "12-31", 1)
		created, err := w.partners(ann).CreateAgreement(w.ctx(), r)
		w.check(err)
		terms, err := w.partners(softcat).GetSellingTerms(w.ctx(), &partnerv1.GetSellingTermsRequest{PartnerId: "softcat", OnDate: from})
		w.check(err)
		if a := terms.GetAgreement(); a.GetAgreementId() != created.GetAgreementId() || !a.GetSelfBilling() || a.GetTaxId() != "GB123456789" {
			t.Errorf("%s: got %s", mode, prototext.Format(a))
		}
	}
}

// selfBilled asks for an agreement of softcat's with a tax number.
func selfBilled(taxID string) *partnerv1.CreateAgreementRequest {
	r := agreementRequest("softcat", "2026-01-01", "")
	r.Agreement.SelfBilling, r.Agreement.TaxId = true, taxID
	return r
}

func TestCreateAgreement_OfTwoAtOnceOneWins(t *testing.T) {
	w := begin(t)
	w.enrol("softcat")
	answers := atOnce(8, func(int) error {
		_, err := w.partners(ann).CreateAgreement(w.ctx(), agreementRequest("softcat", "2026-01-01", ""))
		return err
	})
	for _, err := range answers {
		if err != nil && !errors.Is(err, partners.ErrAgreementOverlaps) {
			t.Errorf("got %v", err)
		}
	}
	if n := successes(answers); n != 1 {
		t.Errorf("%d agreements for one day", n)
	}
}

func TestEndAgreement_FreesTheDaysAfter(t *testing.T) {
	w := begin(t)
	w.enrol("softcat")
	open := w.agree("softcat", "2025-01-01", "")
	ended, err := w.partners(ann).EndAgreement(w.ctx(), &partnerv1.EndAgreementRequest{
		PartnerId: "softcat", AgreementId: open.GetAgreementId(), UntilDate: "2026-04-01", Etag: open.GetEtag(), RequestId: key(),
	})
	w.check(err)
	if ended.GetUntilDate() != "2026-04-01" || ended.GetEtag() != "2" {
		t.Errorf("got %v", ended)
	}
	w.agree("softcat", "2026-04-01", "")
}

func TestGetSellingTerms_AnswersForTodayWhereTheVendorIs(t *testing.T) {
	w := begin(t)
	w.enrol("softcat")
	agreement := w.agree("softcat", "2026-03-01", "2026-03-02")
	version := w.approve(w.propose(w.draft("2024-01-01")))
	for name, caller := range map[string]auth.Caller{
		"the partner": softcat, "a service": servertest.Service("billing"), "a service for it": servertest.ServiceFor("commission", "softcat"),
	} {
		terms, err := w.partners(caller).GetSellingTerms(w.ctx(), &partnerv1.GetSellingTermsRequest{PartnerId: "softcat"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := &partnerv1.SellingTerms{Partner: terms.GetPartner(), Agreement: agreement, CodeVersion: version}
		if diff := cmp.Diff(want, terms, protocmp.Transform()); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	terms, err := w.partners(ann).GetSellingTerms(w.ctx(), &partnerv1.GetSellingTermsRequest{PartnerId: "softcat", OnDate: "2023-01-01"})
	w.check(err)
	if terms.GetPartner() == nil || terms.GetAgreement() != nil || terms.GetCodeVersion() != nil {
		t.Errorf("before anything was in force: %v", terms)
	}
}
