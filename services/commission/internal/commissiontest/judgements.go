package commissiontest

import (
	"context"

	"google.golang.org/protobuf/proto"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// judgements are what the conduct service knows of orders: every one is CLEAN
// new business unless a test says otherwise of its domain.
type judgements struct {
	Poached, Old map[string]bool // by domain; old is no new business
	visible      bool            // to everybody; registered deals show it anyway
	Requests     map[string]*partnerv1.RecordOrderRequest
	Before       func(*partnerv1.RecordOrderRequest) error
}

func newJudgements() judgements {
	return judgements{Poached: map[string]bool{}, Old: map[string]bool{}, Requests: map[string]*partnerv1.RecordOrderRequest{}}
}

func (c *conduct) EvaluateOrder(_ context.Context, r *partnerv1.EvaluateOrderRequest) (*partnerv1.OrderEvaluation, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	answer := &partnerv1.OrderEvaluation{
		Verdict: c.Orders.verdict(r.GetDomain(), r.GetStartDate()), NewBusiness: !c.Orders.Old[r.GetDomain()], RewardBps: 1000, AppealDays: 30,
		VerdictVisible: c.Orders.visible,
	}
	switch id := r.GetDealRegistrationId(); id {
	case "":
	case "dre_expired":
		return nil, fault.New("REGISTRATION_EXPIRED", "the registration has expired")
	default:
		for _, r := range c.Orders.Requests {
			if r.GetDealRegistrationId() == id {
				return nil, fault.New("STATE_INVALID", "another order has converted the registration")
			}
		}
		answer.DealRegistration, answer.VerdictVisible = &partnerv1.DealRegistration{DealRegistrationId: id, Domain: r.GetDomain()}, true
	}
	return answer, nil
}

func (j judgements) verdict(domain, start string) *partnerv1.Verdict {
	if !j.Poached[domain] {
		return &partnerv1.Verdict{
			Outcome: partnerv1.Outcome_OUTCOME_CLEAN, CodeVersionId: "cod_1", FactsDate: Today,
			Findings: []*partnerv1.Finding{{Ground: partnerv1.Ground_GROUND_NOT_HELD, Holds: true, Decisive: true, Sentence: "Nobody else has served it."}},
		}
	}
	from, err := calendar.ParseDate(start)
	if err != nil {
		panic(err)
	}
	return &partnerv1.Verdict{
		Outcome: partnerv1.Outcome_OUTCOME_POACHED, CodeVersionId: "cod_1", FactsDate: Today, CapBps: new(int32(500)), CapUntilDate: from.AddMonths(12).String(),
		Findings: []*partnerv1.Finding{{
			Ground: partnerv1.Ground_GROUND_REPLACEMENT_ORDER, Holds: true, Decisive: true, Clause: "ethical-ecosystem",
			Sentence: "The order replaces what the customer's group had via another partner.",
		}},
	}
}

func (c *conduct) RecordOrder(_ context.Context, r *partnerv1.RecordOrderRequest) (*partnerv1.Case, error) {
	if c.Orders.Before != nil {
		if err := c.Orders.Before(r); err != nil {
			return nil, err
		}
	}
	c.recording.Lock()
	defer c.recording.Unlock()
	id := "cas_" + r.GetSubmissionId()
	if earlier := c.Orders.Requests[id]; earlier != nil {
		if !proto.Equal(earlier, r) {
			return nil, fault.New("STATE_INVALID", "it was recorded as another order")
		}
		return c.find(func(k *partnerv1.Case) bool { return k.GetCaseId() == id })
	}
	c.Orders.Requests[id] = proto.CloneOf(r)
	return c.Decide(id, func(k *partnerv1.Case) {
		k.SubmissionId, k.SubscriptionId, k.PartnerId, k.EffectiveDate = r.GetSubmissionId(), r.GetSubscriptionId(), r.GetPartnerId(), r.GetStartDate()
		k.State, k.Verdict, k.AppealByDate = partnerv1.CaseState_CASE_STATE_DECIDED, r.GetVerdict(), "2026-04-01"
	}), nil
}
