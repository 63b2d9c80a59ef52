package rpc

import (
	"context"
	"time"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/conduct"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

func (s *conductService) FindCase(ctx context.Context, r *partnerv1.FindCaseRequest) (*partnerv1.Case, error) {
	found, err := s.app.FindCase(ctx, r.GetSubscriptionId(), r.GetTransferId(), r.GetSubmissionId())
	return answer(caseProto, found, err)
}

func (s *conductService) GetCase(ctx context.Context, r *partnerv1.GetCaseRequest) (*partnerv1.Case, error) {
	found, err := s.app.GetCase(ctx, conduct.ID(r.GetCaseId()))
	return answer(caseProto, found, err)
}

// caseKey is where a page of cases begins.
type caseKey struct {
	Time time.Time
	ID   conduct.ID
}

func (s *conductService) ListCases(ctx context.Context, r *partnerv1.ListCasesRequest) (*partnerv1.ListCasesResponse, error) {
	var after caseKey
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	q := conduct.Query{
		State: conduct.State(word(r.GetState().String(), caseStatePrefix)), Outcome: conduct.Outcome(word(r.GetOutcome().String(), outcomePrefix)),
		Side: conduct.Side(word(r.GetSide().String(), sidePrefix)), Transfer: r.GetTransferId(),
		AfterTime: after.Time, AfterID: after.ID, Limit: size + 1,
	}
	if r.GetPartnerId() != "" {
		q.Partners = []partners.ID{partners.ID(r.GetPartnerId())}
	}
	found, err := s.app.ListCases(ctx, q)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(v conduct.View) any { return caseKey{v.CreateTime, v.ID} })
	return &partnerv1.ListCasesResponse{Cases: each(found, caseProto), NextPageToken: next}, nil
}

func (s *conductService) SubmitEvidence(ctx context.Context, r *partnerv1.SubmitEvidenceRequest) (*partnerv1.Case, error) {
	e := r.GetEvidence()
	changed, err := s.app.SubmitEvidence(ctx, conduct.ID(r.GetCaseId()), conduct.Evidence{
		Kind: conduct.EvidenceKind(word(e.GetKind().String(), evidencePrefix)), Title: e.GetTitle(), MediaType: e.GetMediaType(),
		SizeBytes: e.GetSizeBytes(), SHA256: e.GetSha256(),
	})
	return answer(caseProto, changed, err)
}

// about is the case that a change is meant for.
func about(r interface {
	GetCaseId() string
	GetEtag() string
}) app.Target[conduct.ID] {
	return app.Target[conduct.ID]{ID: conduct.ID(r.GetCaseId()), Etag: r.GetEtag()}
}

func (s *conductService) DecideCase(ctx context.Context, r *partnerv1.DecideCaseRequest) (*partnerv1.Case, error) {
	decided, err := s.app.DecideCase(ctx, about(r), r.GetGrant(), r.GetReasonText())
	return answer(caseProto, decided, err)
}

func (s *conductService) AppealCase(ctx context.Context, r *partnerv1.AppealCaseRequest) (*partnerv1.Case, error) {
	appealed, err := s.app.AppealCase(ctx, about(r), r.GetReasonText())
	return answer(caseProto, appealed, err)
}

func (s *conductService) DecideAppeal(ctx context.Context, r *partnerv1.DecideAppealRequest) (*partnerv1.Case, error) {
	decided, err := s.app.DecideAppeal(ctx, about(r), r.GetUphold(), r.GetReasonText())
	return answer(caseProto, decided, err)
}

func (s *conductService) ProposeWaiver(ctx context.Context, r *partnerv1.ProposeWaiverRequest) (*partnerv1.Case, error) {
	proposed, err := s.app.ProposeWaiver(ctx, about(r), r.GetReasonText())
	return answer(caseProto, proposed, err)
}

func (s *conductService) ApproveWaiver(ctx context.Context, r *partnerv1.ApproveWaiverRequest) (*partnerv1.Case, error) {
	waived, err := s.app.ApproveWaiver(ctx, about(r))
	return answer(caseProto, waived, err)
}
