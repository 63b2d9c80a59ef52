package rpc_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/registrations"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

const day = 24 * time.Hour

// beginDeals is a world with two partners and a code of practice.
func beginDeals(t *testing.T) *world {
	t.Helper()
	w := begin(t)
	w.prepareDeals()
	return w
}

func (w *world) prepareDeals() {
	w.t.Helper()
	w.approve(w.propose(w.draft("2024-01-01")))
	w.enrol("softcat")
	w.enrol("cdw")
}

func deal(domain string) *partnerv1.DealRegistration {
	return &partnerv1.DealRegistration{
		CustomerName: "Acme", Domain: domain, CountryCode: "GB", FamilyId: "email-security", Seats: 200,
		ExpectedNet: &typev1.Money{CurrencyCode: "GBP", Amount: "24000"}, ExpectedCloseDate: "2026-04-01", Description: "Replaces a competitor.",
	}
}

// announce drafts a registration.
func (w *world) announce(c auth.Caller, d *partnerv1.DealRegistration) *partnerv1.DealRegistration {
	w.t.Helper()
	created, err := w.deals(c).CreateDealRegistration(w.ctx(), &partnerv1.CreateDealRegistrationRequest{DealRegistration: d, RequestId: key()})
	w.check(err)
	return created
}

func (w *world) submit(c auth.Caller, d *partnerv1.DealRegistration) (*partnerv1.DealRegistration, error) {
	return w.deals(c).SubmitDealRegistration(w.ctx(),
		&partnerv1.SubmitDealRegistrationRequest{DealRegistrationId: d.GetDealRegistrationId(), RequestId: key()})
}

// submitted drafts and submits a registration.
func (w *world) submitted(c auth.Caller, d *partnerv1.DealRegistration) *partnerv1.DealRegistration {
	w.t.Helper()
	submitted, err := w.submit(c, w.announce(c, d))
	w.check(err)
	return submitted
}

func (w *world) approveDeal(d *partnerv1.DealRegistration) (*partnerv1.DealRegistration, error) {
	return w.deals(ann).ApproveDealRegistration(w.ctx(),
		&partnerv1.ApproveDealRegistrationRequest{DealRegistrationId: d.GetDealRegistrationId(), RequestId: key()})
}

// approved drafts, submits and approves a registration.
func (w *world) approved(c auth.Caller, d *partnerv1.DealRegistration) *partnerv1.DealRegistration {
	w.t.Helper()
	approved, err := w.approveDeal(w.submitted(c, d))
	w.check(err)
	return approved
}

func (w *world) extend(c auth.Caller, d *partnerv1.DealRegistration) (*partnerv1.DealRegistration, error) {
	return w.deals(c).ExtendDealRegistration(w.ctx(),
		&partnerv1.ExtendDealRegistrationRequest{DealRegistrationId: d.GetDealRegistrationId(), RequestId: key()})
}

func (w *world) withdraw(c auth.Caller, d *partnerv1.DealRegistration) (*partnerv1.DealRegistration, error) {
	return w.deals(c).WithdrawDealRegistration(w.ctx(),
		&partnerv1.WithdrawDealRegistrationRequest{DealRegistrationId: d.GetDealRegistrationId(), RequestId: key()})
}

func (w *world) deal(c auth.Caller, id string) *partnerv1.DealRegistration {
	w.t.Helper()
	found, err := w.deals(c).GetDealRegistration(w.ctx(), &partnerv1.GetDealRegistrationRequest{DealRegistrationId: id})
	w.check(err)
	return found
}

