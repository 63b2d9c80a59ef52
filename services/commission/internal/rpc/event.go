package rpc

import (
	"context"

	"google.golang.org/grpc"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/cards"
	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/matching"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/seal"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type eventService struct {
	commissionv1.UnimplementedEventServiceServer
	app *app.App
}

func (s *eventService) ListEvents(ctx context.Context, r *commissionv1.ListEventsRequest) (*commissionv1.ListEventsResponse, error) {
	size, err := page.Size(r.GetPageSize())
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListEvents(ctx, r.GetAfter(), size)
	if err != nil {
		return nil, err
	}
	list, err := events.Messages(found, eventProto)
	return &commissionv1.ListEventsResponse{Events: list}, err
}

func (s *eventService) WatchEvents(r *commissionv1.WatchEventsRequest, stream grpc.ServerStreamingServer[commissionv1.Event]) error {
	return s.app.WatchEvents(stream.Context(), r.GetAfter(), events.Send(eventProto, stream.Send))
}

// resources are what events show, by the first word of their kinds.
var resources = events.Resources[*commissionv1.Event]{
	"rate_card": events.Snapshot(func(e *commissionv1.Event, v cards.Version) {
		e.Resource = &commissionv1.Event_RateCard{RateCard: rateCardProto(v)}
	}),
	"relationship": events.Snapshot(func(e *commissionv1.Event, r records.Relationship) {
		e.Resource = &commissionv1.Event_Relationship{Relationship: relationshipProto(r)}
	}),
	"submission": events.Snapshot(func(e *commissionv1.Event, s records.Submission) {
		e.Resource = &commissionv1.Event_Submission{Submission: submissionProto(s)}
	}),
	"quote": events.Snapshot(func(e *commissionv1.Event, q records.Quote) {
		e.Resource = &commissionv1.Event_Quote{Quote: quoteProto(q)}
	}),
	"term_share": events.Snapshot(func(e *commissionv1.Event, s records.TermShare) {
		e.Resource = &commissionv1.Event_TermShare{TermShare: termShareProto(s)}
	}),
	"withholding": events.Snapshot(func(e *commissionv1.Event, w records.Withholding) {
		e.Resource = &commissionv1.Event_Withholding{Withholding: withholdingProto(w)}
	}),
	"accrual": events.Snapshot(func(e *commissionv1.Event, a earnings.Accrual) {
		e.Resource = &commissionv1.Event_Accrual{Accrual: accrualProto(a)}
	}),
	"statement": events.Snapshot(func(e *commissionv1.Event, s statement.Statement) {
		e.Resource = &commissionv1.Event_Statement{Statement: statementProto(s)}
	}),
	"reconciliation": events.Snapshot(func(e *commissionv1.Event, r matching.Reconciliation) {
		e.Resource = &commissionv1.Event_Reconciliation{Reconciliation: reconciliationProto(r)}
	}),
	"dispute": events.Snapshot(func(e *commissionv1.Event, d statement.Dispute) {
		e.Resource = &commissionv1.Event_Dispute{Dispute: disputeProto(d)}
	}),
	"ledger_entry": events.Snapshot(func(e *commissionv1.Event, entry earnings.Explained) {
		e.Resource = &commissionv1.Event_LedgerEntry{LedgerEntry: entryProto(entry)}
	}),
	"ledger": events.Snapshot(func(e *commissionv1.Event, s seal.Seal) {
		e.Resource = &commissionv1.Event_Seal{Seal: sealProto(s)}
	}),
	"payout_batch": events.Snapshot(func(e *commissionv1.Event, b payout.Batch) {
		e.Resource = &commissionv1.Event_PayoutBatch{PayoutBatch: batchProto(b)}
	}),
	"payout": events.Snapshot(func(e *commissionv1.Event, p payout.Payout) {
		e.Resource = &commissionv1.Event_Payout{Payout: payoutProto(p)}
	}),
	"forecast_snapshot": events.Snapshot(func(e *commissionv1.Event, s records.ForecastSnapshot) {
		e.Resource = &commissionv1.Event_ForecastSnapshot{ForecastSnapshot: snapshotProto(s)}
	}),
	"renewal": events.Snapshot(func(e *commissionv1.Event, r records.Renewal) {
		e.Resource = &commissionv1.Event_Renewal{Renewal: renewalProto(r)}
	}),
}

func eventProto(e events.Event) (*commissionv1.Event, error) {
	message := &commissionv1.Event{
		Position: e.Position, Kind: e.Kind, ResourceId: e.ResourceID, Revision: e.Revision, Actor: e.Actor, OccurTime: instant(e.OccurredAt),
	}
	return message, resources.Show(message, e)
}
