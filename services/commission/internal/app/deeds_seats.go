package app

import (
	"context"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/contract"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// reseating changes the seats of a running term.
type reseating struct{ *App }

func (r reseating) commit(ctx context.Context, s records.Submission) (records.Submission, error) {
	_, err := r.subscriptions.ChangeSeats(ctx, seatsRequest(s))
	return s, err
}

func seatsRequest(s records.Submission) *customerv1.ChangeSeatsRequest {
	return &customerv1.ChangeSeatsRequest{
		SubscriptionId: s.SubscriptionID, ExpectedPartnerId: s.PartnerID, Etag: s.SubscriptionEtag, EffectiveDate: s.Term.Start.String(),
		Seats: s.Seats, RequestId: s.ID,
	}
}

func (r reseating) follow(ctx context.Context, s records.Submission, refusal *fault.Error) (records.Submission, bool, error) {
	if refusal.Reason != etagMismatch {
		return s, false, nil
	}
	return r.followChange(ctx, s, stillReseats)
}

// stillReseats returns nil if the figures are those that the contract gives now.
func stillReseats(s records.Submission, c contract.Contract) *fault.Error {
	if err := c.CheckRunning(); err != nil {
		return asFault(err)
	}
	if err := checkPartner(c, s.PartnerID, s.Term.Start); err != nil {
		return asFault(err)
	}
	term, there := c.On(s.Term.Start)
	if !there || term.Span.End != s.Term.End {
		return renewal.ErrPreviewStale.Because("the term has another end by now; read the subscription again")
	}
	now, err := margin.CalculateSeatChange(c.Reseated(term, s.Term.Start, s.Seats, s.Calculation.Mode, fixedRate(s)))
	if err != nil {
		return asFault(err)
	}
	return asFault(renewal.CheckPreview(s.Calculation.Fingerprint, now.Fingerprint))
}

// shown is false: the contract keeps the number of seats and not who changed it.
// That a change whose answer was lost is booked is told by its repetition, which
// the contract answers as it did.
func (r reseating) shown(records.Submission, contract.Contract) bool { return false }

func (r reseating) words(s records.Submission, refusal *fault.Error) *fault.Error {
	switch refusal.Reason {
	case "NOT_FOUND", "PARTNER_CHANGED":
		return asFault(checkPartner(contract.Contract{ID: s.SubscriptionID}, s.PartnerID, s.Term.Start))
	}
	return refusal
}

func (r reseating) keep(_ context.Context, _ *postgres.Store, booked records.Submission) (records.Submission, error) {
	return booked, nil
}
