package rpc

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"google.golang.org/grpc"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/conduct"
	"github.com/holdfast-channel/holdfast/services/partner/internal/mergers"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/payouts"
	"github.com/holdfast-channel/holdfast/services/partner/internal/registrations"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type eventService struct {
	partnerv1.UnimplementedEventServiceServer
	app *app.App
}

func (s *eventService) ListEvents(ctx context.Context, r *partnerv1.ListEventsRequest) (*partnerv1.ListEventsResponse, error) {
	size, err := page.Size(r.GetPageSize())
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListEvents(ctx, r.GetAfter(), size)
	if err != nil {
		return nil, err
	}
	response := &partnerv1.ListEventsResponse{}
	for _, e := range found {
		converted, err := eventProto(e)
		if err != nil {
			return nil, err
		}
		response.Events = append(response.Events, converted)
	}
	return response, nil
}

func (s *eventService) WatchEvents(r *partnerv1.WatchEventsRequest, stream grpc.ServerStreamingServer[partnerv1.Event]) error {
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

// eventProto carries the resource along where the contract has a place for it.
// Of an API client it has none: what a reader of the feed must know is that
// something happened to it.
func eventProto(e events.Event) (*partnerv1.Event, error) {
	converted := &partnerv1.Event{
		Position: e.Position, Kind: e.Kind, ResourceId: e.ResourceID, Revision: e.Revision,
		Actor: e.Actor, OccurTime: instant(e.OccurredAt),
	}
	resource, _, _ := strings.Cut(e.Kind, ".")
	var err error
	switch resource {
	case "partner":
		var p partners.Partner
		err = json.Unmarshal(e.Snapshot, &p)
		converted.Resource = &partnerv1.Event_Partner{Partner: partnerProto(p)}
	case "agreement":
		var a partners.Agreement
		err = json.Unmarshal(e.Snapshot, &a)
		converted.Resource = &partnerv1.Event_Agreement{Agreement: agreementProto(a)}
	case "transfer":
		var t transfers.Transfer
		err = json.Unmarshal(e.Snapshot, &t)
		converted.Resource = &partnerv1.Event_Transfer{Transfer: transferProto(transfers.View{Transfer: t})}
	case "case":
		var c conduct.Case
		err = json.Unmarshal(e.Snapshot, &c)
		converted.Resource = &partnerv1.Event_Case{Case: caseProto(c.View("", calendar.Date{}))} // as it stood then
	case "deal_registration":
		var r registrations.Registration
		err = json.Unmarshal(e.Snapshot, &r)
		converted.Resource = &partnerv1.Event_DealRegistration{DealRegistration: registrationProto(r)}
	case "merger":
		var m mergers.Merger
		err = json.Unmarshal(e.Snapshot, &m)
		converted.Resource = &partnerv1.Event_Merger{Merger: mergerProto(m)}
	case "payout_account":
		var a payouts.Account
		err = json.Unmarshal(e.Snapshot, &a)
		converted.Resource = &partnerv1.Event_PayoutAccount{PayoutAccount: payoutAccountProto(a)}
	case "code_version":
		var v code.Version
		err = json.Unmarshal(e.Snapshot, &v)
		converted.Resource = &partnerv1.Event_CodeVersion{CodeVersion: versionProto(v)}
	}
	if err != nil {
		return nil, fmt.Errorf("snapshot of event %d: %w", e.ID, err)
	}
	return converted, nil
}
