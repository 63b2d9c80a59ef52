package finance_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/billing"
	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
)

// earning returns where the accruals of an invoice stand, by partner.
func (w *world) earning(invoice string) map[string]ledger.Standing {
	w.t.Helper()
	recorded, err := w.Finance.GetInvoice(as(anna), invoice)
	must(w.t, err)
	standing := map[string]ledger.Standing{}
	for _, a := range recorded.Accruals {
		standing[a.PartnerID] = standing[a.PartnerID].Plus(a.Standing)
	}
	return standing
}

func TestRestate_ATransferMovesTheDaysToComeWithWhatWasInvoiced(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	source := w.agency()
	for _, f := range []finance.Fact{w.invoice("I-1", source, 1, today, 2_520_000), w.about(billing.Payment, "P-1", "I-1", today, 2_520_000)} {
		_, err := w.tell(f)
		must(t, err)
	}
	w.On("2026-10-01") // 183 of the term's 365 days are over
	_, err := w.Finance.SettleDue(context.Background())
	must(t, err)
	w.Transfer("trf_1", subscription, "cdw", "2026-10-01", poached("2027-10-01"))
	must(t, w.App.DivideTerms(t.Context(), subscription))
	// 12,634.52 and 12,565.48 of 25,200.00; the new partner is capped at 5 %.
	want := map[string]ledger.Standing{"softcat": {Payable: 252_690}, "cdw": {Payable: 62_827}}
	if diff := cmp.Diff(want, w.earning("I-1")); diff != "" {
		t.Errorf("earned (-want +got):\n%s", diff)
	}
	w.Conduct.Decide("cas_trf_1", final(clean))
	w.Hear()
	want["cdw"] = ledger.Standing{Payable: 251_310}
	if diff := cmp.Diff(want, w.earning("I-1")); diff != "" {
		t.Errorf("earned after the verdict turned (-want +got):\n%s", diff)
	}
}

// News of a transfer may come late, with a verdict about it: what was invoiced is
// restated from the transfer's first day on.
func TestRestate_ATransferThatIsHeardOfLateCountsFromItsDay(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	source := w.agency()
	for _, f := range []finance.Fact{w.invoice("I-1", source, 1, today, 2_520_000), w.about(billing.Payment, "P-1", "I-1", today, 2_520_000)} {
		_, err := w.tell(f)
		must(t, err)
	}
	w.On("2026-10-05")
	_, err := w.Finance.SettleDue(context.Background())
	must(t, err)
	w.Transfer("trf_1", subscription, "cdw", "2026-10-01", appealed("2027-10-01"))
	must(t, w.App.DivideTerms(t.Context(), subscription))
	for _, e := range w.entries() {
		if e.Posted.Equal(*w.Now.Load()) && e.Kind != ledger.Maturity && e.Effective != day("2026-10-01") {
			t.Errorf("%s of %s counts for %s", e.Kind, e.PartnerID, e.Effective)
		}
	}
}

