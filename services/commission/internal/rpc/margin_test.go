package rpc_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

func gbp(amount string) *typev1.Money { return &typev1.Money{CurrencyCode: "GBP", Amount: amount} }

// newSale is 24,000.00 GBP of email security to an enterprise.
func newSale(partner string) *commissionv1.CalculateMarginRequest {
	return &commissionv1.CalculateMarginRequest{
		PartnerId: partner, Net: gbp("24000.00"), FamilyId: "email-security", Segment: customerv1.Segment_SEGMENT_ENTERPRISE,
	}
}

func (w *world) calculate(c auth.Caller, r *commissionv1.CalculateMarginRequest) (*commissionv1.Calculation, error) {
	return w.margins(c).CalculateMargin(servertest.Context(w.t), r)
}

func TestCalculateMargin_OfANewSaleTakesTheMostSpecificRate(t *testing.T) {
	w := newWorld(t)
	reseller := partnerv1.PartnerType_PARTNER_TYPE_RESELLER
	card := w.approve("2024-01-01", rate(1000),
		&commissionv1.Rate{FamilyId: "email-security", Segment: customerv1.Segment_SEGMENT_ENTERPRISE, MarginBps: 1500},
		&commissionv1.Rate{PartnerType: reseller, MarginBps: 2000})
	for partner, want := range map[string]string{"softcat": "4800.00", "agent": "3600.00"} {
		c, err := w.calculate(anna, newSale(partner))
		must(t, err)
		if c.GetMargin().GetAmount() != want {
			t.Errorf("%s earns %v, want %s", partner, c.GetMargin(), want)
		}
	}
	c, err := w.calculate(softcat, newSale(""))
	must(t, err)
	if c.GetPartnerId() != "softcat" || c.GetBuyPrice().GetAmount() != "19200.00" || c.GetCalculationId() != "" || len(c.GetFingerprint()) != 64 {
		t.Errorf("got %v", c)
	}
	lock := step(c, "lock")
	if lock.GetPolicyVersion() != card.GetRateCardId() || lock.GetClause() != "predictable-revenue" || lock.GetSentence() == "" {
		t.Errorf("lock step %v", lock)
	}
}

func step(c *commissionv1.Calculation, rule string) *commissionv1.Step {
	for _, s := range c.GetSteps() {
		if s.GetRule() == rule {
			return s
		}
	}
	return nil
}

