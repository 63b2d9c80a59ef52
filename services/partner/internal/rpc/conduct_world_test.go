package rpc_test

import (
	"context"
	"testing"

	"google.golang.org/protobuf/proto"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

var commission = servertest.Service("commission")

// quote records that the partner of record quoted the coming renewal.
func (d *customerDouble) quote(sub *customerv1.Subscription, day string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	sub.LastQuoteDate = day
	d.changes = append(d.changes, &customerv1.SubscriptionChange{Kind: "subscription.quoted", Subscription: proto.CloneOf(sub)})
}

func (d *customerDouble) ListSubscriptionChanges(_ context.Context, r *customerv1.ListSubscriptionChangesRequest) (*customerv1.ListSubscriptionChangesResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	response := &customerv1.ListSubscriptionChangesResponse{}
	for _, change := range d.changes {
		if change.GetSubscription().GetSubscriptionId() == r.GetSubscriptionId() {
			response.Changes = append(response.Changes, proto.CloneOf(change))
		}
	}
	return response, nil
}

// contractOf is what is stored of a subscription, to be changed.
func (w *world) contractOf(i int) *customerv1.Subscription { return w.customer.subscriptions[i] }

func (w *world) conduct(c auth.Caller) partnerv1.ConductServiceClient {
	return partnerv1.NewConductServiceClient(w.env.As(c))
}

// casesOf are the cases that a caller sees, newest first.
func (w *world) casesOf(c auth.Caller) []*partnerv1.Case {
	w.t.Helper()
	list, err := w.conduct(c).ListCases(w.ctx(), &partnerv1.ListCasesRequest{})
	w.check(err)
	return list.GetCases()
}

// taken is the case of a transfer from softcat to cdw.
func (w *world) taken(reason partnerv1.ConsentReason, how ...func(*partnerv1.RequestTransferRequest)) *partnerv1.Case {
	w.t.Helper()
	x := w.consented(reason, how...)
	found, err := w.conduct(commission).FindCase(w.ctx(), &partnerv1.FindCaseRequest{SubscriptionId: sub1, TransferId: x.GetTransferId()})
	w.check(err)
	return found
}

// seen is a case as a caller sees it.
func (w *world) seen(c auth.Caller, one *partnerv1.Case) *partnerv1.Case {
	w.t.Helper()
	found, err := w.conduct(c).GetCase(w.ctx(), &partnerv1.GetCaseRequest{CaseId: one.GetCaseId()})
	w.check(err)
	return found
}

func (w *world) appeal(c auth.Caller, one *partnerv1.Case, etag string) (*partnerv1.Case, error) {
	return w.conduct(c).AppealCase(w.ctx(), &partnerv1.AppealCaseRequest{
		CaseId: one.GetCaseId(), ReasonText: "the customer was lost already", Etag: etag, RequestId: key(),
	})
}

func (w *world) decideAppeal(c auth.Caller, one *partnerv1.Case, uphold bool) (*partnerv1.Case, error) {
	return w.conduct(c).DecideAppeal(w.ctx(), &partnerv1.DecideAppealRequest{
		CaseId: one.GetCaseId(), Uphold: uphold, ReasonText: "so it was", RequestId: key(),
	})
}

func (w *world) decideCase(c auth.Caller, one *partnerv1.Case, grant bool) (*partnerv1.Case, error) {
	return w.conduct(c).DecideCase(w.ctx(), &partnerv1.DecideCaseRequest{
		CaseId: one.GetCaseId(), Grant: grant, ReasonText: "tickets were open for weeks", RequestId: key(),
	})
}

// wantCase checks where a case stands, and what applies.
func wantCase(t *testing.T, c *partnerv1.Case, state partnerv1.CaseState, outcome partnerv1.Outcome, held bool) {
	t.Helper()
	if c.GetState() != state || c.GetVerdict().GetOutcome() != outcome || c.GetHeld() != held {
		t.Errorf("got %s %s held %t, want %s %s held %t", c.GetState(), c.GetVerdict().GetOutcome(), c.GetHeld(), state, outcome, held)
	}
}

// Short names of what the tests are about.
const (
	clean, poached = partnerv1.Outcome_OUTCOME_CLEAN, partnerv1.Outcome_OUTCOME_POACHED

	underReview = partnerv1.CaseState_CASE_STATE_UNDER_REVIEW
	decided     = partnerv1.CaseState_CASE_STATE_DECIDED
	appealed    = partnerv1.CaseState_CASE_STATE_APPEALED
	final       = partnerv1.CaseState_CASE_STATE_FINAL
)

// ground is what a verdict rests on.
func ground(v *partnerv1.Verdict) partnerv1.Ground {
	return v.GetFindings()[len(v.GetFindings())-1].GetGround()
}
