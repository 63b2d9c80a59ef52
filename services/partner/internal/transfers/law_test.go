package transfers_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Whatever happens to a transfer in whatever order, what was consented to stays
// consented to, every change counts, and neither side reads the other's name.
func TestTransfer_KeepsItsPromisesInEveryOrder(t *testing.T) {
	fresh := requested(t)
	rapid.Check(t, func(r *rapid.T) {
		x, agreed := fresh, false
		for range rapid.IntRange(0, 12).Draw(r, "deeds") {
			before := x
			on := today.AddDays(rapid.IntRange(0, 20).Draw(r, "day"))
			subscription := moves[rapid.IntRange(0, 2).Draw(r, "move")].SubscriptionID
			switch rapid.IntRange(0, 5).Draw(r, "deed") {
			case 0:
				if cancelled, err := x.Cancel(on); err == nil {
					x = cancelled
				}
			case 1:
				x, _ = x.Expire(on)
			case 2:
				x, _ = x.Supersede(on)
			case 3:
				if given, err := x.Consent(choice(on), moves); err == nil {
					x, agreed = given, true
				}
			case 4:
				x = x.Carried(subscription, rapid.SampledFrom([]fault.Reason{"", "NOT_FOUND"}).Draw(r, "answer"))
			case 5:
				if released, _, err := x.Release(softcats("")); err == nil {
					x = released
				}
			}
			if x.Agreed() != agreed {
				r.Fatalf("%s after a consent: %v", x.State, agreed)
			}
			if (x.Revision == before.Revision) != (shown(t, seen(t, x, vendor, today)) == shown(t, seen(t, before, vendor, today))) {
				r.Fatalf("revision %d after %d", x.Revision, before.Revision)
			}
			view := seen(t, x, partner("cdw"), on)
			if len(view.Moves) > 0 != agreed || view.State == transfers.Superseded {
				r.Fatalf("the challenger sees %s", shown(t, view))
			}
		}
	})
}
