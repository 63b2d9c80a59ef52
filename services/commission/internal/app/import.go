package app

import (
	"context"
	"fmt"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// errNoSubscription refuses an import for a subscription that customer does
// not know.
var errNoSubscription = fault.New("NOT_FOUND", "there is no such subscription")

// AgreedMargin is a margin agreed in an existing book. The subscription is
// given by one of its two ids; no lock date means the partner's first day.
// Refused, if any, is why the row can't be read.
type AgreedMargin struct {
	SubscriptionID, ExternalID, PartnerID string
	Rate                                  money.Bps
	LockedOn                              calendar.Date
	Refused                               *fault.Error
}

// Imported is what became of a row: a relationship, or why there is none.
type Imported struct {
	RelationshipID string       `json:"relationship_id,omitempty"`
	Refused        *fault.Error `json:"refused,omitempty"`
}

// BatchImportRelationships locks agreed margins, each with its own result. It
// asks customer directly, so that it does not wait for the book, and stores
// all rows at once.
func (a *App) BatchImportRelationships(ctx context.Context, rows []AgreedMargin) ([]Imported, error) {
	plan, refused := a.planImport(ctx, rows)
	var results []Imported
	err := a.store.InTx(ctx, func(tx *postgres.Store) error {
		return idem.Do(ctx, tx.Tx(), &results, func() (err error) {
			if refused != nil {
				return refused
			}
			results, err = a.runImport(ctx, tx, plan)
			return err
		})
	})
	return results, err
}

// planned is a row with the relationship that it would begin, or its refusal.
type planned struct {
	row     AgreedMargin
	begun   margin.Relationship
	refused *fault.Error
}

// planImport decides all rows on what customer and partner say. The error is
// of a call that failed, not of a row.
func (a *App) planImport(ctx context.Context, rows []AgreedMargin) ([]planned, error) {
	found, err := a.subscriptionsOf(ctx, rows)
	if err != nil {
		return nil, err
	}
	partners := make([]string, 0, len(rows))
	for _, row := range rows {
		if row.Refused == nil && row.PartnerID != "" {
			partners = append(partners, row.PartnerID)
		}
	}
	today := a.today()
	terms := a.freshTerms(ctx, partners, today)
	plan := make([]planned, len(rows))
	for i, row := range rows {
		begun, err := agreed(row, found, terms, today)
		refusal, ok := rpcerr.Standing(err)
		if err != nil && !ok {
			return nil, err
		}
		plan[i] = planned{row: row, begun: begun, refused: refusal}
	}
	return plan, nil
}

// byEitherID finds subscriptions by both of their ids.
type byEitherID struct {
	byID, byExternalID map[string]served
}

// subscriptionsOf asks customer for the subscriptions of all rows at once.
func (a *App) subscriptionsOf(ctx context.Context, rows []AgreedMargin) (byEitherID, error) {
	found := byEitherID{byID: map[string]served{}, byExternalID: map[string]served{}}
	request := &customerv1.BatchGetSubscriptionsRequest{}
	for _, row := range rows {
		switch {
		case row.Refused != nil:
		case row.SubscriptionID != "":
			request.SubscriptionIds = append(request.SubscriptionIds, row.SubscriptionID)
		case row.ExternalID != "":
			request.ExternalIds = append(request.ExternalIds, row.ExternalID)
		}
	}
	if len(request.SubscriptionIds)+len(request.ExternalIds) == 0 {
		return found, nil
	}
	answer, err := a.subscriptions.BatchGetSubscriptions(ctx, request)
	if err != nil {
		return found, fmt.Errorf("subscriptions to import for: %w", err)
	}
	for _, sub := range answer.GetSubscriptions() {
		s, err := servedFrom(sub)
		if err != nil {
			return found, err
		}
		found.byID[s.id] = s
		if s.externalID != "" {
			found.byExternalID[s.externalID] = s
		}
	}
	return found, nil
}

// agreed returns the relationship that a row begins, or its refusal.
func agreed(row AgreedMargin, found byEitherID, terms map[string]termsOrRefusal, today calendar.Date) (margin.Relationship, error) {
	if row.Refused != nil {
		return margin.Relationship{}, row.Refused
	}
	sub, err := found.of(row)
	if err != nil {
		return margin.Relationship{}, err
	}
	if sub.partnerID != row.PartnerID {
		return margin.Relationship{}, errPartnerChanged.Because(
			fmt.Sprintf("subscription %s is served by partner %s, not by %.60q; import its margin for that partner", sub.id, sub.partnerID, row.PartnerID),
			"subscription_id", sub.id, "partner_id", sub.partnerID).On("partner_id")
	}
	partner := terms[row.PartnerID]
	if partner.err != nil {
		return margin.Relationship{}, partner.err
	}
	if err := partner.terms.CheckHolding(today); err != nil {
		return margin.Relationship{}, err
	}
	if err := partner.terms.CheckRate(row.Rate); err != nil {
		return margin.Relationship{}, err
	}
	locked := row.LockedOn
	switch {
	case locked.IsZero():
		locked = sub.start()
	case locked.After(today):
		return margin.Relationship{}, calendar.ErrDateInvalid.Because(
			fmt.Sprintf("a margin can't have been agreed on %s, which is later than today, %s", locked, today), "date", locked.String()).On("lock_date")
	}
	return margin.Relationship{
		SubscriptionID: sub.id, PartnerID: row.PartnerID, Mode: partner.terms.Mode, From: sub.start(),
	}.WithLock(margin.Lock{Rate: row.Rate, On: locked})
}

func (b byEitherID) of(row AgreedMargin) (served, error) {
	switch {
	case (row.SubscriptionID == "") == (row.ExternalID == ""):
		return served{}, rpcerr.RequestInvalid.Because("name the subscription either by subscription_id or by external_id").On("subscription_id")
	case row.SubscriptionID != "":
		if s, ok := b.byID[row.SubscriptionID]; ok {
			return s, nil
		}
		return served{}, errNoSubscription.Because(fmt.Sprintf("there is no subscription %.60q", row.SubscriptionID)).On("subscription_id")
	}
	if s, ok := b.byExternalID[row.ExternalID]; ok {
		return s, nil
	}
	return served{}, errNoSubscription.Because(fmt.Sprintf("there is no subscription with the external id %.60q", row.ExternalID)).On("external_id")
}
