package app

import (
	"context"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// NewOrder asks for a new subscription. No start means today. With a co-term
// date there are no months: the first term is a stub that ends on it.
type NewOrder struct {
	PartnerID           string // empty for the caller's own
	Domain              string
	Customer            *records.NewCustomer // nil if it is not described
	ProductID           string
	Seats               int64
	Currency            money.Currency
	Months              int
	Billing             margin.Billing
	Start, Coterm       calendar.Date
	DealRegistrationID  string
	ExpectedFingerprint string
	PartnerReference    string
}

// OrderPreview is what an order would book. Where the verdict may not be shown
// it is nil, and both calculations are of what the order itself says: the first
// as if the verdict were CLEAN, the second as if it were POACHED.
type OrderPreview struct {
	Calculation records.Calculation
	Verdict     *partnerv1.Verdict
	IfPoached   *records.Calculation
}

// PreviewOrder decides as SubmitOrder does, and stores nothing.
func (a *App) PreviewOrder(ctx context.Context, o NewOrder) (OrderPreview, error) {
	g := a.lookUpOrder(ctx, o)
	if g.failed != nil {
		return OrderPreview{}, g.failed
	}
	if g.visible {
		calculation, err := g.outcome()
		return OrderPreview{Calculation: calculation, Verdict: g.evaluation.GetVerdict()}, err
	}
	clean, err := g.calculate(g.ifClean())
	if err != nil {
		return OrderPreview{}, err
	}
	poached, err := g.calculate(g.ifPoached())
	return OrderPreview{Calculation: clean, IfPoached: &poached}, err
}

// SubmitOrder is SubmitRenewal for a new subscription. Partner is told of a
// booked order by a job of the same transaction; it is tried at once as well.
func (a *App) SubmitOrder(ctx context.Context, o NewOrder) (records.Submission, error) {
	g := a.lookUpOrder(ctx, o)
	submission, err := a.submit(ctx, func(*postgres.Store) (records.Submission, error) { return a.acceptedOrder(ctx, g) })
	submission, err = a.driven(ctx, submission, err)
	if submission.State == records.Booked {
		soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), driveTime)
		defer cancel()
		_ = a.RecordOrder(soon, submission.ID) // the job repeats what fails here
	}
	return submission, err
}

// acceptedOrder decides the order. Subscription and relationship get their ids
// here, so that the calculation can name them.
func (a *App) acceptedOrder(ctx context.Context, g orderGrounds) (records.Submission, error) {
	if g.failed != nil {
		return records.Submission{}, g.failed
	}
	g = g.known()
	calculation, err := g.outcome()
	if err != nil {
		return records.Submission{}, err
	}
	if err := g.checkPreview(calculation); err != nil {
		return records.Submission{}, err
	}
	order, err := g.order()
	if err != nil {
		return records.Submission{}, err
	}
	calculation.SubscriptionID, calculation.RelationshipID = ident.New(subscriptionPrefix), ident.New("rel_")
	s := a.newSubmission(ctx, records.OfOrder, calculation)
	s.Order, s.PartnerReference = order, g.wish.PartnerReference
	return s, nil
}
