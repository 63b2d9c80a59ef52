package app

import (
	"context"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/contract"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/renewal"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// deed is what the kinds of submissions differ in on their way to BOOKED or
// REJECTED. Everything else is the same saga.
type deed interface {
	// commit asks the contract. The submission comes back with what the request
	// needed to be stored first; one that comes back decided was so by others.
	commit(ctx context.Context, s records.Submission) (records.Submission, error)
	// follow brings the submission up to date with what a refusal told, or
	// returns false for a refusal that stays.
	follow(ctx context.Context, s records.Submission, refusal *fault.Error) (now records.Submission, again bool, err error)
	// shown reports whether the contract has what the submission books.
	shown(s records.Submission, c contract.Contract) bool
	// words puts a refusal of the contract into the caller's.
	words(s records.Submission, refusal *fault.Error) *fault.Error
	// keep stores what comes of a booking beside the submission and its margin,
	// and returns what the margin is then stored for.
	keep(ctx context.Context, tx *postgres.Store, booked records.Submission) (records.Submission, error)
}

func (a *App) deedOf(s records.Submission) deed {
	switch s.Kind {
	case records.OfOrder:
		return ordering{a}
	case records.OfSeatChange:
		return reseating{a}
	}
	return renewing{a}
}

// renewing adds the next term to a contract.
type renewing struct{ *App }

func (r renewing) commit(ctx context.Context, s records.Submission) (records.Submission, error) {
	_, err := r.subscriptions.RenewSubscription(ctx, renewRequest(s))
	return s, err
}

func renewRequest(s records.Submission) *customerv1.RenewSubscriptionRequest {
	return &customerv1.RenewSubscriptionRequest{
		SubscriptionId: s.SubscriptionID, ExpectedPartnerId: s.PartnerID, Etag: s.SubscriptionEtag, StartDate: s.Term.Start.String(),
		TermMonths: int32(s.Months), EndDate: stubEnd(s), Seats: s.Seats, UnitPrice: contract.Money(s.UnitPrice), Billing: contract.ProtoBilling(s.Billing),
		RequestId: s.ID,
	}
}

// stubEnd is the end of a term that leads to a common one; empty for a term of
// months, whose end the contract counts from its anchor.
func stubEnd(s records.Submission) string {
	if s.Months > 0 {
		return ""
	}
	return s.Term.End.String()
}

func (r renewing) follow(ctx context.Context, s records.Submission, refusal *fault.Error) (records.Submission, bool, error) {
	if refusal.Reason != etagMismatch {
		return s, false, nil
	}
	return r.followChange(ctx, s, stillRenews)
}

func (r renewing) shown(s records.Submission, c contract.Contract) bool {
	next, there := c.Starting(s.Term.Start)
	return there && next.BookedBy == s.ID
}

func (r renewing) words(s records.Submission, refusal *fault.Error) *fault.Error {
	switch refusal.Reason {
	case "TERM_ALREADY_RENEWED":
		return renewal.ErrAlreadySubmitted.Because("the term from "+s.Term.Start.String()+" is contract already; read the subscription to see it",
			"renewal_id", s.RenewalID)
	case "NOT_FOUND":
		return asFault(renewal.CheckPartner(s.PartnerID, ""))
	}
	return refusal
}

func (r renewing) keep(ctx context.Context, tx *postgres.Store, booked records.Submission) (records.Submission, error) {
	return booked, r.closeQuote(ctx, tx, booked)
}
