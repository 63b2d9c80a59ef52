package rpc

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

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
	response := &commissionv1.ListEventsResponse{}
	for _, e := range found {
		converted, err := eventProto(e)
		if err != nil {
			return nil, err
		}
		response.Events = append(response.Events, converted)
	}
	return response, nil
}

func (s *eventService) WatchEvents(r *commissionv1.WatchEventsRequest, stream grpc.ServerStreamingServer[commissionv1.Event]) error {
	return s.app.WatchEvents(stream.Context(), r.GetAfter(), func(news []events.Event) error {
		for _, e := range news {
			converted, err := eventProto(e)
			if err != nil {
				return err
			}
			if err := stream.Send(converted); err != nil {
				return err
			}
		}
		return nil
	})
}

// resources read the snapshots of events, by the first word of their kinds.
var resources = map[string]func(*commissionv1.Event, []byte) error{
	"rate_card": func(e *commissionv1.Event, snapshot []byte) error {
		var v cards.Version
		err := json.Unmarshal(snapshot, &v)
		e.Resource = &commissionv1.Event_RateCard{RateCard: rateCardProto(v)}
		return err
	},
	"relationship": func(e *commissionv1.Event, snapshot []byte) error {
		var r records.Relationship
		err := json.Unmarshal(snapshot, &r)
		e.Resource = &commissionv1.Event_Relationship{Relationship: relationshipProto(r)}
		return err
	},
	"submission": func(e *commissionv1.Event, snapshot []byte) error {
		var s records.Submission
		err := json.Unmarshal(snapshot, &s)
		e.Resource = &commissionv1.Event_Submission{Submission: submissionProto(s)}
		return err
	},
	"quote": func(e *commissionv1.Event, snapshot []byte) error {
		var q records.Quote
		err := json.Unmarshal(snapshot, &q)
		e.Resource = &commissionv1.Event_Quote{Quote: quoteProto(q)}
		return err
	},
	"term_share": func(e *commissionv1.Event, snapshot []byte) error {
		var s records.TermShare
		err := json.Unmarshal(snapshot, &s)
		e.Resource = &commissionv1.Event_TermShare{TermShare: termShareProto(s)}
		return err
	},
	"withholding": func(e *commissionv1.Event, snapshot []byte) error {
		var w records.Withholding
		err := json.Unmarshal(snapshot, &w)
		e.Resource = &commissionv1.Event_Withholding{Withholding: withholdingProto(w)}
		return err
	},
	"accrual": func(e *commissionv1.Event, snapshot []byte) error {
		var a earnings.Accrual
		err := json.Unmarshal(snapshot, &a)
		e.Resource = &commissionv1.Event_Accrual{Accrual: accrualProto(a)}
		return err
	},
	"statement": func(e *commissionv1.Event, snapshot []byte) error {
		var s statement.Statement
		err := json.Unmarshal(snapshot, &s)
		e.Resource = &commissionv1.Event_Statement{Statement: statementProto(s)}
		return err
	},
	"reconciliation": func(e *commissionv1.Event, snapshot []byte) error {
		var r matching.Reconciliation
		err := json.Unmarshal(snapshot, &r)
		e.Resource = &commissionv1.Event_Reconciliation{Reconciliation: reconciliationProto(r)}
		return err
	},
	"dispute": func(e *commissionv1.Event, snapshot []byte) error {
		var d statement.Dispute
		err := json.Unmarshal(snapshot, &d)
		e.Resource = &commissionv1.Event_Dispute{Dispute: disputeProto(d)}
		return err
	},
	"ledger_entry": func(e *commissionv1.Event, snapshot []byte) error {
		var entry earnings.Explained
		err := json.Unmarshal(snapshot, &entry)
		e.Resource = &commissionv1.Event_LedgerEntry{LedgerEntry: entryProto(entry)}
		return err
	},
	"ledger": func(e *commissionv1.Event, snapshot []byte) error {
		var s seal.Seal
		err := json.Unmarshal(snapshot, &s)
		e.Resource = &commissionv1.Event_Seal{Seal: sealProto(s)}
		return err
	},
	"payout_batch": func(e *commissionv1.Event, snapshot []byte) error {
		var b payout.Batch
		err := json.Unmarshal(snapshot, &b)
		e.Resource = &commissionv1.Event_PayoutBatch{PayoutBatch: batchProto(b)}
		return err
	},
	"payout": func(e *commissionv1.Event, snapshot []byte) error {
		var p payout.Payout
		err := json.Unmarshal(snapshot, &p)
		e.Resource = &commissionv1.Event_Payout{Payout: payoutProto(p)}
		return err
	},
	"forecast_snapshot": func(e *commissionv1.Event, snapshot []byte) error {
		var s records.ForecastSnapshot
		err := json.Unmarshal(snapshot, &s)
		e.Resource = &commissionv1.Event_ForecastSnapshot{ForecastSnapshot: snapshotProto(s)}
		return err
	},
	"renewal": func(e *commissionv1.Event, snapshot []byte) error {
		var r records.Renewal
		err := json.Unmarshal(snapshot, &r)
		e.Resource = &commissionv1.Event_Renewal{Renewal: renewalProto(r)}
		return err
	},
}

func eventProto(e events.Event) (*commissionv1.Event, error) {
	converted := &commissionv1.Event{
		Position: e.Position, Kind: e.Kind, ResourceId: e.ResourceID, Revision: e.Revision,
		Actor: e.Actor, OccurTime: instant(e.OccurredAt),
	}
	resource, _, _ := strings.Cut(e.Kind, ".")
	read, known := resources[resource]
	if !known {
		return converted, nil
	}
	if err := read(converted, e.Snapshot); err != nil {
		return nil, fmt.Errorf("snapshot of event %d: %w", e.ID, err)
	}
	return converted, nil
}