func TestCalculateMargin_RefusesWithItsReason(t *testing.T) {
	w := newWorld(t)
	w.approve("2024-01-01", &commissionv1.Rate{PartnerType: partnerv1.PartnerType_PARTNER_TYPE_RESELLER, MarginBps: 2000})
	w.customer.subscribe("sub_1", "softcat")
	own := w.lock("sub_1", "softcat", 1900).GetRelationshipId()
	with := func(change func(*commissionv1.CalculateMarginRequest)) *commissionv1.CalculateMarginRequest {
		r := newSale("softcat")
		change(r)
		return r
	}
	tests := []struct {
		name    string
		caller  auth.Caller
		request *commissionv1.CalculateMarginRequest
		reason  fault.Reason
		field   string
	}{
		{"a supplier", anna, newSale("supplier"), "PARTNER_NOT_SELLING", "partner_id"},
		{"a suspended partner", anna, newSale("suspended"), "PARTNER_NOT_SELLING", "partner_id"},
		{"a partner without agreement", anna, newSale("lapsed"), "AGREEMENT_MISSING", "partner_id"},
		{"a partner that does not exist", anna, newSale("nobody"), "NOT_FOUND", "partner_id"},
		{"another partner", cdw, newSale("softcat"), "NOT_FOUND", "partner_id"},
		{"no partner", anna, newSale(""), "REQUEST_INVALID", "partner_id"},
		{"a kind that the card leaves out", anna, newSale("agent"), "RATE_NOT_FOUND", ""},
		{"before the first card", anna, with(func(r *commissionv1.CalculateMarginRequest) { r.OnDate = "2023-12-31" }), "POLICY_MISSING", ""},
		{"an unknown family", anna, with(func(r *commissionv1.CalculateMarginRequest) { r.FamilyId = "mail" }), "FAMILY_UNKNOWN", "family_id"},
		{"no family", anna, with(func(r *commissionv1.CalculateMarginRequest) { r.FamilyId = "" }), "REQUEST_INVALID", "family_id"},
		{"no segment", anna, with(func(r *commissionv1.CalculateMarginRequest) { r.Segment = 0 }), "REQUEST_INVALID", "segment"},
		{"gold", anna, with(func(r *commissionv1.CalculateMarginRequest) { r.Net.CurrencyCode = "XAU" }), "CURRENCY_UNSUPPORTED", "net"},
		{"half a penny", anna, with(func(r *commissionv1.CalculateMarginRequest) { r.Net.Amount = "1.005" }), "AMOUNT_TOO_PRECISE", "net"},
		{"a negative price", anna, with(func(r *commissionv1.CalculateMarginRequest) { r.Net.Amount = "-1.00" }), "AMOUNT_NEGATIVE", "net"},
		{"no number", anna, with(func(r *commissionv1.CalculateMarginRequest) { r.Net.Amount = "ten" }), "AMOUNT_INVALID", "net"},
		{"too much", anna, with(func(r *commissionv1.CalculateMarginRequest) { r.Net.Amount = "10000000000000.01" }), "AMOUNT_OUT_OF_RANGE", "net"},
		{"no such day", anna, with(func(r *commissionv1.CalculateMarginRequest) { r.OnDate = "2023-02-29" }), "DATE_INVALID", "on_date"},
		{"eighteen months", anna, with(func(r *commissionv1.CalculateMarginRequest) { r.TermMonths = 18 }), "TERM_UNSUPPORTED", "term_months"},
		{"no price", anna, with(func(r *commissionv1.CalculateMarginRequest) { r.Net = nil }), "REQUEST_INVALID", "net"},
		{"no such relationship", anna, with(func(r *commissionv1.CalculateMarginRequest) { r.RelationshipId = "rel_none" }), "NOT_FOUND", "relationship_id"},
		{"another partner's relationship", cdw, with(func(r *commissionv1.CalculateMarginRequest) { r.PartnerId, r.RelationshipId = "", own }), "NOT_FOUND", "relationship_id"},
		{"before the relationship", softcat, with(func(r *commissionv1.CalculateMarginRequest) { r.RelationshipId, r.OnDate = own, "2025-03-31" }), "DATE_INVALID", "on_date"},
		{"a token without the scope", servertest.Partner("softcat"), newSale(""), "SCOPE_MISSING", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := w.calculate(tt.caller, tt.request)
			wantReason(t, err, tt.reason, tt.field)
		})
	}
}