// A verdict may turn before anything else is done: what the transfer has divided
// counts from its first day on, and what the verdict makes of it from the verdict's.
func TestRestate_ATransferAndAVerdictCountFromTheirOwnDays(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	source := w.agency()
	w.On("2026-10-01")
	for _, f := range []finance.Fact{w.invoice("I-1", source, 1, today, 2_520_000), w.about(billing.Payment, "P-1", "I-1", "2026-09-30", 2_520_000)} {
		_, err := w.tell(f)
		must(t, err)
	}
	w.Transfer("trf_1", subscription, "cdw", "2026-10-01", appealed("2027-10-01"))
	must(t, w.App.DivideTerms(t.Context(), subscription))
	w.On("2026-10-05")
	w.Conduct.Decide("cas_trf_1", final(clean))
	w.Hear()
	type move struct {
		kind ledger.Kind
		on   string
	}
	got := map[move]int64{}
	for _, e := range w.entries() {
		if e.PartnerID == "cdw" {
			got[move{e.Kind, e.Effective.String()}] += e.Postings[0].Debit
		}
	}
	// 5 % of 12,565.48 at once and 15 % once the verdict stands, of 1,256,548 units.
	want := map[move]int64{{ledger.Accrual, "2026-10-01"}: 62_827, {ledger.Hold, "2026-10-01"}: 188_483, {ledger.Release, "2026-10-05"}: 188_483}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

// A renewal that was booked and invoiced before a transfer is the new partner's from
// the transfer's first day on, and not only when its term begins.
func TestRestate_ARenewalInvoicedBeforeATransferGoesWithIt(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	source := w.agency() // from 2026-04-01
	_, err := w.tell(w.invoice("I-1", source, 1, today, 2_520_000))
	must(t, err)
	w.Transfer("trf_1", subscription, "cdw", "2026-03-20", clean)
	w.On("2026-03-20")
	must(t, w.App.DivideTerms(t.Context(), subscription))
	if diff := cmp.Diff(map[string]ledger.Standing{"softcat": {}, "cdw": {Accrued: 504_000}}, w.earning("I-1")); diff != "" {
		t.Errorf("earned (-want +got):\n%s", diff)
	}
}

func TestRestate_HoldsWhatAnAppealDecides(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Partner.Agency.Store(true)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", today, appealed("2027-03-02"))
	must(t, w.App.DivideTerms(t.Context(), subscription))
	s, err := w.SubmitAs(cdw, order(renewalID))
	must(t, err)
	_, err = w.tell(w.invoice("I-1", s.ID, 1, today, 2_520_000))
	must(t, err)
	wantStanding(t, w, "I-1", earnings.Margin, ledger.Standing{Accrued: 126_000, Held: 378_000})
	w.Conduct.Decide("cas_trf_1", final(poached("2027-03-02")))
	w.Hear()
	wantStanding(t, w, "I-1", earnings.Margin, ledger.Standing{Accrued: 126_000})
	if sums := w.balances("cdw"); sums[ledger.Held] != 0 || sums[ledger.Expense] != -126_000 {
		t.Errorf("balances %v", sums)
	}
}

func TestRestate_AResaleVerdictBecomesAnAdjustment(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", today, appealed("2027-03-02"))
	must(t, w.App.DivideTerms(t.Context(), subscription))
	s, err := w.SubmitAs(cdw, order(renewalID))
	must(t, err)
	for _, f := range []finance.Fact{w.invoice("I-1", s.ID, 1, today, 2_520_000-126_000), w.about(billing.Payment, "P-1", "I-1", today, 2_394_000)} {
		_, err := w.tell(f)
		must(t, err)
	}
	if len(w.balances("cdw")) != 0 {
		t.Errorf("the ledger knows of a memo: %v", w.balances("cdw"))
	}
	w.Conduct.Decide("cas_trf_1", final(clean))
	w.Hear()
	wantStanding(t, w, "I-1", earnings.Adjustment, ledger.Standing{Accrued: 378_000})
	w.On("2026-04-01")
	_, err = w.Finance.SettleDue(context.Background())
	must(t, err)
	wantStanding(t, w, "I-1", earnings.Adjustment, ledger.Standing{Payable: 378_000})
}

// Billing tells of a term while a verdict about it turns to and fro, here by two
// replicas: everybody gets done, and the last word stands for every instalment.
func TestRestate_AVerdictThatTurnsWhileTheTermIsInvoiced(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Partner.Agency.Store(true)
	w.Subscribe(subscription)
	w.Transfer("trf_1", subscription, "cdw", today, appealed("2027-03-02"))
	must(t, w.App.DivideTerms(t.Context(), subscription))
	s, err := w.SubmitAs(cdw, app.Order{Offer: app.Offer{RenewalID: renewalID, Wish: renewal.Wish{Billing: margin.Monthly}}})
	must(t, err)
	var all sync.WaitGroup
	for _, i := range s.Calculation.Instalments {
		all.Go(func() {
			id := fmt.Sprint("I-", i.Number)
			for _, f := range []finance.Fact{w.invoice(id, s.ID, i.Number, today, i.Net.Minor), w.about(billing.Payment, "P"+id, id, today, i.Net.Minor)} {
				if _, err := w.tell(f); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 2 {
		all.Go(func() {
			for _, verdict := range []func(*partnerv1.Case){poached("2027-03-02"), clean, appealed("2027-03-02"), clean, poached("2027-03-02")} {
				w.Conduct.Decide("cas_trf_1", verdict)
				if _, _, err := w.App.PullVerdicts(context.Background(), app.FeedStart); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	w.Conduct.Decide("cas_trf_1", final(clean))
	w.Hear()
	for _, i := range s.Calculation.Instalments {
		var earned ledger.Standing
		for _, standing := range w.earning(fmt.Sprint("I-", i.Number)) {
			earned = earned.Plus(standing)
		}
		if earned.Held != 0 || earned.Payable != 0 {
			t.Errorf("instalment %d: %+v; want nothing held or due yet", i.Number, earned)
		}
	}
	if sums := w.balances("cdw"); sums[ledger.Accrued] != 504_000 || sums[ledger.Held] != 0 { // 20 % of 25,200.00
		t.Errorf("balances %v; want 504000 accrued", sums)
	}
}
