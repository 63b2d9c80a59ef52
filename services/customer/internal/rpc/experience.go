package rpc

import (
	"context"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/customer/internal/touchpoints"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type experienceService struct {
	customerv1.UnimplementedExperienceServiceServer
	app *app.App
}

func (s *experienceService) RecordTouchpointEvent(ctx context.Context, r *customerv1.RecordTouchpointEventRequest) (*customerv1.TouchpointEvent, error) {
	recorded, err := s.app.RecordTouchpointEvent(ctx, reportFrom(r.GetTouchpointEvent()))
	return answer(recordedProto, recorded, within("touchpoint_event", err))
}

func (s *experienceService) BatchRecordTouchpointEvents(ctx context.Context, r *customerv1.BatchRecordTouchpointEventsRequest) (*customerv1.BatchRecordTouchpointEventsResponse, error) {
	reports := make([]surveys.Report, len(r.GetTouchpointEvents()))
	for i, e := range r.GetTouchpointEvents() {
		reports[i] = reportFrom(e)
	}
	done, err := s.app.BatchRecordTouchpointEvents(ctx, reports)
	if err != nil {
		return nil, err
	}
	return &customerv1.BatchRecordTouchpointEventsResponse{Results: each(done, func(i app.Item[surveys.Recorded]) *customerv1.TouchpointEventResult {
		if i.Refusal != nil {
			return &customerv1.TouchpointEventResult{Result: &customerv1.TouchpointEventResult_Error{Error: itemErrorProto(i.Refusal)}}
		}
		return &customerv1.TouchpointEventResult{Result: &customerv1.TouchpointEventResult_TouchpointEvent{TouchpointEvent: recordedProto(i.Result)}}
	})}, nil
}

func (s *experienceService) GetTouchpointEvent(ctx context.Context, r *customerv1.GetTouchpointEventRequest) (*customerv1.TouchpointEvent, error) {
	found, err := s.app.GetTouchpointEvent(ctx, surveys.EventID(r.GetEventId()))
	return answer(recordedProto, found, err)
}

func (s *experienceService) ListTouchpointEvents(ctx context.Context, r *customerv1.ListTouchpointEventsRequest) (*customerv1.ListTouchpointEventsResponse, error) {
	var after app.EventKey
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListTouchpointEvents(ctx, app.EventQuery{
		Customer: customers.ID(r.GetCustomerId()), Touchpoint: touchpoints.ID(r.GetTouchpointId()),
		State: word[surveys.State]("INVITATION_STATE_", r.GetInvitationState()), After: after, Limit: size + 1,
	})
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(f surveys.Recorded) any { return app.EventKey{OccurTime: f.Event.OccurTime, ID: f.Event.ID} })
	return &customerv1.ListTouchpointEventsResponse{TouchpointEvents: each(found, recordedProto), NextPageToken: next}, nil
}

func (s *experienceService) SetSurveyPreference(ctx context.Context, r *customerv1.SetSurveyPreferenceRequest) (*customerv1.SurveyPreference, error) {
	set, err := s.app.SetSurveyPreference(ctx, app.Preference{Contact: r.GetContactId(), OptedOut: r.GetOptedOut()})
	return answer(func(p app.Preference) *customerv1.SurveyPreference {
		return &customerv1.SurveyPreference{ContactId: p.Contact, OptedOut: p.OptedOut}
	}, set, err)
}

func reportFrom(e *customerv1.TouchpointEvent) surveys.Report {
	return surveys.Report{
		ExternalID: e.GetExternalId(), Touchpoint: touchpoints.ID(e.GetTouchpointId()), Customer: customers.ID(e.GetCustomerId()),
		Contact: e.GetContactId(), Email: e.GetEmail(), Subscription: subscriptions.ID(e.GetSubscriptionId()),
		Partner: subscriptions.PartnerID(e.GetPartnerId()), TimeZone: e.GetTimeZone(), OccurTime: e.GetOccurTime().AsTime(),
	}
}

func recordedProto(r surveys.Recorded) *customerv1.TouchpointEvent {
	e, i := r.Event, r.Invitation
	return &customerv1.TouchpointEvent{
		EventId: string(e.ID), Source: e.Source, ExternalId: e.ExternalID, TouchpointId: string(e.Touchpoint), TouchpointVersion: e.Version,
		Audience: audienceProto(e.Audience), CustomerId: string(e.Customer), ContactId: e.Contact, SubscriptionId: string(e.Subscription),
		PartnerId: string(e.Facts.Partner), ProductId: e.Facts.Product,
		Segment:     customerv1.Segment(customerv1.Segment_value["SEGMENT_"+string(e.Facts.Segment)]),
		CountryCode: string(e.Facts.Country), Region: string(e.Facts.Region), OccurTime: instant(e.OccurTime), CreateTime: instant(e.CreateTime),
		Invitation: &customerv1.Invitation{
			InvitationId:     string(i.ID),
			State:            customerv1.InvitationState(customerv1.InvitationState_value["INVITATION_STATE_"+string(i.State)]),
			SuppressedReason: customerv1.SuppressedReason(customerv1.SuppressedReason_value["SUPPRESSED_REASON_"+string(i.Suppressed)]),
			PolicyVersion:    i.PolicyVersion, SendAfterTime: instant(i.SendAfter), SentTime: instant(i.SentTime), ExpireTime: instant(i.ExpireTime),
		},
	}
}