func TestDealRegistration_GoesFromDraftToApproval(t *testing.T) {
	w := beginDeals(t)
	created := w.announce(softcat, deal("Acme.example."))
	want := deal("acme.example")
	want.DealRegistrationId, want.PartnerId, want.Etag, want.CreateTime = created.GetDealRegistrationId(), "softcat", "1", timestamppb.New(noon)
	want.ExpectedNet.Amount, want.State = "24000.00", partnerv1.DealRegistrationState_DEAL_REGISTRATION_STATE_DRAFT
	if diff := cmp.Diff(want, created, protocmp.Transform()); diff != "" || !strings.HasPrefix(created.GetDealRegistrationId(), "dre_") {
		t.Errorf("%s:\n%s", created.GetDealRegistrationId(), diff)
	}
	w.wait(day)
	if _, err := w.submit(softcat, created); err != nil {
		t.Fatal(err)
	}
	w.wait(day)
	approved, err := w.approveDeal(created)
	w.check(err)
	want.SubmitTime, want.Etag = timestamppb.New(noon.Add(day)), "3"
	want.State, want.ApproveDate, want.ExpireDate = partnerv1.DealRegistrationState_DEAL_REGISTRATION_STATE_APPROVED, "2026-03-03", "2026-06-01"
	if diff := cmp.Diff(want, approved, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(approved, w.deal(softcat, created.GetDealRegistrationId()), protocmp.Transform()); diff != "" {
		t.Errorf("as its partner reads it:\n%s", diff)
	}
}

func TestRequestInformation_OpensTheNamedFieldsOnly(t *testing.T) {
	w := beginDeals(t)
	d := w.submitted(softcat, deal("acme.example"))
	asked, err := w.deals(ann).RequestInformation(w.ctx(), &partnerv1.RequestInformationRequest{
		DealRegistrationId: d.GetDealRegistrationId(), Fields: []string{"seats", "expected_net"}, Note: "Why so many?", RequestId: key(),
	})
	w.check(err)
	if asked.GetState() != partnerv1.DealRegistrationState_DEAL_REGISTRATION_STATE_INFORMATION_REQUESTED || len(asked.GetRequestedFields()) != 2 {
		t.Fatalf("asked: %v", asked)
	}
	update := func(mask ...string) error {
		_, err := w.deals(softcat).UpdateDealRegistration(w.ctx(), &partnerv1.UpdateDealRegistrationRequest{
			DealRegistration: &partnerv1.DealRegistration{
				DealRegistrationId: d.GetDealRegistrationId(), Seats: 150, CustomerName: "Other",
				ExpectedNet: &typev1.Money{CurrencyCode: "GBP", Amount: "18000"},
			},
			UpdateMask: &fieldmaskpb.FieldMask{Paths: mask}, RequestId: key(),
		})
		return err
	}
	if err := update("customer_name"); !errors.Is(err, registrations.ErrMaskInvalid) {
		t.Errorf("another field: %v", err)
	}
	w.check(update("seats", "expected_net.amount", "expected_net.currency_code", "etag"))
	if _, err := w.approveDeal(d); !errors.Is(err, registrations.ErrStateInvalid) {
		t.Errorf("approved before it was answered: %v", err)
	}
	answered, err := w.submit(softcat, d)
	w.check(err)
	if answered.GetSeats() != 150 || answered.GetExpectedNet().GetAmount() != "18000.00" || answered.GetCustomerName() != "Acme" || len(answered.GetRequestedFields()) != 0 {
		t.Errorf("answered: %v", answered)
	}
}

func TestUpdateDealRegistration_WithoutAMaskTakesWhatIsGiven(t *testing.T) {
	w := beginDeals(t)
	d := w.announce(softcat, deal("acme.example"))
	updated, err := w.deals(softcat).UpdateDealRegistration(w.ctx(), &partnerv1.UpdateDealRegistrationRequest{
		DealRegistration: &partnerv1.DealRegistration{
			DealRegistrationId: d.GetDealRegistrationId(), Domain: "umbrella.example", Seats: 7, ExpectedNet: &typev1.Money{CurrencyCode: "JPY", Amount: "5"},
		}, RequestId: key(),
	})
	w.check(err)
	want := deal("umbrella.example")
	want.Seats, want.ExpectedNet = 7, &typev1.Money{CurrencyCode: "JPY", Amount: "5"}
	ignored := protocmp.IgnoreFields(&partnerv1.DealRegistration{}, "deal_registration_id", "partner_id", "state", "etag", "create_time")
	if diff := cmp.Diff(want, updated, protocmp.Transform(), ignored); diff != "" {
		t.Error(diff)
	}
}

// Everything that names the customer's group is reserved; nothing else is.
func TestSubmit_ReservesTheGroupAndTheFamily(t *testing.T) {
	w := beginDeals(t)
	w.customer.addCustomer("cus_1", "grp_1", "acme.example", "acme.co.uk")
	w.customer.addCustomer("cus_2", "grp_1", "sister.example")
	w.customer.addCustomer("cus_3", "", "umbrella.example")
	w.submitted(softcat, deal("acme.example"))
	archiving := deal("acme.example")
	archiving.FamilyId = "archiving"
	tests := []struct {
		name  string
		deal  *partnerv1.DealRegistration
		taken bool
	}{
		{"the same domain", deal("acme.example"), true},
		{"another domain of the customer", deal("acme.co.uk"), true},
		{"a sister company", deal("sister.example"), true},
		{"another customer", deal("umbrella.example"), false},
		{"a customer not known yet", deal("new.example"), false},
		{"another family", archiving, false},
	}
	for _, tt := range tests {
		conflict, err := w.deals(cdw).CheckConflict(w.ctx(), &partnerv1.CheckConflictRequest{Domain: tt.deal.GetDomain(), FamilyId: tt.deal.GetFamilyId()})
		w.check(err)
		if conflict.GetConflict() != tt.taken {
			t.Errorf("%s: conflict %v", tt.name, conflict.GetConflict())
		}
		d := w.announce(cdw, tt.deal)
		_, err = w.submit(cdw, d)
		if errors.Is(err, registrations.ErrTaken) != tt.taken || (err == nil) == tt.taken {
			t.Errorf("%s: %v", tt.name, err)
		}
		if refusal, _ := fault.Of(err); tt.taken && (len(refusal.Facts) != 0 || strings.Contains(refusal.Message, "softcat") || strings.Contains(refusal.Message, "dre_")) {
			t.Errorf("%s: the loser reads %+v", tt.name, refusal)
		}
	}
}

func TestSubmit_NamesOnesOwnRegistration(t *testing.T) {
	w := beginDeals(t)
	w.enrol("absorbed")
	w.customer.addCustomer("cus_1", "", "acme.example", "acme.co.uk")
	first := w.submitted(softcat, deal("acme.example"))
	named := func(c auth.Caller) bool {
		t.Helper()
		_, err := w.submit(c, w.announce(c, deal("acme.co.uk")))
		refusal, _ := fault.Of(err)
		if !errors.Is(err, registrations.ErrTaken) {
			t.Fatalf("got %v", err)
		}
		return refusal.Facts["deal_registration_id"] == first.GetDealRegistrationId()
	}
	survivor := servertest.Partner("cdw", scopes...)
	survivor.PartnerIDs = []string{"cdw", "softcat"}
	if !named(softcat) || !named(survivor) || named(cdw) {
		t.Error("named to whom it must not be, or not to whom it belongs")
	}
	if conflict, err := w.deals(softcat).CheckConflict(w.ctx(), &partnerv1.CheckConflictRequest{Domain: "acme.co.uk", FamilyId: "email-security"}); err != nil || conflict.GetConflict() {
		t.Errorf("in conflict with itself: %v, %v", conflict, err)
	}
	if conflict, err := w.deals(ann).CheckConflict(w.ctx(), &partnerv1.CheckConflictRequest{Domain: "acme.co.uk", FamilyId: "email-security"}); err != nil || !conflict.GetConflict() {
		t.Errorf("for the vendor: %v, %v", conflict, err)
	}
}

func TestSubmit_OfManyAtOnceTheFirstWins(t *testing.T) {
	w := beginDeals(t)
	w.customer.addCustomer("cus_1", "grp_1", "acme.example", "acme.co.uk")
	w.customer.addCustomer("cus_2", "grp_1", "sister.example")
	domains := []string{"acme.example", "acme.co.uk", "sister.example"}
	callers := []auth.Caller{softcat, cdw}
	const many = 24
	drafts := make([]*partnerv1.DealRegistration, many)
	for i := range drafts {
		drafts[i] = w.announce(callers[i%2], deal(domains[i%3]))
	}
	answers := atOnce(many, func(i int) error {
		_, err := w.submit(callers[i%2], drafts[i])
		return err
	})
	for _, err := range answers {
		if err != nil && !errors.Is(err, registrations.ErrTaken) {
			t.Errorf("got %v", err)
		}
	}
	if n := successes(answers); n != 1 {
		t.Errorf("%d of %d won", n, many)
	}
	open, err := w.deals(ann).ListDealRegistrations(w.ctx(), &partnerv1.ListDealRegistrationsRequest{State: partnerv1.DealRegistrationState_DEAL_REGISTRATION_STATE_SUBMITTED})
	w.check(err)
	if len(open.GetDealRegistrations()) != 1 {
		t.Errorf("%d are submitted", len(open.GetDealRegistrations()))
	}
}

func TestEndOfARegistration_FreesItsCustomer(t *testing.T) {
	ends := map[string]func(*world, *partnerv1.DealRegistration){
		"withdrawn": func(w *world, d *partnerv1.DealRegistration) {
			_, err := w.withdraw(softcat, d)
			w.check(err)
		},
		"rejected": func(w *world, d *partnerv1.DealRegistration) {
			rejected, err := w.deals(ann).RejectDealRegistration(w.ctx(), &partnerv1.RejectDealRegistrationRequest{
				DealRegistrationId: d.GetDealRegistrationId(), Note: "Known to us.", RequestId: key(),
			})
			w.check(err)
			if rejected.GetVendorNote() != "Known to us." {
				t.Errorf("got %v", rejected)
			}
		},
		"expired": func(w *world, d *partnerv1.DealRegistration) {
			_, err := w.approveDeal(d)
			w.check(err)
			w.wait(91 * day)
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			w := beginDeals(t)
			d := w.submitted(softcat, deal("acme.example"))
			end(w, d)
			conflict, err := w.deals(cdw).CheckConflict(w.ctx(), &partnerv1.CheckConflictRequest{Domain: "acme.example", FamilyId: "email-security"})
			if err != nil || conflict.GetConflict() {
				t.Errorf("conflict %v, %v", conflict, err)
			}
			w.submitted(cdw, deal("acme.example"))
		})
	}
}

