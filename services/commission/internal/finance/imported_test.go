package finance_test

import (
	"testing"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// A renewal to a common end moves the contract's anchor. What was imported before it
// is still counted from the day that it was counted from: it is invoiced, and divided.
func TestRecord_AnImportedTermIsInvoicedAndDividedAfterARenewalToACommonEnd(t *testing.T) {
	w := newWorld(t)
	w.Card(2000)
	w.Subscribe(subscription)
	_, err := w.Submit(app.Order{Offer: app.Offer{RenewalID: renewalID, Wish: renewal.Wish{End: calendar.On(2026, 7, 1)}}})
	must(t, err)
	_, err = w.tell(w.invoice("I-1", records.ImportedID(subscription, "2025-04-01"), 1, today, 2_400_000))
	must(t, err)
	w.Transfer("trf_1", subscription, "cdw", today, clean)
	must(t, w.App.DivideTerms(t.Context(), subscription))
	shares, err := w.App.ListTermShares(as(anna), app.TermShareFilter{SubscriptionID: subscription, PartnerID: "cdw"}, "", 10)
	must(t, err)
	if len(shares) != 2 {
		t.Errorf("cdw has %d shares; want one of the imported term and one of the stub: %+v", len(shares), shares)
	}
}
