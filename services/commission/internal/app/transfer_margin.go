package app

import (
	"context"
	"fmt"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

var errNoTransfer = fault.New("NOT_FOUND", "there is no such transfer")

// TransferQuestion asks what a transfer means for the caller's margin. Net and
// Segment are the challenger's estimate, while the customer has not consented.
type TransferQuestion struct {
	TransferID string
	Net        money.Amount // a year's; the zero value if none was given
	Segment    string
}

// TransferPreview is what a transfer means for one side.
type TransferPreview struct {
	Side    partnerv1.Side
	Margins []TransferMargin
}

// TransferMargin is what the move of one subscription means: to the challenger
// both calculations, to the incumbent what it keeps of the term before the
// effective date.
type TransferMargin struct {
	SubscriptionID      string // empty for an estimate
	Effective           calendar.Date
	IfClean, IfPoached  *records.Calculation
	KeptNet, KeptMargin money.Amount
}

// PreviewTransferMargin answers with what partner lets the caller see of the
// transfer, and nothing of the other side's.
func (a *App) PreviewTransferMargin(ctx context.Context, q TransferQuestion) (TransferPreview, error) {
	t, seenBy, err := a.transfer(ctx, q.TransferID)
	if err != nil {
		return TransferPreview{}, err
	}
	p := TransferPreview{Side: t.GetSide()}
	switch {
	case t.GetSide() == partnerv1.Side_SIDE_INCUMBENT:
		p.Margins, err = a.keptMargins(ctx, t, seenBy)
	case len(t.GetMoves()) == 0:
		p.Margins, err = a.estimate(ctx, t, q)
	default:
		p.Margins, err = a.wonMargins(ctx, t)
	}
	return p, err
}

// transfer asks partner for a transfer as the caller may see it, and returns the
// partner that sees it: one of the caller's, or none for the vendor's people.
func (a *App) transfer(ctx context.Context, id string) (*partnerv1.Transfer, string, error) {
	caller, _ := auth.From(ctx)
	eyes := caller.PartnerIDs
	if len(eyes) == 0 {
		eyes = []string{caller.Partner()}
	}
	for _, partner := range eyes {
		found, err := a.transfers.GetTransfer(auth.ActFor(ctx, partner), &partnerv1.GetTransferRequest{TransferId: id})
		if err == nil {
			return found, partner, nil
		}
		if refusal, ok := fault.Of(rpcerr.FromStatus(err)); !ok || !refusal.Is(errNoTransfer) {
			return nil, "", fmt.Errorf("transfer %s: %w", id, err)
		}
	}
	return nil, "", errNoTransfer.On("transfer_id")
}

// estimate calculates for the challenger's own figures, at the card's rate.
func (a *App) estimate(ctx context.Context, t *partnerv1.Transfer, q TransferQuestion) ([]TransferMargin, error) {
	if q.Net.Currency == "" {
		return nil, rpcerr.RequestInvalid.Because("until the customer has consented, give your own estimate of the yearly net").On("net")
	}
	start, err := calendar.ParseOptional(t.GetRequestedDate())
	if err != nil {
		return nil, err
	}
	start = calendar.Max(start, a.today())
	limit, err := a.capOf(ctx, t, start)
	if err != nil {
		return nil, err
	}
	ask := &Question{PartnerID: t.GetPartnerId(), FamilyID: t.GetFamilyId(), Segment: q.Segment, On: a.today()}
	sale := margin.Sale{Net: q.Net, Start: start, Months: 12, Billing: margin.Prepaid}
	clean := records.Calculation{}
	if err := a.priceByCard(ctx, ask, &sale, &clean); err != nil {
		return nil, err
	}
	m := TransferMargin{Effective: start}
	m.IfClean, m.IfPoached, err = eitherWay(sale, clean, limit)
	return []TransferMargin{m}, err
}

// capOf is the cap of a POACHED verdict, by the version of the code of practice
// in force when the transfer was asked for.
func (a *App) capOf(ctx context.Context, t *partnerv1.Transfer, start calendar.Date) (*margin.Cap, error) {
	policies, err := a.codes.Approved(ctx)
	if err != nil {
		return nil, err
	}
	return policies.At(calendar.DateOf(t.GetCreateTime().AsTime(), a.zone)).CapFrom(start), nil
}

// eitherWay calculates a sale without and with a cap.
func eitherWay(sale margin.Sale, of records.Calculation, limit *margin.Cap) (clean, poached *records.Calculation, err error) {
	one, other := of, of
	sale.Rate.Cap = nil
	if one.Calculation, err = margin.Calculate(sale); err != nil {
		return nil, nil, err
	}
	sale.Rate.Cap = limit
	other.Calculation, err = margin.Calculate(sale)
	return &one, &other, err
}

// newcomer is the relationship that a transfer brings a subscription: the
// stored one, or one at the rate of the card that would lock it now.
func (a *App) newcomer(ctx context.Context, t *partnerv1.Transfer, subscriptionID string, from calendar.Date) (records.Relationship, error) {
	of := Tenure{SubscriptionID: subscriptionID, PartnerID: t.GetPartnerId(), On: from}
	found, err := a.storedRelationship(ctx, of)
	if err != nil || found != nil && found.From == from {
		return valueOf(found), err
	}
	sub, err := a.subscription(ctx, subscriptionID)
	if err != nil {
		return records.Relationship{}, err
	}
	booked := earlier(from, a.today())
	terms, err := a.loadTerms(ctx, sellerOn{of.PartnerID, booked})
	if err != nil {
		return records.Relationship{}, err
	}
	lock, err := a.lockByCard(ctx, terms, sub, booked)
	return records.Relationship{
		Relationship: margin.Relationship{SubscriptionID: subscriptionID, PartnerID: of.PartnerID, From: from, Mode: terms.Mode, Lock: lock},
		TransferID:   t.GetTransferId(),
	}, err
}
