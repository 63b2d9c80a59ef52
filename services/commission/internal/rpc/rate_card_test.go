package rpc_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/testing/protocmp"

	"google.golang.org/grpc"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

func draft(effective string, rates ...*commissionv1.Rate) *commissionv1.CreateRateCardRequest {
	return &commissionv1.CreateRateCardRequest{
		RateCard: &commissionv1.RateCard{DisplayName: "spring", EffectiveDate: effective, Rates: rates}, RequestId: requestID(),
	}
}

func (w *world) draft(effective string) string {
	w.t.Helper()
	card, err := w.rateCards(anna).CreateRateCard(servertest.Context(w.t), draft(effective, rate(2000)))
	must(w.t, err)
	return card.GetRateCardId()
}

func (w *world) propose(c auth.Caller, id string) (*commissionv1.RateCard, error) {
	return w.rateCards(c).ProposeRateCard(servertest.Context(w.t), &commissionv1.ProposeRateCardRequest{RateCardId: id, RequestId: requestID()})
}

func (w *world) approveCard(c auth.Caller, id string) (*commissionv1.RateCard, error) {
	return w.rateCards(c).ApproveRateCard(servertest.Context(w.t), &commissionv1.ApproveRateCardRequest{RateCardId: id, RequestId: requestID()})
}

