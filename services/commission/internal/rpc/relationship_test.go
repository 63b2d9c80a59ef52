package rpc_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

type agreedMargin = commissionv1.RelationshipImport

func (w *world) importAll(rows ...*agreedMargin) []*commissionv1.RelationshipImportResult {
	w.t.Helper()
	answer, err := w.margins(crm).BatchImportRelationships(servertest.Context(w.t),
		&commissionv1.BatchImportRelationshipsRequest{Relationships: rows, RequestId: requestID()})
	must(w.t, err)
	return answer.GetResults()
}

func TestImport_LocksAThousandMarginsAtOnce(t *testing.T) {
	w := newWorld(t)
	var rows []*agreedMargin
	for i := range 1000 {
		w.customer.subscribe(fmt.Sprintf("sub_%d", i), "softcat")
		rows = append(rows, &agreedMargin{ExternalId: fmt.Sprintf("crm-sub_%d", i), PartnerId: "softcat", LockedBps: int32(1000 + i)})
	}
	for i, result := range w.importAll(rows...) {
		if result.GetRelationshipId() == "" {
			t.Fatalf("row %d: %v", i, result.GetError())
		}
	}
	list, err := w.margins(softcat).ListRelationships(servertest.Context(t), &commissionv1.ListRelationshipsRequest{PageSize: 1000})
	must(t, err)
	if len(list.GetRelationships()) != 1000 || list.GetNextPageToken() != "" {
		t.Errorf("%d relationships", len(list.GetRelationships()))
	}
	r := list.GetRelationships()[0]
	if r.GetFromDate() != "2025-04-01" || r.GetLockDate() != "2025-04-01" || r.GetSettlementMode() != partnerv1.SettlementMode_SETTLEMENT_MODE_RESALE ||
		r.GetRateCardId() != "" || r.GetEffectiveBps() != r.GetLockedBps() || r.GetEtag() != "1" {
		t.Errorf("got %v", r)
	}
}

func TestImport_RefusesEachRowWithItsReasonAndLosesNoGoodOne(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"sub_good", "sub_held", "sub_moved"} {
		w.customer.subscribe(id, "softcat")
	}
	for _, partner := range []string{"supplier", "lapsed", "suspended", "direct"} {
		w.customer.subscribe("sub_"+partner, partner)
	}
	w.lock("sub_held", "softcat", 1900)
	tests := []struct {
		row  *agreedMargin
		want string
	}{
		{&agreedMargin{SubscriptionId: "sub_none", PartnerId: "softcat"}, "NOT_FOUND subscription_id"},
		{&agreedMargin{ExternalId: "crm-none", PartnerId: "softcat"}, "NOT_FOUND external_id"},
		{&agreedMargin{PartnerId: "softcat"}, "REQUEST_INVALID subscription_id"},
		{&agreedMargin{SubscriptionId: "sub_good", ExternalId: "crm-sub_good", PartnerId: "softcat"}, "REQUEST_INVALID subscription_id"},
		{&agreedMargin{SubscriptionId: "sub_moved", PartnerId: "cdw"}, "PARTNER_CHANGED partner_id"},
		{&agreedMargin{SubscriptionId: "sub_good", PartnerId: "softcat", LockedBps: 10001}, "MARGIN_BPS_OUT_OF_RANGE locked_bps"},
		{&agreedMargin{SubscriptionId: "sub_good", PartnerId: "softcat", LockDate: "2023-02-29"}, "DATE_INVALID lock_date"},
		{&agreedMargin{SubscriptionId: "sub_good", PartnerId: "softcat", LockDate: "2026-03-03"}, "DATE_INVALID lock_date"},
		{&agreedMargin{SubscriptionId: "sub_supplier", PartnerId: "supplier"}, "PARTNER_NOT_SELLING partner_id"},
		{&agreedMargin{SubscriptionId: "sub_lapsed", PartnerId: "lapsed"}, "AGREEMENT_MISSING partner_id"},
		{&agreedMargin{SubscriptionId: "sub_direct", PartnerId: "direct", LockedBps: 1}, "PARTNER_NOT_SELLING locked_bps"},
		{&agreedMargin{SubscriptionId: "sub_held", PartnerId: "softcat", LockedBps: 2000}, "RELATIONSHIP_EXISTS subscription_id"},
		{&agreedMargin{SubscriptionId: "sub_held", PartnerId: "softcat", LockedBps: 1900}, " "},
		{&agreedMargin{SubscriptionId: "sub_suspended", PartnerId: "suspended", LockedBps: 1900}, " "},
		{&agreedMargin{SubscriptionId: "sub_good", PartnerId: "softcat", LockedBps: 1900, LockDate: "2024-06-30"}, " "},
		{&agreedMargin{SubscriptionId: "sub_good", PartnerId: "softcat", LockedBps: 2000}, "RELATIONSHIP_EXISTS subscription_id"},
	}
	var rows []*agreedMargin
	for _, tt := range tests {
		rows = append(rows, tt.row)
	}
	for i, result := range w.importAll(rows...) {
		got := result.GetError().GetReason() + " " + result.GetError().GetField()
		if got != tests[i].want || (result.GetRelationshipId() == "") != (tests[i].want != " ") {
			t.Errorf("row %d: %v, want %q", i, result, tests[i].want)
		}
	}
}