func TestCalculateMargin_OfAnotherPartnerIsLikeOneThatDoesNotExist(t *testing.T) {
	w := newWorld(t)
	w.customer.subscribe("sub_1", "softcat")
	theirs := newSale("")
	theirs.RelationshipId = w.lock("sub_1", "softcat", 1900).GetRelationshipId()
	nobodys := newSale("")
	nobodys.RelationshipId = "rel_none"
	for _, pair := range [][2]*commissionv1.CalculateMarginRequest{{theirs, nobodys}, {newSale("softcat"), newSale("nobody")}} {
		_, one := w.calculate(cdw, pair[0])
		_, other := w.calculate(cdw, pair[1])
		if diff := cmp.Diff(status.Convert(one).Proto(), status.Convert(other).Proto(), protocmp.Transform()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestCalculateMargin_OfTheVendorsOwnSalesIsZero(t *testing.T) {
	w := newWorld(t)
	w.approve("2024-01-01", rate(2000))
	c, err := w.calculate(anna, newSale("direct"))
	must(t, err)
	if c.GetEffectiveBps() != 0 || c.GetMargin().GetAmount() != "0.00" || c.GetSettlementMode() != partnerv1.SettlementMode_SETTLEMENT_MODE_AGENCY {
		t.Errorf("got %v", c)
	}
}

// Once cards and terms are known, an answer needs nobody: not customer, not
// partner, not even the database.
func TestCalculateMargin_AsksNobodyWhileItRemembers(t *testing.T) {
	w := newWorld(t)
	w.approve("2024-01-01", rate(2000))
	first, err := w.calculate(softcat, newSale(""))
	must(t, err)
	asked := w.customer.calls.Load() + w.partner.calls.Load()
	w.db.Close()
	w.clock.advance(4 * time.Second)
	again, err := w.calculate(softcat, newSale(""))
	must(t, err)
	if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	if now := w.customer.calls.Load() + w.partner.calls.Load(); now != asked {
		t.Errorf("%d calls to other services", now-asked)
	}
}

func TestCalculateMargin_LearnsOfASuspensionWithinSeconds(t *testing.T) {
	w := newWorld(t)
	w.approve("2024-01-01", rate(2000))
	_, err := w.calculate(softcat, newSale(""))
	must(t, err)
	w.partner.terms["softcat"] = w.partner.terms["suspended"]
	w.clock.advance(5 * time.Second)
	_, err = w.calculate(softcat, newSale(""))
	wantReason(t, err, "PARTNER_NOT_SELLING", "partner_id")
}

func TestBatchCalculateMargin_GivesEachOfAThousandItsOwnResult(t *testing.T) {
	w := newWorld(t)
	w.approve("2024-01-01", rate(2000))
	request := &commissionv1.BatchCalculateMarginRequest{}
	for i := range 1000 {
		sale := newSale("softcat")
		switch i {
		case 7:
			sale.PartnerId = "supplier"
		case 8:
			sale.TermMonths = 18
		case 9:
			sale.RelationshipId = "rel_none"
		}
		request.Requests = append(request.Requests, sale)
	}
	answer, err := w.margins(anna).BatchCalculateMargin(servertest.Context(t), request)
	must(t, err)
	reasons := map[int]string{7: "PARTNER_NOT_SELLING partner_id", 8: "TERM_UNSUPPORTED term_months", 9: "NOT_FOUND relationship_id"}
	for i, result := range answer.GetResults() {
		if want, bad := reasons[i]; bad {
			if got := result.GetError().GetReason() + " " + result.GetError().GetField(); got != want || result.GetError().GetMessage() == "" {
				t.Errorf("item %d: %v, want %s", i, result, want)
			}
			continue
		}
		if result.GetCalculation().GetMargin().GetAmount() != "4800.00" {
			t.Fatalf("item %d: %v", i, result)
		}
	}
	if len(answer.GetResults()) != 1000 {
		t.Errorf("%d results", len(answer.GetResults()))
	}
}

// The law that everything else rests on: a relationship in the same state of
// its cap has the same rate in every term, whatever cards are in force.
func TestCalculateMargin_OfARelationshipNeverChangesItsRate(t *testing.T) {
	w := newWorld(t)
	w.approve("2024-01-01", rate(3000))
	w.approve("2026-09-01", rate(500))
	w.customer.subscribe("sub_1", "softcat")
	free := w.lock("sub_1", "softcat", 1900).GetRelationshipId()
	capped := w.capped("sub_2", 1900, 500, calendar.On(2027, 4, 1))
	client := w.margins(anna)
	ctx := servertest.Context(t)
	rapid.Check(t, func(t *rapid.T) {
		day := calendar.On(2025, 4, 1).AddDays(rapid.IntRange(0, 3000).Draw(t, "day"))
		net := money.Amount{Minor: rapid.Int64Range(0, 1e12).Draw(t, "net"), Currency: "GBP"}
		sale := &commissionv1.CalculateMarginRequest{Net: gbp(net.Decimal()), OnDate: day.String()}
		sale.RelationshipId = free
		uncapped, err := client.CalculateMargin(ctx, sale)
		if err != nil || uncapped.GetEffectiveBps() != 1900 {
			t.Fatalf("free on %s: %v, %v", day, uncapped, err)
		}
		sale.RelationshipId = capped
		limited, err := client.CalculateMargin(ctx, sale)
		want := int32(1900)
		if day.Before(calendar.On(2027, 4, 1)) {
			want = 500
		}
		if err != nil || limited.GetEffectiveBps() != want || limited.GetLockedBps() != 1900 {
			t.Fatalf("capped on %s: %v, %v", day, limited, err)
		}
	})
}

// capped stores a relationship that began by poaching.
func (w *world) capped(subscriptionID string, locked, limit money.Bps, until calendar.Date) string {
	w.t.Helper()
	ctx := pg.WithScope(servertest.Context(w.t), pg.System())
	r := records.Relationship{Relationship: margin.Relationship{
		ID: "rel_" + subscriptionID, SubscriptionID: subscriptionID, PartnerID: "softcat", Mode: margin.Resale, From: calendar.On(2025, 4, 1),
		Lock: margin.Lock{Rate: locked, On: calendar.On(2025, 4, 1), RateCardID: "rat_1"},
		Cap:  &margin.Cap{Rate: limit, Until: until, CodeVersionID: "cod_1"},
	}, Revision: 1, CreateTime: monday}
	must(w.t, postgres.New(w.db).InTx(ctx, func(tx *postgres.Store) error {
		added, err := tx.InsertRelationships(ctx, []records.Relationship{r})
		if err == nil && !added[r.ID] {
			err = fmt.Errorf("relationship %s exists", r.ID)
		}
		return err
	}))
	return r.ID
}

// store keeps a calculation as a submission would.
func (w *world) store(id, partner string, c margin.Calculation) {
	w.t.Helper()
	ctx := pg.WithScope(servertest.Context(w.t), pg.System())
	must(w.t, postgres.New(w.db).InTx(ctx, func(tx *postgres.Store) error {
		return tx.InsertCalculation(ctx, records.Calculation{Calculation: c, ID: id, PartnerID: partner, SubscriptionID: "sub_1", CreateTime: monday})
	}))
}

func engine(t testing.TB, minor int64, bps money.Bps) margin.Calculation {
	t.Helper()
	c, err := margin.Calculate(margin.Sale{
		Net: money.Amount{Minor: minor, Currency: "GBP"}, Months: 12, Billing: margin.Prepaid, Mode: margin.Resale,
		Rate: margin.Rate{Locked: bps, LockedOn: calendar.On(2025, 4, 1)},
	})
	must(t, err)
	return c
}

func TestGetCalculation_IsWhatWasStoredAndItsOwnersOnly(t *testing.T) {
	w := newWorld(t)
	ctx := servertest.Context(t)
	stored := engine(t, 2_400_000, 2000)
	w.store("cal_1", "softcat", stored)
	get := &commissionv1.GetCalculationRequest{CalculationId: "cal_1"}
	c, err := w.margins(softcat).GetCalculation(ctx, get)
	must(t, err)
	if c.GetCalculationId() != "cal_1" || c.GetFingerprint() != stored.Fingerprint || c.GetMargin().GetAmount() != "4800.00" || len(c.GetSteps()) != len(stored.Steps) {
		t.Errorf("got %v", c)
	}
	_, err = w.margins(cdw).GetCalculation(ctx, get)
	wantReason(t, err, "NOT_FOUND", "")
}

func TestCompareCalculations_NamesWhatDiffers(t *testing.T) {
	w := newWorld(t)
	ctx := servertest.Context(t)
	w.store("cal_1", "softcat", engine(t, 2_400_000, 2000))
	w.store("cal_2", "softcat", engine(t, 2_520_000, 2000))
	w.store("cal_3", "cdw", engine(t, 1, 1))
	compare := func(left, right string) (*commissionv1.CompareCalculationsResponse, error) {
		return w.margins(softcat).CompareCalculations(ctx, &commissionv1.CompareCalculationsRequest{LeftCalculationId: left, RightCalculationId: right})
	}
	answer, err := compare("cal_1", "cal_2")
	must(t, err)
	want := &commissionv1.Difference{
		Field: "margin", Left: "4800.00 GBP", Right: "5040.00 GBP",
		Sentence: "The margin is 4800.00 GBP in the left calculation and 5040.00 GBP in the right.",
	}
	if len(answer.GetDifferences()) == 0 || !proto.Equal(answer.GetDifferences()[0], want) {
		t.Errorf("got %v", answer)
	}
	same, err := compare("cal_1", "cal_1")
	must(t, err)
	if len(same.GetDifferences()) != 0 {
		t.Errorf("got %v", same)
	}
	_, err = compare("cal_1", "cal_3")
	wantReason(t, err, "NOT_FOUND", "")
}
