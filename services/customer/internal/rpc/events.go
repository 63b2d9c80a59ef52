package rpc

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"google.golang.org/grpc"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/experience"
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
	list := make([]*customerv1.Event, len(found))
	for i, e := range found {
		if list[i], err = eventProto(e); err != nil {
			return nil, err
		}
	}
	return &customerv1.ListEventsResponse{Events: list}, nil
}

func (s *eventService) WatchEvents(r *customerv1.WatchEventsRequest, stream grpc.ServerStreamingServer[customerv1.Event]) error {
	return s.app.WatchEvents(stream.Context(), r.GetAfter(), func(batch []events.Event) error {
		for _, e := range batch {
			message, err := eventProto(e)
			if err != nil {
				return err
			}
			if err := stream.Send(message); err != nil {
				return err
			}
		}
		return nil
	})
}

// eventProto shows customers, subscriptions, responses and experiences with their
// events; of anything else, the kind and the id say enough to read it.
func eventProto(e events.Event) (*customerv1.Event, error) {
	message := &customerv1.Event{
		Position: e.Position, Kind: e.Kind, ResourceId: e.ResourceID, Revision: e.Revision, Actor: e.Actor, OccurTime: instant(e.OccurredAt),
	}
	switch resource, _, _ := strings.Cut(e.Kind, "."); resource {
	case "customer":
		c, err := snapshot[customers.Customer](e)
		if err != nil {
			return nil, err
		}
		message.Resource = &customerv1.Event_Customer{Customer: customerProto(c)}
	case "subscription":
		s, err := subscriptionOf(e)
		if err != nil {
			return nil, err
		}
		message.Resource = &customerv1.Event_Subscription{Subscription: s}
	case "response":
		r, err := snapshot[surveys.Response](e)
		if err != nil {
			return nil, err
		}
		message.Resource = &customerv1.Event_Response{Response: responseProto(r)}
	case "experience":
		x, err := snapshot[experience.Experience](e)
		if err != nil {
			return nil, err
		}
		message.Resource = &customerv1.Event_CustomerExperience{CustomerExperience: experienceProto(x)}
	}
	return message, nil
}

// snapshot is the resource after the change.
func snapshot[T any](e events.Event) (resource T, err error) {
	if err := json.Unmarshal(e.Snapshot, &resource); err != nil {
		return resource, fmt.Errorf("snapshot of %s at revision %d: %w", e.ResourceID, e.Revision, err)
	}
	return resource, nil
}

func experienceProto(x experience.Experience) *customerv1.CustomerExperience {
	return &customerv1.CustomerExperience{
		CustomerId: string(x.Customer), Cxi: figureProto(x.CXi), Nps: figureProto(x.NPS), Poor: x.Poor, UpdateTime: instant(x.UpdateTime),
	}
}
