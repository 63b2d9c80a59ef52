package rpc_test

import (
	"testing"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

func TestDealRegistrationService_RefusesWithItsReasons(t *testing.T) {
	var draft, submitted, approved, converting *partnerv1.DealRegistration
	create := func(c auth.Caller, change func(*partnerv1.DealRegistration)) func(*world) error {
		return func(w *world) error {
			d := deal("fresh.example")
			change(d)
			_, err := w.deals(c).CreateDealRegistration(w.ctx(), &partnerv1.CreateDealRegistrationRequest{DealRegistration: d, RequestId: key()})
			return err
		}
	}
	submit := func(c auth.Caller, d **partnerv1.DealRegistration, etag string) func(*world) error {
		return func(w *world) error {
			_, err := w.deals(c).SubmitDealRegistration(w.ctx(),
				&partnerv1.SubmitDealRegistrationRequest{DealRegistrationId: (*d).GetDealRegistrationId(), Etag: etag, RequestId: key()})
			return err
		}
	}
	approve := func(c auth.Caller, d **partnerv1.DealRegistration) func(*world) error {
		return func(w *world) error {
			_, err := w.deals(c).ApproveDealRegistration(w.ctx(),
				&partnerv1.ApproveDealRegistrationRequest{DealRegistrationId: (*d).GetDealRegistrationId(), RequestId: key()})
			return err
		}
	}
	ask := func(fields []string, note string) func(*world) error {
		return func(w *world) error {
			_, err := w.deals(ann).RequestInformation(w.ctx(), &partnerv1.RequestInformationRequest{
				DealRegistrationId: submitted.GetDealRegistrationId(), Fields: fields, Note: note, RequestId: key(),
			})
			return err
		}
	}
	update := func(c auth.Caller, d **partnerv1.DealRegistration, paths ...string) func(*world) error {
		return func(w *world) error {
			_, err := w.deals(c).UpdateDealRegistration(w.ctx(), &partnerv1.UpdateDealRegistrationRequest{
				DealRegistration: &partnerv1.DealRegistration{DealRegistrationId: (*d).GetDealRegistrationId()},
				UpdateMask:       &fieldmaskpb.FieldMask{Paths: paths}, RequestId: key(),
			})
			return err
		}
	}
	conflict := func(domain string) func(*world) error {
		return func(w *world) error {
			_, err := w.deals(softcat).CheckConflict(w.ctx(), &partnerv1.CheckConflictRequest{Domain: domain, FamilyId: "email-security"})
			return err
		}
	}
	list := func(r *partnerv1.ListDealRegistrationsRequest) func(*world) error {
		return func(w *world) error {
			_, err := w.deals(softcat).ListDealRegistrations(w.ctx(), r)
			return err
		}
	}
	checkRefusals(t, func(w *world) {
		w.prepareDeals()
		w.enrolAs("acme", partnerv1.PartnerType_PARTNER_TYPE_SUPPLIER)
		w.customer.addCustomer("cus_1", "", "old.example")
		w.customer.addSubscription("cus_1", "cdw", "2026-01-01", "2027-01-01")
		draft, submitted = w.announce(softcat, deal("taken.example")), w.submitted(softcat, deal("submitted.example"))
		approved, converting = w.approved(softcat, deal("approved.example")), w.submitted(softcat, deal("old.example"))
		w.submitted(cdw, deal("taken.example"))
	}, []refusal{
		{"no customer", "REQUEST_INVALID", "deal_registration.customer_name", create(softcat, func(d *partnerv1.DealRegistration) { d.CustomerName = "" })},
		{"a host", "DOMAIN_INVALID", "deal_registration.domain", create(softcat, func(d *partnerv1.DealRegistration) { d.Domain = "www.fresh.example" })},
		{"no domain", "DOMAIN_INVALID", "deal_registration.domain", create(softcat, func(d *partnerv1.DealRegistration) { d.Domain = "" })},
		{"country not assigned", "COUNTRY_UNKNOWN", "deal_registration.country_code", create(softcat, func(d *partnerv1.DealRegistration) { d.CountryCode = "UK" })},
		{"no family", "REQUEST_INVALID", "deal_registration.family_id", create(softcat, func(d *partnerv1.DealRegistration) { d.FamilyId = "" })},
		{"no seats", "SEATS_NOT_POSITIVE", "deal_registration.seats", create(softcat, func(d *partnerv1.DealRegistration) { d.Seats = 0 })},
		{"a negative net", "AMOUNT_NEGATIVE", "deal_registration.expected_net", create(softcat, func(d *partnerv1.DealRegistration) { d.ExpectedNet.Amount = "-1" })},
		{"a net in gold", "CURRENCY_UNSUPPORTED", "deal_registration.expected_net", create(softcat, func(d *partnerv1.DealRegistration) {
			d.ExpectedNet = &typev1.Money{CurrencyCode: "XAU", Amount: "1"}
		})},
		{"no such close", "DATE_INVALID", "deal_registration.expected_close_date", create(softcat, func(d *partnerv1.DealRegistration) { d.ExpectedCloseDate = "soon" })},
		{"for another partner", "NOT_FOUND", "deal_registration.partner_id", create(softcat, func(d *partnerv1.DealRegistration) { d.PartnerId = "cdw" })},
		{"for nobody", "REQUEST_INVALID", "deal_registration.partner_id", create(ann, func(*partnerv1.DealRegistration) {})},
		{"for an unknown partner", "NOT_FOUND", "deal_registration.partner_id", create(ann, func(d *partnerv1.DealRegistration) { d.PartnerId = "nobody" })},
		{"for a supplier", "PARTNER_NOT_SELLING", "deal_registration.partner_id", create(ann, func(d *partnerv1.DealRegistration) { d.PartnerId = "acme" })},
		{"for the vendor", "PARTNER_NOT_SELLING", "deal_registration.partner_id", create(ann, func(d *partnerv1.DealRegistration) { d.PartnerId = "direct" })},
		{"without the scope", "SCOPE_MISSING", "", create(servertest.Partner("softcat", "deals:read"), func(*partnerv1.DealRegistration) {})},
		{"another's", "NOT_FOUND", "", func(w *world) error {
			_, err := w.deals(cdw).GetDealRegistration(w.ctx(), &partnerv1.GetDealRegistrationRequest{DealRegistrationId: draft.GetDealRegistrationId()})
			return err
		}},
		{"submitting another's", "NOT_FOUND", "", submit(cdw, &draft, "")},
		{"submitting what is taken", "DEAL_ALREADY_REGISTERED", "", submit(softcat, &draft, "")},
		{"submitting a stale one", "ETAG_MISMATCH", "etag", submit(softcat, &draft, "9")},
		{"submitting again", "STATE_INVALID", "", submit(softcat, &submitted, "")},
		{"updating another's", "NOT_FOUND", "", update(cdw, &draft, "seats")},
		{"updating its state", "UPDATE_MASK_INVALID", "update_mask", update(softcat, &draft, "state")},
		{"updating nothing", "UPDATE_MASK_INVALID", "update_mask", update(softcat, &draft)},
		{"emptying a field", "SEATS_NOT_POSITIVE", "deal_registration.seats", update(softcat, &draft, "seats")},
		{"updating what is submitted", "STATE_INVALID", "", update(softcat, &submitted, "seats")},
		{"asking about nothing", "REQUEST_INVALID", "fields", ask(nil, "Why?")},
		{"asking about its state", "REQUEST_INVALID", "fields", ask([]string{"state"}, "Why?")},
		{"asking without a word", "REASON_TEXT_REQUIRED", "note", ask([]string{"seats"}, "")},
		{"approving by a program", "HUMAN_REQUIRED", "", approve(robot, &submitted)},
		{"approving by its partner", "PERMISSION_DENIED", "", approve(softcat, &submitted)},
		{"approving a draft", "STATE_INVALID", "", approve(ann, &draft)},
		{"approving what is not new", "NOT_NEW_BUSINESS", "", approve(ann, &converting)},
		{"rejecting without a word", "REASON_TEXT_REQUIRED", "note", func(w *world) error {
			_, err := w.deals(ann).RejectDealRegistration(w.ctx(), &partnerv1.RejectDealRegistrationRequest{DealRegistrationId: submitted.GetDealRegistrationId(), RequestId: key()})
			return err
		}},
		{"extending what is submitted", "STATE_INVALID", "", func(w *world) error { _, err := w.extend(softcat, submitted); return err }},
		{"extending twice", "STATE_INVALID", "", func(w *world) error {
			_, err := w.extend(softcat, approved)
			w.check(err)
			_, err = w.extend(softcat, approved)
			return err
		}},
		{"extending too late", "REGISTRATION_EXPIRED", "", func(w *world) error {
			late := w.approved(softcat, deal("late.example"))
			w.wait(91 * day)
			_, err := w.extend(softcat, late)
			return err
		}},
		{"withdrawing another's", "NOT_FOUND", "", func(w *world) error { _, err := w.withdraw(cdw, approved); return err }},
		{"a conflict with a public suffix", "DOMAIN_INVALID", "domain", conflict("co.uk")},
		{"a conflict with nothing", "REQUEST_INVALID", "domain", conflict("")},
		{"a negative page", "PAGE_SIZE_INVALID", "page_size", list(&partnerv1.ListDealRegistrationsRequest{PageSize: -1})},
		{"an unknown state", "REQUEST_INVALID", "state", list(&partnerv1.ListDealRegistrationsRequest{State: 99})},
	})
}

func TestMergers_RefuseWithTheirReasons(t *testing.T) {
	var old, reverted *partnerv1.Merger
	merge := func(survivor, absorbed string) func(*world) error {
		return func(w *world) error { _, err := w.merge(survivor, absorbed, false); return err }
	}
	revert := func(m **partnerv1.Merger, etag string) func(*world) error {
		return func(w *world) error {
			_, err := w.partners(ann).RevertMerger(w.ctx(), &partnerv1.RevertMergerRequest{MergerId: (*m).GetMergerId(), Etag: etag, RequestId: key()})
			return err
		}
	}
	absent := &partnerv1.Merger{MergerId: "mrg_absent"}
	checkRefusals(t, func(w *world) {
		w.prepareDeals()
		for _, id := range []string{"absorbed", "survivor", "other"} {
			w.enrol(id)
		}
		w.enrolAs("acme", partnerv1.PartnerType_PARTNER_TYPE_SUPPLIER)
		var err error
		reverted, err = w.revert(w.merged("softcat", "other"))
		w.check(err)
		old = w.merged("survivor", "absorbed")
	}, []refusal{
		{"into itself", "SAME_PARTNER", "absorbed_partner_id", merge("softcat", "softcat")},
		{"into nobody", "NOT_FOUND", "partner_id", merge("nobody", "softcat")},
		{"nobody", "NOT_FOUND", "absorbed_partner_id", merge("softcat", "nobody")},
		{"no name", "REQUEST_INVALID", "absorbed_partner_id", merge("softcat", "")},
		{"a supplier", "PARTNER_NOT_SELLING", "absorbed_partner_id", merge("softcat", "acme")},
		{"the vendor", "STATE_INVALID", "absorbed_partner_id", merge("softcat", "direct")},
		{"into the vendor", "STATE_INVALID", "partner_id", merge("direct", "softcat")},
		{"what is absorbed", "STATE_INVALID", "absorbed_partner_id", merge("softcat", "absorbed")},
		{"into what is absorbed", "STATE_INVALID", "partner_id", merge("absorbed", "softcat")},
		{"by a program", "HUMAN_REQUIRED", "", func(w *world) error {
			_, err := w.partners(robot).MergePartners(w.ctx(), &partnerv1.MergePartnersRequest{PartnerId: "softcat", AbsorbedPartnerId: "cdw", RequestId: key()})
			return err
		}},
		{"by a partner", "PERMISSION_DENIED", "", func(w *world) error {
			_, err := w.partners(softcat).ListMergers(w.ctx(), &partnerv1.ListMergersRequest{})
			return err
		}},
		{"reverting nothing", "NOT_FOUND", "", revert(&absent, "")},
		{"reverting a stale one", "ETAG_MISMATCH", "etag", revert(&old, "9")},
		{"reverting again", "STATE_INVALID", "", revert(&reverted, "")},
		{"reverting too late", "MERGER_REVERT_CLOSED", "", func(w *world) error {
			w.wait(31 * day)
			return revert(&old, "")(w)
		}},
	})
}

func TestWithoutACodeOfPractice_NothingIsDecided(t *testing.T) {
	var submitted *partnerv1.DealRegistration
	checkRefusals(t, func(w *world) {
		w.enrol("softcat")
		w.enrol("cdw")
		submitted = w.submitted(softcat, deal("acme.example"))
	}, []refusal{
		{"approving", "POLICY_MISSING", "", func(w *world) error { _, err := w.approveDeal(submitted); return err }},
		{"merging", "POLICY_MISSING", "", func(w *world) error { _, err := w.merge("softcat", "cdw", true); return err }},
	})
}
