package rpc_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

var fay = servertest.Person("fay", auth.Finance)

// adjust posts an adjustment of softcat's.
func (w *world) adjust(amount string) *commissionv1.LedgerEntry {
	w.t.Helper()
	posted, err := w.ledger(fay).PostAdjustment(servertest.Context(w.t), &commissionv1.PostAdjustmentRequest{
		PartnerId: "softcat", Amount: gbp(amount), ReasonText: "Goodwill.", RequestId: requestID(),
	})
	must(w.t, err)
	return posted
}

func TestPostAdjustment_ReturnsTheEntry(t *testing.T) {
	w := newWorld(t)
	posted := w.adjust("50.00")
	want := &commissionv1.LedgerEntry{
		EntryId: posted.GetEntryId(), Kind: commissionv1.EntryKind_ENTRY_KIND_ADJUSTMENT, PartnerId: "softcat", CurrencyCode: "GBP",
		EffectiveDate: "2026-03-02", PostTime: timestamppb.New(monday), Cause: "adjustment:by-hand", Note: "Goodwill.", Actor: fay.String(),
		Postings: []*commissionv1.LedgerPosting{
			{Account: commissionv1.LedgerAccount_LEDGER_ACCOUNT_EXPENSE, Debit: gbp("50.00")},
			{Account: commissionv1.LedgerAccount_LEDGER_ACCOUNT_PAYABLE, Credit: gbp("50.00")},
		},
	}
	if diff := cmp.Diff(want, posted, protocmp.Transform()); diff != "" || !strings.HasPrefix(posted.GetEntryId(), "ent_") {
		t.Errorf("entry (-want +got):\n%s", diff)
	}
	ctx := servertest.Context(t)
	found, err := w.ledger(reader).GetEntry(ctx, &commissionv1.GetEntryRequest{EntryId: posted.GetEntryId()})
	must(t, err)
	if diff := cmp.Diff(posted, found, protocmp.Transform()); diff != "" {
		t.Errorf("as the partner gets it (-posted +found):\n%s", diff)
	}
	_, err = w.ledger(another).GetEntry(ctx, &commissionv1.GetEntryRequest{EntryId: posted.GetEntryId()})
	wantReason(t, err, "NOT_FOUND", "")
}

func TestPostAdjustment_SaysWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		change func(*commissionv1.PostAdjustmentRequest)
		reason fault.Reason
		field  string
	}{
		{func(r *commissionv1.PostAdjustmentRequest) { r.PartnerId = "nobody" }, "NOT_FOUND", "partner_id"},
		{func(r *commissionv1.PostAdjustmentRequest) { r.ReasonText = "" }, "REASON_TEXT_REQUIRED", "reason_text"},
		{func(r *commissionv1.PostAdjustmentRequest) { r.Amount.Amount = "0.00" }, "AMOUNT_INVALID", "amount"},
		{func(r *commissionv1.PostAdjustmentRequest) { r.Amount.Amount = "0.001" }, "AMOUNT_TOO_PRECISE", "amount"},
		{func(r *commissionv1.PostAdjustmentRequest) { r.Amount.Amount = "99999999999999.00" }, "AMOUNT_OUT_OF_RANGE", "amount"},
		{func(r *commissionv1.PostAdjustmentRequest) { r.Amount.CurrencyCode = "XAU" }, "CURRENCY_UNSUPPORTED", "amount"},
		{func(r *commissionv1.PostAdjustmentRequest) { r.RequestId = "" }, "IDEMPOTENCY_KEY_REQUIRED", "request_id"},
	} {
		r := &commissionv1.PostAdjustmentRequest{PartnerId: "softcat", Amount: gbp("1.00"), ReasonText: "Goodwill.", RequestId: requestID()}
		c.change(r)
		_, err := w.ledger(fay).PostAdjustment(servertest.Context(t), r)
		wantReason(t, err, c.reason, c.field)
	}
}

