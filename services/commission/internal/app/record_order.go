package app

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// RecordOrder tells partner that an order is booked, which converts its deal
// registration and opens the case of its verdict. The case comes back and
// belongs to the relationship from then on. It may run any number of times. An
// error means that it has to run again.
func (a *App) RecordOrder(ctx context.Context, id string) error {
	ctx = caller.AsItself(ctx)
	var s records.Submission
	var told bool
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		if s, err = tx.Submission(ctx, id); err != nil {
			return err
		}
		told, err = tx.Told(ctx, id)
		return err
	})
	if err != nil || told || s.Order == nil || s.State != records.Booked {
		return err
	}
	request, err := recordRequest(s)
	if err != nil {
		return err
	}
	opened, err := a.conduct.RecordOrder(ctx, request)
	if err != nil {
		return fmt.Errorf("tell partner of order %s: %w", id, rpcerr.FromStatus(err))
	}
	verdict, err := verdictOf(opened)
	if err != nil {
		return err
	}
	if err := a.at(beforeTold); err != nil {
		return err
	}
	err = a.store.InTx(ctx, func(tx *postgres.Store) error {
		if err := a.rule(ctx, tx, verdict); err != nil {
			return err
		}
		return tx.SaveTold(ctx, id)
	})
	if err != nil {
		return err
	}
	return a.at(afterTold)
}

func recordRequest(s records.Submission) (*partnerv1.RecordOrderRequest, error) {
	verdict := &partnerv1.Verdict{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(s.Order.Verdict, verdict); err != nil {
		return nil, fmt.Errorf("verdict of order %s: %w", s.ID, err)
	}
	return &partnerv1.RecordOrderRequest{
		SubmissionId: s.ID, SubscriptionId: s.SubscriptionID, PartnerId: s.PartnerID, Domain: s.Order.Domain, FamilyId: s.Order.FamilyID,
		StartDate: s.Term.Start.String(), OrderDate: s.Order.OrderedOn.String(), Verdict: verdict, DealRegistrationId: s.Order.DealRegistrationID,
	}, nil
}
