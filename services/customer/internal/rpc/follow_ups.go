package rpc

import (
	"context"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/reports"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

func (s *reportService) ListFollowUps(ctx context.Context, r *customerv1.ListFollowUpsRequest) (*customerv1.ListFollowUpsResponse, error) {
	q := app.FollowUpQuery{State: word[reports.FollowUpState]("FOLLOW_UP_STATE_", r.GetState()), Owner: r.GetOwner(), Customer: r.GetCustomerId()}
	size, err := page.Begin(r, &q.After)
	if err != nil {
		return nil, err
	}
	q.Limit = size + 1
	found, err := s.app.ListFollowUps(ctx, q)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(f reports.FollowUp) any { return f.ID })
	return &customerv1.ListFollowUpsResponse{FollowUps: each(found, followUpProto), NextPageToken: next}, nil
}

func (s *reportService) GetFollowUp(ctx context.Context, r *customerv1.GetFollowUpRequest) (*customerv1.FollowUp, error) {
	found, err := s.app.GetFollowUp(ctx, r.GetFollowUpId())
	return answer(followUpProto, found, err)
}

func (s *reportService) AssignFollowUp(ctx context.Context, r *customerv1.AssignFollowUpRequest) (*customerv1.FollowUp, error) {
	assigned, err := s.app.AssignFollowUp(ctx, r.GetFollowUpId(), r.GetOwner(), r.GetEtag())
	return answer(followUpProto, assigned, err)
}

func (s *reportService) AddFollowUpNote(ctx context.Context, r *customerv1.AddFollowUpNoteRequest) (*customerv1.FollowUp, error) {
	noted, err := s.app.AddFollowUpNote(ctx, r.GetFollowUpId(), r.GetText())
	return answer(followUpProto, noted, err)
}

func (s *reportService) CloseFollowUp(ctx context.Context, r *customerv1.CloseFollowUpRequest) (*customerv1.FollowUp, error) {
	closed, err := s.app.CloseFollowUp(ctx, r.GetFollowUpId(), r.GetOutcome(), r.GetEtag())
	return answer(followUpProto, closed, err)
}

func followUpProto(f reports.FollowUp) *customerv1.FollowUp {
	return &customerv1.FollowUp{
		FollowUpId: f.ID, ResponseId: f.ResponseID, TouchpointId: f.Touchpoint, CustomerId: f.Customer, PartnerId: f.Partner,
		Recommend: int32(f.Recommend), State: customerv1.FollowUpState(customerv1.FollowUpState_value["FOLLOW_UP_STATE_"+string(f.State)]),
		Owner: f.Owner, Outcome: f.Outcome, Etag: f.Etag(), AnswerTime: instant(f.AnswerTime), CreateTime: instant(f.CreateTime),
		CloseTime: instant(f.CloseTime), Notes: each(f.Notes, noteProto),
	}
}

func noteProto(n reports.Note) *customerv1.FollowUpNote {
	return &customerv1.FollowUpNote{Author: n.Author, Text: n.Text, CreateTime: instant(n.Time)}
}