func TestImport_OfTheSameRowsByManyAtOnceLocksEachOnce(t *testing.T) {
	w := newWorld(t)
	var rows []*agreedMargin
	for i := range 50 {
		w.customer.subscribe(fmt.Sprintf("sub_%d", i), "softcat")
		rows = append(rows, &agreedMargin{SubscriptionId: fmt.Sprintf("sub_%d", i), PartnerId: "softcat", LockedBps: 1900})
	}
	client := w.margins(crm)
	results := make([]*commissionv1.BatchImportRelationshipsResponse, 8)
	for _, err := range atOnce(len(results), func(n int) (err error) {
		results[n], err = client.BatchImportRelationships(servertest.Context(t),
			&commissionv1.BatchImportRelationshipsRequest{Relationships: rows, RequestId: requestID()})
		return err
	}) {
		must(t, err)
	}
	for _, answer := range results[1:] {
		if diff := cmp.Diff(results[0], answer, protocmp.Transform()); diff != "" {
			t.Error(diff)
		}
	}
	list, err := w.margins(anna).ListRelationships(servertest.Context(t), &commissionv1.ListRelationshipsRequest{PageSize: 1000})
	must(t, err)
	if len(list.GetRelationships()) != 50 {
		t.Errorf("%d relationships", len(list.GetRelationships()))
	}
}

func (w *world) accept(id string, expected *int32) (*commissionv1.Relationship, error) {
	return w.margins(anna).AcceptCardRate(servertest.Context(w.t),
		&commissionv1.AcceptCardRateRequest{SubscriptionId: id, ExpectedBps: expected, RequestId: requestID()})
}

func TestAcceptCardRate_LocksTheCardsRateOfTheDay(t *testing.T) {
	w := newWorld(t)
	card := w.approve("2024-01-01", rate(2000))
	w.customer.subscribe("sub_1", "softcat")
	r, err := w.accept("sub_1", new(int32(2000)))
	must(t, err)
	if r.GetLockedBps() != 2000 || r.GetRateCardId() != card.GetRateCardId() || r.GetLockDate() != "2026-03-02" || r.GetFromDate() != "2025-04-01" {
		t.Errorf("got %v", r)
	}
}

func TestAcceptCardRate_OfTheVendorsOwnSubscriptionIsZero(t *testing.T) {
	w := newWorld(t)
	w.customer.subscribe("sub_1", "direct")
	r, err := w.accept("sub_1", nil)
	must(t, err)
	if r.GetLockedBps() != 0 || r.GetSettlementMode() != partnerv1.SettlementMode_SETTLEMENT_MODE_AGENCY {
		t.Errorf("got %v", r)
	}
}

