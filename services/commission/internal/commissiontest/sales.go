package commissiontest

import (
	"context"
	"fmt"
	"strconv"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
)

// Submit submits an order of softcat's with a fresh key.
func (w *World) Submit(o app.Order) (records.Submission, error) {
	return w.App.SubmitRenewal(Keyed(Softcat, fmt.Sprint("key-", Keys.Add(1)), o), o)
}

// Order is an order of a renewal as it is offered.
func Order(id string) app.Order { return app.Order{Offer: app.Offer{RenewalID: id}} }

// Cards brings a rate card into force that gives enterprises one rate and all
// others another.
func (w *World) Cards(enterprise, others int) {
	w.T.Helper()
	Must(w.T, w.System(func(ctx context.Context, tx *postgres.Store) error {
		for _, sql := range []string{
			`INSERT INTO rate_cards (rate_card_id, display_name, effective_date, state, revision, create_time)
			VALUES ('rat_1', 'card', '2026-01-01', 'DRAFT', 1, now())`,
			fmt.Sprintf(`INSERT INTO rates (rate_card_id, partner_type, family_id, segment, margin_bps, position)
			VALUES ('rat_1', '', '', 'ENTERPRISE', %d, 0), ('rat_1', '', '', '', %d, 1)`, enterprise, others),
			`UPDATE rate_cards SET state = 'APPROVED', proposer = 'anna', approver = 'bert', approve_time = now()`,
		} {
			if _, err := tx.Tx().Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	}))
}

// Harbour is an order of 200 seats for a customer that the vendor does not
// know, for 36 months paid ahead.
func Harbour(change ...func(*app.NewOrder)) app.NewOrder {
	o := app.NewOrder{
		Domain: "harbour.example", ProductID: "email-security-plus", Seats: 200, Currency: "GBP", Months: 36, Billing: margin.Prepaid,
		Customer: &records.NewCustomer{Name: "Harbour Legal", Segment: "ENTERPRISE", Sector: "LEGAL", Country: "GB", TimeZone: "Europe/London"},
	}
	for _, how := range change {
		how(&o)
	}
	return o
}

// SubmitAs submits an order of a partner's with a fresh key.
func (w *World) SubmitAs(c auth.Caller, o app.Order) (records.Submission, error) {
	return w.App.SubmitRenewal(Keyed(c, "key-"+strconv.Itoa(int(Keys.Add(1))), o), o)
}