func TestRateCard_IsDraftedProposedAndApprovedByTwoPeople(t *testing.T) {
	w := newWorld(t)
	ctx := servertest.Context(t)
	rates := []*commissionv1.Rate{
		{PartnerType: partnerv1.PartnerType_PARTNER_TYPE_RESELLER, MarginBps: 2000},
		{FamilyId: "archiving", Segment: customerv1.Segment_SEGMENT_GLOBAL, MarginBps: 1500},
	}
	created, err := w.rateCards(anna).CreateRateCard(ctx, draft("2026-03-03", rates...))
	must(t, err)
	if created.GetState() != partnerv1.PolicyState_POLICY_STATE_DRAFT || created.GetEtag() != "1" {
		t.Errorf("created %v", created)
	}
	if diff := cmp.Diff(rates, created.GetRates(), protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	proposed, err := w.propose(anna, created.GetRateCardId())
	must(t, err)
	approved, err := w.approveCard(bert, created.GetRateCardId())
	must(t, err)
	if proposed.GetProposer() != "staff:anna" || approved.GetApprover() != "staff:bert" ||
		approved.GetState() != partnerv1.PolicyState_POLICY_STATE_APPROVED || approved.GetApproveTime() == nil {
		t.Errorf("proposed %v, approved %v", proposed, approved)
	}
	read, err := w.rateCards(billing).GetRateCard(ctx, &commissionv1.GetRateCardRequest{RateCardId: created.GetRateCardId()})
	must(t, err)
	if diff := cmp.Diff(approved, read, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

func TestRateCard_RefusesWithItsReason(t *testing.T) {
	w := newWorld(t)
	w.approve("2024-01-01", rate(2000)) // so that the next is not the first
	tooEarly, draftOnly, proposed := w.draft("2026-03-02"), w.draft("2026-03-03"), w.draft("2026-03-03")
	_, err := w.propose(anna, proposed)
	must(t, err)
	supplier := &commissionv1.Rate{PartnerType: partnerv1.PartnerType_PARTNER_TYPE_SUPPLIER, MarginBps: 100}
	create := func(r *commissionv1.CreateRateCardRequest) func() error {
		return func() error {
			_, err := w.rateCards(anna).CreateRateCard(servertest.Context(t), r)
			return err
		}
	}
	withoutKey := draft("2026-03-03", rate(2000))
	withoutKey.RequestId = ""
	stale := &commissionv1.ProposeRateCardRequest{RateCardId: draftOnly, Etag: "7", RequestId: requestID()}
	tests := []struct {
		name   string
		reason fault.Reason
		field  string
		call   func() error
	}{
		{"no such card", "NOT_FOUND", "", func() error {
			_, err := w.rateCards(anna).GetRateCard(servertest.Context(t), &commissionv1.GetRateCardRequest{RateCardId: "rat_none"})
			return err
		}},
		{"no rates", "REQUEST_INVALID", "rate_card.rates", create(draft("2026-03-03"))},
		{"two rates for the same sales", "REQUEST_INVALID", "rate_card.rates[1]", create(draft("2026-03-03", rate(1), rate(2)))},
		{"a rate for a supplier", "REQUEST_INVALID", "rate_card.rates[0].partner_type", create(draft("2026-03-03", supplier))},
		{"a rate above the whole", "MARGIN_BPS_OUT_OF_RANGE", "rate_card.rates[0].margin_bps", create(draft("2026-03-03", rate(10001)))},
		{"an unknown family", "FAMILY_UNKNOWN", "rate_card.rates[0].family_id", create(draft("2026-03-03", &commissionv1.Rate{FamilyId: "mail"}))},
		{"no such day", "DATE_INVALID", "rate_card.effective_date", create(draft("2023-02-29", rate(2000)))},
		{"no key", "IDEMPOTENCY_KEY_REQUIRED", "request_id", create(withoutKey)},
		{"today", "EFFECTIVE_DATE_TOO_EARLY", "", func() error { _, err := w.propose(anna, tooEarly); return err }},
		{"an old etag", "ETAG_MISMATCH", "etag", func() error {
			_, err := w.rateCards(anna).ProposeRateCard(servertest.Context(t), stale)
			return err
		}},
		{"approved before it is proposed", "STATE_INVALID", "", func() error { _, err := w.approveCard(bert, draftOnly); return err }},
		{"proposed twice", "POLICY_IMMUTABLE", "", func() error { _, err := w.propose(bert, proposed); return err }},
		{"approved by its proposer", "SAME_DECIDER", "", func() error { _, err := w.approveCard(anna, proposed); return err }},
		{"approved by a program", "HUMAN_REQUIRED", "", func() error { _, err := w.approveCard(servertest.Program("cron", auth.Channel), proposed); return err }},
		{"read by a partner", "PERMISSION_DENIED", "", func() error {
			_, err := w.rateCards(softcat).GetRateCard(servertest.Context(t), &commissionv1.GetRateCardRequest{RateCardId: proposed})
			return err
		}},
		{"a negative page", "PAGE_SIZE_INVALID", "page_size", func() error {
			_, err := w.rateCards(anna).ListRateCards(servertest.Context(t), &commissionv1.ListRateCardsRequest{PageSize: -1})
			return err
		}},
		{"a made-up page", "PAGE_TOKEN_INVALID", "page_token", func() error {
			_, err := w.rateCards(anna).ListRateCards(servertest.Context(t), &commissionv1.ListRateCardsRequest{PageToken: "x"})
			return err
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantReason(t, tt.call(), tt.reason, tt.field) })
	}
}

func TestRateCard_OfADayIsApprovedOnce(t *testing.T) {
	w := newWorld(t)
	w.approve("2026-03-09", rate(2000))
	second := w.draft("2026-03-09")
	_, err := w.propose(anna, second)
	must(t, err)
	_, err = w.approveCard(bert, second)
	wantReason(t, err, "ALREADY_EXISTS", "")
}

func TestRateCard_WaitedForTooLongIsNotApproved(t *testing.T) {
	w := newWorld(t)
	w.approve("2024-01-01", rate(2000))
	card := w.draft("2026-03-03")
	_, err := w.propose(anna, card)
	must(t, err)
	w.clock.advance(24 * time.Hour)
	_, err = w.approveCard(bert, card)
	wantReason(t, err, "EFFECTIVE_DATE_TOO_EARLY", "")
}

// Only the first card of all may lie in the past, however many people press
// the button at once.
func TestRateCard_OnlyOneIsTheFirst(t *testing.T) {
	w := newWorld(t)
	ids := []string{w.draft("2024-01-01"), w.draft("2024-02-01"), w.draft("2024-03-01"), w.draft("2024-04-01")}
	for _, id := range ids {
		_, err := w.propose(anna, id)
		must(t, err)
	}
	errs := atOnce(len(ids), func(i int) error {
		_, err := w.approveCard(bert, ids[i])
		return err
	})
	if approved := count(t, errs, "EFFECTIVE_DATE_TOO_EARLY"); approved != 1 {
		t.Errorf("%d cards were the first", approved)
	}
}

func TestRateCard_IsApprovedOnceByManyAtOnce(t *testing.T) {
	w := newWorld(t)
	id := w.draft("2026-03-03")
	_, err := w.propose(anna, id)
	must(t, err)
	errs := atOnce(16, func(int) error {
		_, err := w.approveCard(bert, id)
		return err
	})
	if approved := count(t, errs, "STATE_INVALID"); approved != 1 {
		t.Errorf("approved %d times", approved)
	}
}

func TestRateCard_RequestIsAnsweredOnce(t *testing.T) {
	w := newWorld(t)
	ctx := servertest.Context(t)
	request := draft("2026-03-03", rate(2000))
	first, err := w.rateCards(anna).CreateRateCard(ctx, request)
	must(t, err)
	var header metadata.MD
	again, err := w.rateCards(anna).CreateRateCard(ctx, request, grpc.Header(&header))
	must(t, err)
	if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" || header.Get("idempotent-replayed") == nil {
		t.Errorf("%v %s", header, diff)
	}
	request.RateCard.DisplayName = "other"
	_, err = w.rateCards(anna).CreateRateCard(ctx, request)
	wantReason(t, err, "IDEMPOTENCY_KEY_REUSED", "")
}

func TestListRateCards_PagesNewestFirst(t *testing.T) {
	w := newWorld(t)
	ctx := servertest.Context(t)
	for _, day := range []string{"2026-03-09", "2024-01-01", "2026-03-05"} {
		w.draft(day)
	}
	var days []string
	request := &commissionv1.ListRateCardsRequest{PageSize: 2}
	for {
		answer, err := w.rateCards(anna).ListRateCards(ctx, request)
		must(t, err)
		for _, c := range answer.GetRateCards() {
			days = append(days, c.GetEffectiveDate())
		}
		if request.PageToken = answer.GetNextPageToken(); request.PageToken == "" {
			break
		}
	}
	if diff := cmp.Diff([]string{"2026-03-09", "2026-03-05", "2024-01-01"}, days); diff != "" {
		t.Error(diff)
	}
}

func TestListRateCards_FindsTheOneInForce(t *testing.T) {
	w := newWorld(t)
	w.approve("2024-01-01", rate(2000))
	second := w.approve("2026-03-09", rate(1500))
	w.draft("2026-03-05")
	for day, want := range map[string]string{"2023-12-31": "", "2026-03-08": "2024-01-01", "2026-03-09": "2026-03-09", "2030-01-01": "2026-03-09"} {
		answer, err := w.rateCards(anna).ListRateCards(servertest.Context(t), &commissionv1.ListRateCardsRequest{InForceOn: day})
		must(t, err)
		got := ""
		if len(answer.GetRateCards()) == 1 {
			got = answer.GetRateCards()[0].GetEffectiveDate()
		}
		if got != want {
			t.Errorf("on %s: %q, want %q", day, got, want)
		}
	}
	if second.GetState() != partnerv1.PolicyState_POLICY_STATE_APPROVED {
		t.Error(second)
	}
}

// The last wall: not even the service's own roles rewrite what was decided.
func TestDatabase_RefusesToRewriteDecisions(t *testing.T) {
	w := newWorld(t)
	ctx := servertest.Context(t)
	w.approve("2024-01-01", rate(2000))
	w.customer.subscribe("sub_1", "softcat")
	w.lock("sub_1", "softcat", 2000)
	for _, sql := range []string{
		"UPDATE rate_cards SET state = 'DRAFT', proposer = '', approver = '', approve_time = NULL",
		"UPDATE rate_cards SET effective_date = '2020-01-01'",
		"DELETE FROM rate_cards",
		"UPDATE rates SET margin_bps = 1",
		"DELETE FROM rates",
		"INSERT INTO rates SELECT rate_card_id, 'RESELLER', '', '', 1, 1 FROM rate_cards",
		"UPDATE relationships SET locked_bps = 1",
		"DELETE FROM relationships",
		"UPDATE calculations SET body = '{}'",
		"DELETE FROM calculations",
	} {
		if _, err := w.db.SystemPool().Exec(ctx, sql); err == nil {
			t.Errorf("%s: allowed", sql)
		}
	}
}

func TestDatabase_KeepsPartnersApart(t *testing.T) {
	w := newWorld(t)
	pgtest.CheckTenancy(t, w.db)
}

// atOnce calls fn n times together.
func atOnce(n int, fn func(int) error) []error {
	errs := make([]error, n)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range n {
		done.Go(func() {
			start.Wait()
			errs[i] = fn(i)
		})
	}
	start.Done()
	done.Wait()
	return errs
}

// count returns how many calls succeeded; the others must have this reason.
func count(t testing.TB, errs []error, reason fault.Reason) (succeeded int) {
	t.Helper()
	for _, err := range errs {
		if err == nil {
			succeeded++
			continue
		}
		wantReason(t, err, reason, "")
	}
	return succeeded
}
