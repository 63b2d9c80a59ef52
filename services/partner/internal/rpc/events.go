package rpc

import (
	"context"

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
	list, err := events.Messages(found, eventProto)
	return &partnerv1.ListEventsResponse{Events: list}, err
}

func (s *eventService) WatchEvents(r *partnerv1.WatchEventsRequest, stream grpc.ServerStreamingServer[partnerv1.Event]) error {
	return s.app.WatchEvents(stream.Context(), r.GetAfter(), events.Send(eventProto, stream.Send))
}

// resources are what events show, by the first word of their kinds, as it stood
// then. Of an API client they show nothing: what a reader of the feed must know is
// that something happened to it.
var resources = events.Resources[*partnerv1.Event]{
	"partner": events.Snapshot(func(e *partnerv1.Event, p partners.Partner) {
		e.Resource = &partnerv1.Event_Partner{Partner: partnerProto(p)}
	}),
	"agreement": events.Snapshot(func(e *partnerv1.Event, a partners.Agreement) {
		e.Resource = &partnerv1.Event_Agreement{Agreement: agreementProto(a)}
	}),
	"transfer": events.Snapshot(func(e *partnerv1.Event, t transfers.Transfer) {
		e.Resource = &partnerv1.Event_Transfer{Transfer: transferProto(transfers.View{Transfer: t})}
	}),
	"case": events.Snapshot(func(e *partnerv1.Event, c conduct.Case) {
		e.Resource = &partnerv1.Event_Case{Case: caseProto(c.View("", calendar.Date{}))}
	}),
	"deal_registration": events.Snapshot(func(e *partnerv1.Event, r registrations.Registration) {
		e.Resource = &partnerv1.Event_DealRegistration{DealRegistration: registrationProto(r)}
	}),
	"merger": events.Snapshot(func(e *partnerv1.Event, m mergers.Merger) {
		e.Resource = &partnerv1.Event_Merger{Merger: mergerProto(m)}
	}),
	"payout_account": events.Snapshot(func(e *partnerv1.Event, a payouts.Account) {
		e.Resource = &partnerv1.Event_PayoutAccount{PayoutAccount: payoutAccountProto(a)}
	}),
	"code_version": events.Snapshot(func(e *partnerv1.Event, v code.Version) {
		e.Resource = &partnerv1.Event_CodeVersion{CodeVersion: versionProto(v)}
	}),
}

func eventProto(e events.Event) (*partnerv1.Event, error) {
	message := &partnerv1.Event{
		Position: e.Position, Kind: e.Kind, ResourceId: e.ResourceID, Revision: e.Revision, Actor: e.Actor, OccurTime: instant(e.OccurredAt),
	}
	return message, resources.Show(message, e)
}