// Its time is over whether anybody has stored that or not; whoever needs its
// place stores it, as the service and not as the one who came.
func TestExpiry_ComesByDateAndIsStoredOnce(t *testing.T) {
	w := beginDeals(t)
	first, second := w.approved(softcat, deal("acme.example")), w.approved(softcat, deal("umbrella.example"))
	w.wait(90 * day)
	if got := w.deal(softcat, first.GetDealRegistrationId()); got.GetState() != partnerv1.DealRegistrationState_DEAL_REGISTRATION_STATE_APPROVED {
		t.Errorf("on day 90: %s", got.GetState())
	}
	if n, err := w.app.ExpireRegistrations(w.ctx()); n != 0 || err != nil {
		t.Errorf("on day 90: %d, %v", n, err)
	}
	w.wait(day)
	for _, d := range []*partnerv1.DealRegistration{first, second} {
		if got := w.deal(softcat, d.GetDealRegistrationId()); got.GetState() != partnerv1.DealRegistrationState_DEAL_REGISTRATION_STATE_EXPIRED {
			t.Errorf("on day 91: %s", got.GetState())
		}
	}
	w.submitted(cdw, deal("acme.example"))
	if n, err := w.app.ExpireRegistrations(w.ctx()); n != 1 || err != nil {
		t.Errorf("left to store: %d, %v", n, err)
	}
	if n, err := w.app.ExpireRegistrations(w.ctx()); n != 0 || err != nil {
		t.Errorf("stored again: %d, %v", n, err)
	}
	expired := map[string]bool{}
	for _, e := range w.feed() {
		if e.GetKind() == "deal_registration.expired" {
			expired[e.GetResourceId()] = true
			if e.GetActor() != "service:partner" {
				t.Errorf("expired by %s", e.GetActor())
			}
		}
	}
	if len(expired) != 2 {
		t.Errorf("told of %v", expired)
	}
}