func TestReverseEntry_OnceAndOnlyWhatPeopleDecided(t *testing.T) {
	w := newWorld(t)
	ctx, posted := servertest.Context(t), w.adjust("50.00")
	reverse := func(id, reason string) (*commissionv1.LedgerEntry, error) {
		return w.ledger(fay).ReverseEntry(ctx, &commissionv1.ReverseEntryRequest{EntryId: id, ReasonText: reason, RequestId: requestID()})
	}
	reversal, err := reverse(posted.GetEntryId(), "The wrong partner.")
	must(t, err)
	if reversal.GetReverses() != posted.GetEntryId() || reversal.GetKind() != commissionv1.EntryKind_ENTRY_KIND_REVERSAL {
		t.Errorf("reversal %v", reversal)
	}
	_, err = reverse(posted.GetEntryId(), "Again.")
	wantReason(t, err, "ALREADY_REVERSED", "")
	_, err = reverse(reversal.GetEntryId(), "Not so.")
	wantReason(t, err, "STATE_INVALID", "")
	_, err = reverse("ent_none", "What?")
	wantReason(t, err, "NOT_FOUND", "")
	_, err = reverse(posted.GetEntryId(), "")
	wantReason(t, err, "REASON_TEXT_REQUIRED", "reason_text")
}

func TestListEntries_GoesPageByPageNewestFirst(t *testing.T) {
	w := newWorld(t)
	first, second, third := w.adjust("1.00"), w.adjust("2.00"), w.adjust("3.00")
	ctx := servertest.Context(t)
	request := &commissionv1.ListEntriesRequest{PageSize: 2, CurrencyCode: "GBP", Cause: "adjustment:by-hand"}
	page, err := w.ledger(reader).ListEntries(ctx, request)
	must(t, err)
	next := proto.CloneOf(request)
	next.PageToken = page.GetNextPageToken()
	rest, err := w.ledger(reader).ListEntries(ctx, next)
	must(t, err)
	var ids []string
	for _, e := range append(page.GetEntries(), rest.GetEntries()...) {
		ids = append(ids, e.GetEntryId())
	}
	if diff := cmp.Diff([]string{third.GetEntryId(), second.GetEntryId(), first.GetEntryId()}, ids); diff != "" || rest.GetNextPageToken() != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	none, err := w.ledger(another).ListEntries(ctx, request)
	if err != nil || len(none.GetEntries()) != 0 {
		t.Errorf("another partner: %v, %v", none, err)
	}
}

func TestGetBalance_ShowsEveryAccount(t *testing.T) {
	w := newWorld(t)
	w.adjust("50.00")
	w.clock.advance(48 * time.Hour)
	w.adjust("-20.00")
	ctx := servertest.Context(t)
	balance, err := w.ledger(reader).GetBalance(ctx, &commissionv1.GetBalanceRequest{PartnerId: "softcat", CurrencyCode: "GBP"})
	must(t, err)
	want := map[commissionv1.LedgerAccount]string{
		commissionv1.LedgerAccount_LEDGER_ACCOUNT_EXPENSE: "-30.00", commissionv1.LedgerAccount_LEDGER_ACCOUNT_ACCRUED: "0.00",
		commissionv1.LedgerAccount_LEDGER_ACCOUNT_HELD: "0.00", commissionv1.LedgerAccount_LEDGER_ACCOUNT_PAYABLE: "30.00",
		commissionv1.LedgerAccount_LEDGER_ACCOUNT_DISPUTED: "0.00", commissionv1.LedgerAccount_LEDGER_ACCOUNT_RECEIVABLE: "0.00",
		commissionv1.LedgerAccount_LEDGER_ACCOUNT_IN_TRANSIT: "0.00", commissionv1.LedgerAccount_LEDGER_ACCOUNT_CASH: "0.00",
	}
	got := map[commissionv1.LedgerAccount]string{}
	for _, a := range balance.GetAccounts() {
		got[a.GetAccount()] = a.GetBalance().GetAmount()
	}
	if diff := cmp.Diff(want, got); diff != "" || balance.GetEffectiveAsOf() != "2026-03-04" || !balance.GetKnownAsOf().AsTime().Equal(monday.Add(48*time.Hour)) {
		t.Errorf("%s as known at %s (-want +got):\n%s", balance.GetEffectiveAsOf(), balance.GetKnownAsOf().AsTime(), diff)
	}
	earlier, err := w.ledger(fay).GetBalance(ctx, &commissionv1.GetBalanceRequest{
		PartnerId: "softcat", CurrencyCode: "GBP", EffectiveAsOf: "2026-03-04", KnownAsOf: timestamppb.New(monday.Add(time.Hour)),
	})
	must(t, err)
	if got := earlier.GetAccounts()[3].GetBalance().GetAmount(); got != "50.00" {
		t.Errorf("payable as known on Monday: %s, want 50.00", got)
	}
	for _, c := range []struct {
		as                    auth.Caller
		partner, currency, by string
		reason                fault.Reason
		field                 string
	}{
		{another, "softcat", "GBP", "", "NOT_FOUND", "partner_id"},
		{fay, "nobody", "GBP", "", "NOT_FOUND", "partner_id"},
		{fay, "softcat", "XAU", "", "CURRENCY_UNSUPPORTED", "currency_code"},
		{fay, "softcat", "GBP", "2026-02-30", "DATE_INVALID", "effective_as_of"},
	} {
		_, err := w.ledger(c.as).GetBalance(ctx, &commissionv1.GetBalanceRequest{PartnerId: c.partner, CurrencyCode: c.currency, EffectiveAsOf: c.by})
		wantReason(t, err, c.reason, c.field)
	}
}

