package rpc

import (
	"context"
	"fmt"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/conduct"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/registrations"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

type conductService struct {
	partnerv1.UnimplementedConductServiceServer
	app *app.App
}

func (s *conductService) EvaluateConduct(ctx context.Context, r *partnerv1.EvaluateConductRequest) (*partnerv1.Verdict, error) {
	facts, err := factsFrom(r.GetFacts())
	if err != nil {
		return nil, err
	}
	verdict, err := s.app.EvaluateConduct(ctx, facts, r.GetCodeVersionId())
	return answer(verdictProto, verdict, err)
}

func (s *conductService) EvaluateOrder(ctx context.Context, r *partnerv1.EvaluateOrderRequest) (*partnerv1.OrderEvaluation, error) {
	start, err := requiredDate("start_date", r.GetStartDate())
	if err != nil {
		return nil, err
	}
	evaluation, err := s.app.EvaluateOrder(ctx, app.Order{
		Partner: partners.ID(r.GetPartnerId()), Domain: r.GetDomain(), FamilyID: r.GetFamilyId(), Start: start,
		Registration: registrations.ID(r.GetDealRegistrationId()), Submission: r.GetSubmissionId(),
	})
	return answer(evaluationProto, evaluation, err)
}

func evaluationProto(e app.OrderEvaluation) *partnerv1.OrderEvaluation {
	converted := &partnerv1.OrderEvaluation{
		Verdict: verdictProto(e.Verdict), NewBusiness: e.NewBusiness, PaidUntilDate: e.PaidUntil.String(),
		RewardBps: int32(e.RewardBps), VerdictVisible: e.VerdictVisible, AppealDays: int32(e.AppealDays),
	}
	if e.Registration != nil {
		converted.DealRegistration = registrationProto(*e.Registration)
	}
	return converted
}

func (s *conductService) RecordOrder(ctx context.Context, r *partnerv1.RecordOrderRequest) (*partnerv1.Case, error) {
	read := days{}
	order := app.Order{
		Partner: partners.ID(r.GetPartnerId()), Domain: r.GetDomain(), FamilyID: r.GetFamilyId(),
		Start: read.required("start_date", r.GetStartDate()), On: read.required("order_date", r.GetOrderDate()),
		Registration: registrations.ID(r.GetDealRegistrationId()), Submission: r.GetSubmissionId(), Subscription: r.GetSubscriptionId(),
	}
	verdict := verdictFrom(&read, r.GetVerdict())
	if read.err != nil {
		return nil, read.err
	}
	if err := verdict.Check(); err != nil {
		return nil, fault.At("verdict", err)
	}
	recorded, err := s.app.RecordOrder(ctx, order, verdict)
	return answer(caseProto, recorded, err)
}

// days reads dates, and keeps the first mistake.
type days struct{ err error }

// optional reads a date, where the empty text is none.
func (d *days) optional(field, text string) calendar.Date {
	if text == "" {
		return calendar.Date{}
	}
	return d.required(field, text)
}

// required reads a date that must be there.
func (d *days) required(field, text string) calendar.Date {
	day, err := requiredDate(field, text)
	if d.err == nil {
		d.err = err
	}
	return day
}

func factsFrom(f *partnerv1.ConductFacts) (conduct.Facts, error) {
	read := days{}
	facts := conduct.Facts{
		Partner: partners.ID(f.GetPartnerId()), Order: f.GetOrder(),
		Requested: read.required("facts.request_date", f.GetRequestDate()),
		Effective: read.required("facts.effective_date", f.GetEffectiveDate()),
		Claim:     claimFrom(f.GetClaim()), VendorReassigns: f.GetVendorReassigns(),
	}
	for i, h := range f.GetHeld() {
		held := heldFrom(&read, fmt.Sprintf("facts.held[%d].", i), h)
		held.Released = f.GetReleased()
		facts.Held = append(facts.Held, held)
	}
	return facts, read.err
}

// heldFrom reads a held subscription. One that ends before its term would was
// cancelled.
func heldFrom(read *days, path string, h *partnerv1.HeldSubscription) conduct.Held {
	held := conduct.Held{
		Partner: partners.ID(h.GetPartnerId()), Previous: partners.ID(h.GetPreviousPartnerId()),
		From: read.required(path+"from_date", h.GetFromDate()),
		Term: calendar.Term{
			Start: read.required(path+"term_start_date", h.GetTermStartDate()), End: read.required(path+"term_end_date", h.GetTermEndDate()),
		},
		TermMonths: int(h.GetTermMonths()), Quoted: read.optional(path+"last_quote_date", h.GetLastQuoteDate()),
		Ceased: h.GetCeased(), Paid: h.GetPaid(),
	}
	if full := held.Term.Start.AddMonths(held.TermMonths); held.Term.End.Before(full) {
		held.Cancelled, held.Term.End = held.Term.End, full
	}
	if h.GetCapped() {
		held.CapUntil = read.required(path+"cap_until_date", h.GetCapUntilDate())
	}
	return held
}

func verdictFrom(read *days, v *partnerv1.Verdict) conduct.Verdict {
	verdict := conduct.Verdict{
		Outcome:     conduct.Outcome(word(v.GetOutcome().String(), outcomePrefix)),
		CodeVersion: code.ID(v.GetCodeVersionId()),
		Cap:         conduct.Cap{Bps: money.Bps(v.GetCapBps()), Until: read.optional("verdict.cap_until_date", v.GetCapUntilDate())},
		FactsDate:   read.required("verdict.facts_date", v.GetFactsDate()),
	}
	for _, f := range v.GetFindings() {
		verdict.Findings = append(verdict.Findings, conduct.Finding{
			Ground: conduct.Ground(word(f.GetGround().String(), groundPrefix)), Holds: f.GetHolds(), Decisive: f.GetDecisive(),
			Clause: conduct.Clause(f.GetClause()), Facts: f.GetFacts(), Sentence: f.GetSentence(),
		})
	}
	return verdict
}

func verdictProto(v conduct.Verdict) *partnerv1.Verdict {
	converted := &partnerv1.Verdict{
		Outcome:       partnerv1.Outcome(partnerv1.Outcome_value[outcomePrefix+string(v.Outcome)]),
		Findings:      each(v.Findings, findingProto),
		CodeVersionId: string(v.CodeVersion),
		FactsDate:     v.FactsDate.String(),
	}
	if v.Outcome == conduct.Poached {
		converted.CapBps, converted.CapUntilDate = (*int32)(&v.Cap.Bps), v.Cap.Until.String()
	}
	return converted
}

func findingProto(f conduct.Finding) *partnerv1.Finding {
	return &partnerv1.Finding{
		Ground: partnerv1.Ground(partnerv1.Ground_value[groundPrefix+string(f.Ground)]), Holds: f.Holds, Decisive: f.Decisive,
		Clause: string(f.Clause), Facts: f.Facts, Sentence: f.Sentence,
	}
}