func TestExtend_LengthensAnApprovalOnce(t *testing.T) {
	w := beginDeals(t)
	d := w.approved(softcat, deal("acme.example"))
	w.wait(90 * day)
	extended, err := w.extend(softcat, d)
	w.check(err)
	if extended.GetExpireDate() != "2026-08-28" || !extended.GetExtended() {
		t.Errorf("got %v", extended)
	}
	w.wait(91 * day)
	if _, err := w.extend(softcat, d); !errors.Is(err, registrations.ErrExpired) {
		t.Errorf("after its time: %v", err)
	}
}

// The vendor approves what was submitted; a group that has grown since may hold
// two.
func TestApprove_LooksAtTheGroupOnceMore(t *testing.T) {
	w := beginDeals(t)
	first, second := w.submitted(softcat, deal("acme.example")), w.submitted(cdw, deal("sister.example"))
	w.customer.addCustomer("cus_1", "grp_1", "acme.example")
	w.customer.addCustomer("cus_2", "grp_1", "sister.example")
	_, err := w.approveDeal(first)
	refusal, _ := fault.Of(err)
	if !errors.Is(err, registrations.ErrTaken) || refusal.Facts["deal_registration_id"] != second.GetDealRegistrationId() {
		t.Fatalf("got %v", err)
	}
	_, err = w.withdraw(cdw, second)
	w.check(err)
	_, err = w.approveDeal(first)
	w.check(err)
	if _, err := w.submit(cdw, w.announce(cdw, deal("sister.example"))); !errors.Is(err, registrations.ErrTaken) {
		t.Errorf("the sister is free: %v", err)
	}
}

