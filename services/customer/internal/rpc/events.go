package rpc

import (
	"context"

	"google.golang.org/grpc"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/experience"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type eventService struct {
	customerv1.UnimplementedEventServiceServer
	app *app.App
}

func (s *eventService) ListEvents(ctx context.Context, r *customerv1.ListEventsRequest) (*customerv1.ListEventsResponse, error) {
	size, err := page.Size(r.GetPageSize())
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListEvents(ctx, r.GetAfter(), size)
	if err != nil {
		return nil, err
	}
	list, err := events.Messages(found, eventProto)
	return &customerv1.ListEventsResponse{Events: list}, err
}

func (s *eventService) WatchEvents(r *customerv1.WatchEventsRequest, stream grpc.ServerStreamingServer[customerv1.Event]) error {
	return s.app.WatchEvents(stream.Context(), r.GetAfter(), events.Send(eventProto, stream.Send))
}

// resources are what events show, by the first word of their kinds; a subscription
// as it stood when the event occurred.
var resources = events.Resources[*customerv1.Event]{
	"customer": events.Snapshot(func(e *customerv1.Event, c customers.Customer) {
		e.Resource = &customerv1.Event_Customer{Customer: customerProto(c)}
	}),
	"subscription": events.Snapshot(func(e *customerv1.Event, s subscriptions.Subscription) {
		e.Resource = &customerv1.Event_Subscription{Subscription: subscriptionProto(s.On(e.GetOccurTime().AsTime()))}
	}),
	"response": events.Snapshot(func(e *customerv1.Event, r surveys.Response) {
		e.Resource = &customerv1.Event_Response{Response: responseProto(r)}
	}),
	"experience": events.Snapshot(func(e *customerv1.Event, x experience.Experience) {
		e.Resource = &customerv1.Event_CustomerExperience{CustomerExperience: experienceProto(x)}
	}),
}

func eventProto(e events.Event) (*customerv1.Event, error) {
	message := &customerv1.Event{
		Position: e.Position, Kind: e.Kind, ResourceId: e.ResourceID, Revision: e.Revision, Actor: e.Actor, OccurTime: instant(e.OccurredAt),
	}
	return message, resources.Show(message, e)
}

func experienceProto(x experience.Experience) *customerv1.CustomerExperience {
	return &customerv1.CustomerExperience{
		CustomerId: string(x.Customer), Cxi: figureProto(x.CXi), Nps: figureProto(x.NPS), Poor: x.Poor, UpdateTime: instant(x.UpdateTime),
	}
}