func TestAcceptCardRate_RefusesWithItsReason(t *testing.T) {
	w := newWorld(t)
	for _, partner := range []string{"softcat", "agent", "supplier", "lapsed"} {
		w.customer.subscribe("sub_"+partner, partner)
	}
	_, err := w.accept("sub_softcat", nil)
	wantReason(t, err, "POLICY_MISSING", "")
	w.approve("2024-01-01", &commissionv1.Rate{PartnerType: partnerv1.PartnerType_PARTNER_TYPE_RESELLER, MarginBps: 2000})
	_, err = w.accept("sub_softcat", new(int32(1900)))
	wantReason(t, err, "PREVIEW_STALE", "expected_bps")
	_, err = w.accept("sub_softcat", nil)
	must(t, err)
	for id, want := range map[string][2]string{
		"sub_softcat":  {"RELATIONSHIP_EXISTS", ""},
		"sub_agent":    {"RATE_NOT_FOUND", ""},
		"sub_supplier": {"PARTNER_NOT_SELLING", "partner_id"},
		"sub_lapsed":   {"AGREEMENT_MISSING", "partner_id"},
		"sub_none":     {"NOT_FOUND", "subscription_id"},
	} {
		_, err := w.accept(id, nil)
		wantReason(t, err, fault.Reason(want[0]), want[1])
	}
	_, err = w.margins(crm).AcceptCardRate(servertest.Context(t), &commissionv1.AcceptCardRateRequest{SubscriptionId: "sub_agent", RequestId: requestID()})
	wantReason(t, err, "PERMISSION_DENIED", "")
}