// New is the group, whatever the family and whoever served it.
func TestApprove_RefusesWhatTheGroupHadWithinAYear(t *testing.T) {
	tests := []struct {
		name   string
		change func(*world)
		isNew  bool
	}{
		{"ended a year and a day ago", func(w *world) { w.customer.addSubscription("cus_2", "cdw", "2024-03-01", "2025-03-01") }, true},
		{"ended a year ago", func(w *world) { w.customer.addSubscription("cus_2", "cdw", "2024-03-02", "2025-03-02") }, false},
		{"runs", func(w *world) { w.customer.addSubscription("cus_1", "direct", "2025-06-01", "2026-06-01") }, false},
		{"cancelled long ago", func(w *world) {
			w.customer.addSubscription("cus_1", "cdw", "2024-06-01", "2025-06-01").CancelDate = "2024-09-01"
		}, true},
		{"was free of charge", func(w *world) {
			w.customer.addSubscription("cus_1", "cdw", "2025-06-01", "2026-06-01").UnitPrice.Amount = "0.00"
		}, true},
		{"another family", func(w *world) {
			w.customer.addSubscription("cus_2", "softcat", "2025-06-01", "2026-06-01").FamilyId = "archiving"
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := beginDeals(t)
			w.customer.addCustomer("cus_1", "grp_1", "acme.example")
			w.customer.addCustomer("cus_2", "grp_1", "sister.example")
			tt.change(w)
			_, err := w.approveDeal(w.submitted(softcat, deal("acme.example")))
			if errors.Is(err, registrations.ErrNotNew) == tt.isNew || (err == nil) != tt.isNew {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSubmit_RepeatedAnswersAsTheFirstTime(t *testing.T) {
	w := beginDeals(t)
	d := w.announce(softcat, deal("acme.example"))
	request := &partnerv1.SubmitDealRegistrationRequest{DealRegistrationId: d.GetDealRegistrationId(), RequestId: key()}
	first, err := w.deals(softcat).SubmitDealRegistration(w.ctx(), request)
	w.check(err)
	_, err = w.approveDeal(d)
	w.check(err)
	again, err := w.deals(softcat).SubmitDealRegistration(w.ctx(), request)
	w.check(err)
	if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

func TestWithdraw_RepeatedChangesNothing(t *testing.T) {
	w := beginDeals(t)
	d := w.submitted(softcat, deal("acme.example"))
	first, err := w.withdraw(softcat, d)
	w.check(err)
	again, err := w.withdraw(softcat, d)
	w.check(err)
	if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

func TestListDealRegistrations_PagesThroughOnesOwn(t *testing.T) {
	w := beginDeals(t)
	for i := range 5 {
		w.announce([]auth.Caller{softcat, cdw}[i%2], deal(fmt.Sprintf("acme%d.example", i)))
	}
	var got []string
	request := &partnerv1.ListDealRegistrationsRequest{PageSize: 2}
	for {
		list, err := w.deals(softcat).ListDealRegistrations(w.ctx(), request)
		w.check(err)
		for _, d := range list.GetDealRegistrations() {
			got = append(got, d.GetDomain())
		}
		if request.PageToken = list.GetNextPageToken(); request.PageToken == "" {
			break
		}
	}
	if diff := cmp.Diff([]string{"acme4.example", "acme2.example", "acme0.example"}, got); diff != "" {
		t.Error(diff)
	}
	all, err := w.deals(servertest.Service("crm")).ListDealRegistrations(w.ctx(), &partnerv1.ListDealRegistrationsRequest{PartnerId: "cdw"})
	w.check(err)
	if len(all.GetDealRegistrations()) != 2 {
		t.Errorf("of cdw: %v", all)
	}
}

func TestDealRegistrations_AreInTheFeed(t *testing.T) {
	w := beginDeals(t)
	approved := w.approved(softcat, deal("acme.example"))
	_, err := w.withdraw(softcat, approved)
	w.check(err)
	var got []string
	for _, e := range w.feed() {
		if strings.HasPrefix(e.GetKind(), "deal_registration.") {
			got = append(got, fmt.Sprintf("%s %d %s %s", e.GetKind(), e.GetRevision(), e.GetActor(), e.GetDealRegistration().GetState()))
		}
	}
	want := []string{
		"deal_registration.created 1 partner:softcat DEAL_REGISTRATION_STATE_DRAFT",
		"deal_registration.submitted 2 partner:softcat DEAL_REGISTRATION_STATE_SUBMITTED",
		"deal_registration.approved 3 person:staff:ann DEAL_REGISTRATION_STATE_APPROVED",
		"deal_registration.withdrawn 4 partner:softcat DEAL_REGISTRATION_STATE_WITHDRAWN",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// evaluate evaluates an order of a partner that names a registration.
func (w *world) evaluate(partner, domain, submission string, d *partnerv1.DealRegistration) (*partnerv1.OrderEvaluation, error) {
	return w.conduct(commission).EvaluateOrder(w.ctx(), &partnerv1.EvaluateOrderRequest{
		PartnerId: partner, Domain: domain, FamilyId: "email-security", StartDate: "2026-03-10",
		DealRegistrationId: d.GetDealRegistrationId(), SubmissionId: submission,
	})
}

func TestOrder_ConvertsARegistrationOfItsCustomerOnce(t *testing.T) {
	w := beginDeals(t)
	w.customer.addCustomer("cus_1", "grp_1", "acme.example", "acme.co.uk")
	w.customer.addCustomer("cus_2", "grp_1", "sister.example")
	d := w.approved(softcat, deal("acme.example"))
	for name, tt := range map[string]struct {
		partner, domain string
		want            error
	}{
		"another domain of the customer": {"softcat", "acme.co.uk", nil},
		"a sister company":               {"softcat", "sister.example", nil},
		"another customer":               {"softcat", "umbrella.example", registrations.ErrStateInvalid},
		"another partner":                {"cdw", "acme.example", registrations.ErrNotFound},
	} {
		if _, err := w.evaluate(tt.partner, tt.domain, "", d); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", name, err, tt.want)
		}
	}
	evaluated, err := w.evaluate("softcat", "acme.example", "sbm_1", d)
	w.check(err)
	record := func() {
		t.Helper()
		_, err := w.conduct(commission).RecordOrder(w.ctx(), &partnerv1.RecordOrderRequest{
			SubmissionId: "sbm_1", SubscriptionId: "sub_1", PartnerId: "softcat", Domain: "acme.example", FamilyId: "email-security",
			StartDate: "2026-03-10", OrderDate: "2026-03-01", Verdict: evaluated.GetVerdict(), DealRegistrationId: d.GetDealRegistrationId(),
		})
		w.check(err)
	}
	record()
	record()
	converted := w.deal(softcat, d.GetDealRegistrationId())
	if converted.GetState() != partnerv1.DealRegistrationState_DEAL_REGISTRATION_STATE_CONVERTED || converted.GetSubmissionId() != "sbm_1" || converted.GetEtag() != "4" {
		t.Errorf("got %v", converted)
	}
	if _, err := w.evaluate("softcat", "acme.example", "sbm_1", d); err != nil {
		t.Errorf("by the same order: %v", err)
	}
	if _, err := w.evaluate("softcat", "acme.example", "sbm_2", d); !errors.Is(err, registrations.ErrStateInvalid) {
		t.Errorf("by another order: %v", err)
	}
	w.submitted(cdw, deal("acme.example"))
}
