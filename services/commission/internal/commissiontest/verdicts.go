package commissiontest

import (
	"context"
	"strconv"
	"strings"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
)

// ReassignTo gives a subscription another partner from a day on.
func ReassignTo(partner, from string) func(*customerv1.Subscription) {
	return func(s *customerv1.Subscription) {
		s.PartnersOfRecord[len(s.PartnersOfRecord)-1].UntilDate = from
		s.PartnersOfRecord = append(s.PartnersOfRecord, &customerv1.PartnerOfRecord{PartnerId: partner, FromDate: from})
	}
}

// ReassignBy gives a subscription another partner from a day on, by a transfer.
func ReassignBy(transfer, partner, from string) func(*customerv1.Subscription) {
	return func(s *customerv1.Subscription) {
		ReassignTo(partner, from)(s)
		s.PartnersOfRecord[len(s.PartnersOfRecord)-1].TransferId = transfer
	}
}

// Card brings a rate card of one rate into force.
func (w *World) Card(bps int) {
	w.T.Helper()
	Must(w.T, w.System(func(ctx context.Context, tx *postgres.Store) error {
		for _, sql := range []string{
			`INSERT INTO rate_cards (rate_card_id, display_name, effective_date, state, revision, create_time)
			VALUES ('rat_1', 'all', '2020-01-01', 'DRAFT', 1, now())`,
			`INSERT INTO rates (rate_card_id, partner_type, family_id, segment, margin_bps, position) VALUES ('rat_1', '', '', '', 2000, 0)`,
			`UPDATE rate_cards SET state = 'APPROVED', proposer = 'anna', approver = 'bert', approve_time = now()`,
		} {
			if _, err := tx.Tx().Exec(ctx, strings.Replace(sql, "2000", strconv.Itoa(bps), 1)); err != nil {
				return err
			}
		}
		return nil
	}))
}

// Transfer moves a subscription to a partner from a day on, and opens the case.
func (w *World) Transfer(trf, sub, to, from string, verdict func(*partnerv1.Case)) {
	w.T.Helper()
	w.Conduct.Decide("cas_"+trf, func(c *partnerv1.Case) {
		c.TransferId, c.SubscriptionId, c.PartnerId, c.EffectiveDate = trf, sub, to, from
		c.State, c.AppealByDate = partnerv1.CaseState_CASE_STATE_DECIDED, "2026-04-01"
		verdict(c)
	})
	w.Customer.Change(sub, "subscription.reassigned", ReassignBy(trf, to, from))
}

// Clean is a verdict that caps nothing.
func Clean(c *partnerv1.Case) {
	c.Verdict = &partnerv1.Verdict{
		Outcome: partnerv1.Outcome_OUTCOME_CLEAN, CodeVersionId: "cod_1",
		Findings: []*partnerv1.Finding{{Ground: partnerv1.Ground_GROUND_INCUMBENT_RELEASED, Holds: true, Decisive: true, Clause: "ethical-ecosystem", Sentence: "The partner before let the customer go."}},
	}
	c.Held = false
}

// Poached is a verdict that caps the margin until a day.
func Poached(until string) func(*partnerv1.Case) {
	return func(c *partnerv1.Case) {
		c.Verdict = &partnerv1.Verdict{
			Outcome: partnerv1.Outcome_OUTCOME_POACHED, CodeVersionId: "cod_1", CapBps: new(int32(500)), CapUntilDate: until,
			Findings: []*partnerv1.Finding{
				{Ground: partnerv1.Ground_GROUND_INCUMBENT_INACTIVE, Clause: "ethical-ecosystem", Sentence: "The renewal was quoted in time."},
				{
					Ground: partnerv1.Ground_GROUND_INSIDE_WINDOW, Holds: true, Decisive: true, Clause: "ethical-ecosystem",
					Facts: map[string]string{"term_end_date": Due}, Sentence: "The customer moved inside the protected window, which ends on 2026-06-30.",
				},
			},
		}
		c.Held = false
	}
}

// Appealed is Poached, under appeal.
func Appealed(until string) func(*partnerv1.Case) {
	return func(c *partnerv1.Case) {
		Poached(until)(c)
		c.State, c.Held, c.AppealByDate = partnerv1.CaseState_CASE_STATE_APPEALED, true, ""
	}
}

// Final is an outcome that nothing can change any more.
func Final(outcome func(*partnerv1.Case)) func(*partnerv1.Case) {
	return func(c *partnerv1.Case) {
		outcome(c)
		c.State, c.AppealByDate = partnerv1.CaseState_CASE_STATE_FINAL, ""
	}
}

// Hear applies partner's feed.
func (w *World) Hear() {
	w.T.Helper()
	position := app.FeedStart
	for more := true; more; {
		var err error
		position, more, err = w.App.PullVerdicts(context.Background(), position)
		Must(w.T, err)
	}
}