// The first answer is repeated even when the facts have changed since.
func TestAcceptCardRate_IsAnsweredOnce(t *testing.T) {
	w := newWorld(t)
	w.approve("2024-01-01", rate(2000))
	w.customer.subscribe("sub_1", "softcat")
	request := &commissionv1.AcceptCardRateRequest{SubscriptionId: "sub_1", RequestId: requestID()}
	first, err := w.margins(anna).AcceptCardRate(servertest.Context(t), request)
	must(t, err)
	w.partner.terms["softcat"] = w.partner.terms["lapsed"]
	again, err := w.margins(anna).AcceptCardRate(servertest.Context(t), request)
	must(t, err)
	if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

func (w *world) raise(c auth.Caller, id string, to int32) (*commissionv1.Relationship, error) {
	return w.margins(c).ProposeRaise(servertest.Context(w.t), &commissionv1.ProposeRaiseRequest{RelationshipId: id, Bps: to, RequestId: requestID()})
}

func (w *world) approveRaise(c auth.Caller, id string) (*commissionv1.Relationship, error) {
	return w.margins(c).ApproveRaise(servertest.Context(w.t), &commissionv1.ApproveRaiseRequest{RelationshipId: id, RequestId: requestID()})
}

func TestRaise_TakesEffectFromTheNextTerm(t *testing.T) {
	w := newWorld(t)
	w.approve("2024-01-01", rate(2000))
	w.customer.subscribe("sub_1", "softcat")
	id := w.lock("sub_1", "softcat", 1900).GetRelationshipId()
	proposed, err := w.raise(anna, id, 2100)
	must(t, err)
	want := &commissionv1.Raise{Bps: 2100, EffectiveDate: "2026-04-01", Proposer: "staff:anna"}
	if diff := cmp.Diff(want, proposed.GetRaise(), protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	approved, err := w.approveRaise(bert, id)
	must(t, err)
	if approved.GetRaise().GetApprover() != "staff:bert" || approved.GetEffectiveBps() != 1900 || approved.GetEtag() != "3" || approved.GetLockedBps() != 1900 {
		t.Errorf("got %v", approved)
	}
	for day, bps := range map[string]int32{"2026-03-31": 1900, "2026-04-01": 2100, "2030-04-01": 2100} {
		c, err := w.calculate(softcat, &commissionv1.CalculateMarginRequest{RelationshipId: id, Net: gbp("100.00"), OnDate: day})
		must(t, err)
		if c.GetEffectiveBps() != bps {
			t.Errorf("on %s: %d bps, want %d", day, c.GetEffectiveBps(), bps)
		}
	}
}

func TestRaise_RefusesWithItsReason(t *testing.T) {
	w := newWorld(t)
	w.customer.subscribe("sub_1", "softcat")
	id := w.lock("sub_1", "softcat", 1900).GetRelationshipId()
	_, err := w.approveRaise(bert, id)
	wantReason(t, err, "STATE_INVALID", "")
	_, err = w.raise(anna, id, 1900)
	wantReason(t, err, "MARGIN_LOCKED", "")
	_, err = w.raise(anna, id, 10001)
	wantReason(t, err, "MARGIN_BPS_OUT_OF_RANGE", "bps")
	_, err = w.raise(anna, "rel_none", 2000)
	wantReason(t, err, "NOT_FOUND", "")
	_, err = w.raise(servertest.Program("cron", auth.Channel), id, 2000)
	wantReason(t, err, "HUMAN_REQUIRED", "")
	_, err = w.raise(anna, id, 2000)
	must(t, err)
	_, err = w.approveRaise(anna, id)
	wantReason(t, err, "SAME_DECIDER", "")
	_, err = w.margins(bert).ApproveRaise(servertest.Context(t), &commissionv1.ApproveRaiseRequest{RelationshipId: id, Etag: "1", RequestId: requestID()})
	wantReason(t, err, "ETAG_MISMATCH", "etag")
	_, err = w.approveRaise(bert, id)
	must(t, err)
	_, err = w.raise(anna, id, 2200) // once a term
	wantReason(t, err, "MARGIN_LOCKED", "")
}

func TestRaise_IsApprovedOnceByManyAtOnce(t *testing.T) {
	w := newWorld(t)
	w.customer.subscribe("sub_1", "softcat")
	id := w.lock("sub_1", "softcat", 1900).GetRelationshipId()
	_, err := w.raise(anna, id, 2000)
	must(t, err)
	errs := atOnce(16, func(int) error {
		_, err := w.approveRaise(bert, id)
		return err
	})
	if approved := count(t, errs, "STATE_INVALID"); approved != 1 {
		t.Errorf("approved %d times", approved)
	}
}

func TestRaise_DoesNotLiftACap(t *testing.T) {
	w := newWorld(t)
	w.customer.subscribe("sub_1", "softcat")
	id := w.capped("sub_1", 1900, 500, calendar.On(2027, 4, 1))
	_, err := w.raise(anna, id, 2100)
	must(t, err)
	_, err = w.approveRaise(bert, id)
	must(t, err)
	for day, bps := range map[string]int32{"2026-04-01": 500, "2027-04-01": 2100} {
		c, err := w.calculate(softcat, &commissionv1.CalculateMarginRequest{RelationshipId: id, Net: gbp("100.00"), OnDate: day})
		must(t, err)
		if c.GetEffectiveBps() != bps {
			t.Errorf("on %s: %d bps, want %d", day, c.GetEffectiveBps(), bps)
		}
	}
}

func TestRelationship_OfAnotherPartnerIsLikeOneThatDoesNotExist(t *testing.T) {
	w := newWorld(t)
	w.customer.subscribe("sub_1", "softcat")
	id := w.lock("sub_1", "softcat", 1900).GetRelationshipId()
	ctx := servertest.Context(t)
	get := func(id string) error {
		_, err := w.margins(cdw).GetRelationship(ctx, &commissionv1.GetRelationshipRequest{RelationshipId: id})
		return err
	}
	if diff := cmp.Diff(status.Convert(get("rel_none")).Proto(), status.Convert(get(id)).Proto(), protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	list, err := w.margins(cdw).ListRelationships(ctx, &commissionv1.ListRelationshipsRequest{PartnerId: "softcat"})
	must(t, err)
	if len(list.GetRelationships()) != 0 {
		t.Errorf("cdw sees %v", list)
	}
}

func TestListRelationships_PagesInTheOrderOfIds(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		id := fmt.Sprintf("sub_%d", i)
		w.customer.subscribe(id, "softcat")
		w.lock(id, "softcat", 1900)
	}
	seen := map[string]bool{}
	request := &commissionv1.ListRelationshipsRequest{PageSize: 2, PartnerId: "softcat"}
	for pages := 1; ; pages++ {
		answer, err := w.margins(anna).ListRelationships(servertest.Context(t), request)
		must(t, err)
		for _, r := range answer.GetRelationships() {
			seen[r.GetSubscriptionId()] = true
		}
		if request.PageToken = answer.GetNextPageToken(); request.PageToken == "" {
			if pages != 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
	}
	if len(seen) != 5 {
		t.Errorf("saw %v", seen)
	}
}

// reassign gives a subscription another partner from a day on.
func (w *world) reassign(id, partner, from string) {
	w.customer.mu.Lock()
	defer w.customer.mu.Unlock()
	sub := w.customer.subs[id]
	sub.PartnersOfRecord[len(sub.PartnersOfRecord)-1].UntilDate = from
	sub.PartnersOfRecord = append(sub.PartnersOfRecord, &customerv1.PartnerOfRecord{PartnerId: partner, FromDate: from})
	sub.PartnerId, sub.PartnerFromDate = partner, from
}

func TestEnsureRelationship_EndsTheOldAndLocksTheNewByTheCard(t *testing.T) {
	w := newWorld(t)
	ctx := servertest.Context(t)
	w.approve("2024-01-01", rate(2000))
	w.customer.subscribe("sub_1", "softcat")
	old := w.lock("sub_1", "softcat", 1900).GetRelationshipId()
	w.reassign("sub_1", "cdw", "2026-02-01")
	tenure := app.Tenure{SubscriptionID: "sub_1", PartnerID: "cdw", On: calendar.On(2026, 4, 1)}
	expected, err := w.app.ExpectedRelationship(ctx, tenure)
	must(t, err)
	if expected.ID != "" || expected.Lock.Rate != 2000 || expected.From != calendar.On(2026, 2, 1) {
		t.Errorf("expected %+v", expected)
	}
	ids := make([]string, 8)
	for _, err := range atOnce(len(ids), func(i int) error {
		r, err := w.app.EnsureRelationship(ctx, tenure)
		ids[i] = r.ID
		return err
	}) {
		must(t, err)
	}
	for _, id := range ids {
		if id != ids[0] || id == "" {
			t.Errorf("several relationships: %v", ids)
		}
	}
	ended, err := w.margins(softcat).GetRelationship(ctx, &commissionv1.GetRelationshipRequest{RelationshipId: old})
	must(t, err)
	if ended.GetUntilDate() != "2026-02-01" || ended.GetEtag() != "2" {
		t.Errorf("the old one is %v", ended)
	}
	_, err = w.calculate(softcat, &commissionv1.CalculateMarginRequest{RelationshipId: old, Net: gbp("1.00")})
	wantReason(t, err, "PARTNER_CHANGED", "on_date")
}

func TestEnsureRelationship_LeavesTheFirstPartnersMarginToThoseWhoAgreedIt(t *testing.T) {
	w := newWorld(t)
	w.approve("2024-01-01", rate(2000))
	w.customer.subscribe("sub_1", "softcat")
	_, err := w.app.EnsureRelationship(servertest.Context(t), app.Tenure{SubscriptionID: "sub_1", PartnerID: "softcat", On: calendar.On(2026, 4, 1)})
	wantReason(t, err, "LOCK_MISSING", "")
	_, err = w.app.EnsureRelationship(servertest.Context(t), app.Tenure{SubscriptionID: "sub_1", PartnerID: "cdw", On: calendar.On(2026, 4, 1)})
	wantReason(t, err, "PARTNER_CHANGED", "")
}