func TestVerifyLedger_IsSoundAndNamesTheLastSeal(t *testing.T) {
	w := newWorld(t)
	w.adjust("1.00")
	w.adjust("2.00")
	_, err := w.finance.SealLedger(context.Background())
	must(t, err)
	w.adjust("3.00")
	ctx := servertest.Context(t)
	seals, err := w.ledger(crm).ListSeals(ctx, &commissionv1.ListSealsRequest{})
	if err == nil {
		t.Errorf("a service without business with seals lists %v", seals)
	}
	seals, err = w.ledger(fay).ListSeals(ctx, &commissionv1.ListSealsRequest{PageSize: 1})
	must(t, err)
	last := seals.GetSeals()[0]
	got, err := w.ledger(fay).VerifyLedger(ctx, &commissionv1.VerifyLedgerRequest{SealNumber: 1, SealDigest: last.GetDigest()})
	must(t, err)
	want := &commissionv1.VerifyLedgerResponse{
		Sound: true, EntryCount: 3, SealCount: 1,
		LastSeal: &commissionv1.Seal{SealNumber: 1, EntryCount: 2, FirstPosition: 1, Digest: last.GetDigest(), SealTime: timestamppb.New(monday)},
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" || seals.GetNextPageToken() != "" {
		t.Errorf("verification (-want +got):\n%s", diff)
	}
	other, err := w.ledger(fay).VerifyLedger(ctx, &commissionv1.VerifyLedgerRequest{SealNumber: 1, SealDigest: strings.Repeat("0", 64)})
	must(t, err)
	if other.GetSound() || other.GetFindingCount() != 1 || other.GetFindings()[0].GetFault() != commissionv1.LedgerFault_LEDGER_FAULT_SEAL_BROKEN ||
		other.GetFindings()[0].GetSealNumber() != 1 {
		t.Errorf("against another digest: %v", other)
	}
	_, err = w.ledger(fay).VerifyLedger(ctx, &commissionv1.VerifyLedgerRequest{SealNumber: 1})
	wantReason(t, err, "REQUEST_INVALID", "seal_digest")
}

func TestListEvents_TellsSealsAndEntriesByHand(t *testing.T) {
	w := newWorld(t)
	posted := w.adjust("1.00")
	_, err := w.finance.SealLedger(context.Background())
	must(t, err)
	_, err = events.SequenceOnce(t.Context(), w.db.SystemPool())
	must(t, err)
	answer, err := commissionv1.NewEventServiceClient(w.As(servertest.Service("bi"))).ListEvents(servertest.Context(t), &commissionv1.ListEventsRequest{})
	must(t, err)
	told := answer.GetEvents()
	if len(told) != 2 || told[0].GetKind() != "ledger_entry.posted" || told[1].GetKind() != "ledger.sealed" {
		t.Fatalf("events %v", told)
	}
	if diff := cmp.Diff(posted, told[0].GetLedgerEntry(), protocmp.Transform()); diff != "" {
		t.Errorf("entry (-posted +told):\n%s", diff)
	}
	if s := told[1].GetSeal(); s.GetSealNumber() != 1 || s.GetEntryCount() != 1 || len(s.GetDigest()) != 64 {
		t.Errorf("seal %v", s)
	}
}
