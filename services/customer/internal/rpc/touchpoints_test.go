package rpc_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
)

func idsOf(list []*customerv1.Touchpoint) (ids []string) {
	for _, t := range list {
		ids = append(ids, t.GetTouchpointId())
	}
	return ids
}

func TestTouchpoints_AreThirteenInOrder(t *testing.T) {
	j := startJourney(t)
	list, err := j.experience(experience).ListTouchpoints(j.ctx, &customerv1.ListTouchpointsRequest{Audience: customerv1.Audience_AUDIENCE_CUSTOMER})
	must(t, err)
	want := []string{
		"discover", "proof-of-value", "quote-and-order", "kick-off", "mail-flow-cut-over", "administrator-training", "administration-console",
		"end-user-experience", "support-case", "incident-communication", "success-review", "billing-and-changes", "renewal-decision",
	}
	if got := idsOf(list.GetTouchpoints()); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	all, err := j.experience(crm).ListTouchpoints(j.ctx, &customerv1.ListTouchpointsRequest{})
	must(t, err)
	if !slices.Contains(idsOf(all.GetTouchpoints()), "partner-onboarding") || !slices.Contains(idsOf(all.GetTouchpoints()), "staff-training") {
		t.Errorf("partners and staff are not asked: %v", idsOf(all.GetTouchpoints()))
	}
}

func TestTouchpoints_ChangeByVersions(t *testing.T) {
	j := startJourney(t)
	c := j.experience(experience)
	list, err := c.ListTouchpoints(j.ctx, &customerv1.ListTouchpointsRequest{Audience: customerv1.Audience_AUDIENCE_STAFF})
	must(t, err)
	before := list.GetTouchpoints()[0]
	draft := proto.CloneOf(before)
	draft.DisplayName, draft.Retired = "Your start", true
	request := &customerv1.CreateTouchpointVersionRequest{Touchpoint: draft, RequestId: rid()}
	created, err := c.CreateTouchpointVersion(j.ctx, request)
	must(t, err)
	again, err := c.CreateTouchpointVersion(j.ctx, request)
	must(t, err)
	if created.GetVersion() != 2 || created.GetPosition() != before.GetPosition() || !proto.Equal(created, again) {
		t.Errorf("%s, and again %s", created, again)
	}
	versions, err := c.ListTouchpointVersions(j.ctx, &customerv1.ListTouchpointVersionsRequest{TouchpointId: before.GetTouchpointId()})
	must(t, err)
	if len(versions.GetVersions()) != 2 || !proto.Equal(versions.GetVersions()[1], before) {
		t.Errorf("%s", versions)
	}
	for retired, want := range map[bool]int{false: 2, true: 3} {
		list, err = c.ListTouchpoints(j.ctx, &customerv1.ListTouchpointsRequest{Audience: customerv1.Audience_AUDIENCE_STAFF, IncludeRetired: retired})
		must(t, err)
		if len(list.GetTouchpoints()) != want {
			t.Errorf("retired ones included %v: %v", retired, idsOf(list.GetTouchpoints()))
		}
	}
	ordered, err := c.ReorderTouchpoints(j.ctx, &customerv1.ReorderTouchpointsRequest{
		Audience: customerv1.Audience_AUDIENCE_STAFF, TouchpointIds: []string{"staff-training", "staff-onboarding", "staff-internal-support"}, RequestId: rid(),
	})
	must(t, err)
	if got := idsOf(ordered.GetTouchpoints()); !slices.Equal(got, []string{"staff-training", "staff-onboarding", "staff-internal-support"}) {
		t.Errorf("%v", got)
	}
}

func TestTouchpoints_RefuseByReason(t *testing.T) {
	j := startJourney(t)
	c := j.experience(experience)
	create := func(spoil func(*customerv1.Touchpoint)) func() error {
		return func() error {
			draft := &customerv1.Touchpoint{TouchpointId: "kick-off", Audience: customerv1.Audience_AUDIENCE_CUSTOMER, DisplayName: "X", Introduction: "Y."}
			spoil(draft)
			_, err := c.CreateTouchpointVersion(j.ctx, &customerv1.CreateTouchpointVersionRequest{Touchpoint: draft, RequestId: rid()})
			return err
		}
	}
	reorder := func(ids ...string) func() error {
		return func() error {
			_, err := c.ReorderTouchpoints(j.ctx, &customerv1.ReorderTouchpointsRequest{Audience: customerv1.Audience_AUDIENCE_STAFF, TouchpointIds: ids, RequestId: rid()})
			return err
		}
	}
	policy := func(spoil func(*customerv1.SurveyPolicy)) func() error {
		return func() error {
			p := &customerv1.SurveyPolicy{ContactLimit: 1, ContactDays: 30, OrganisationLimit: 5, OrganisationDays: 30, AskWithinDays: 14, LinkDays: 30}
			spoil(p)
			_, err := c.CreateSurveyPolicyVersion(j.ctx, &customerv1.CreateSurveyPolicyVersionRequest{SurveyPolicy: p, RequestId: rid()})
			return err
		}
	}
	expectRefusals(t, []refusal{
		{"an id with blanks", "REQUEST_INVALID touchpoint.touchpoint_id", create(func(p *customerv1.Touchpoint) { p.TouchpointId = "kick off" })},
		{"no name", "REQUEST_INVALID touchpoint.display_name", create(func(p *customerv1.Touchpoint) { p.DisplayName = "" })},
		{"no audience", "REQUEST_INVALID touchpoint.audience", create(func(p *customerv1.Touchpoint) { p.Audience = 0 })},
		{"another audience", "REQUEST_INVALID touchpoint.audience", create(func(p *customerv1.Touchpoint) { p.Audience = customerv1.Audience_AUDIENCE_STAFF })},
		{"another etag", "ETAG_MISMATCH touchpoint.etag", create(func(p *customerv1.Touchpoint) { p.Etag = "7" })},
		{"the etag of one that is not there", "NOT_FOUND",
			create(func(p *customerv1.Touchpoint) { p.TouchpointId, p.Etag = "lunch", "1" })},
		{"versions of one that is not there", "NOT_FOUND", func() error {
			_, err := c.ListTouchpointVersions(j.ctx, &customerv1.ListTouchpointVersionsRequest{TouchpointId: "lunch"})
			return err
		}},
		{"an order with a gap", "REQUEST_INVALID touchpoint_ids", reorder("staff-training", "staff-onboarding")},
		{"an order with a double", "REQUEST_INVALID touchpoint_ids", reorder("staff-training", "staff-training", "staff-onboarding")},
		{"an order with a stranger", "TOUCHPOINT_UNKNOWN touchpoint_ids", reorder("staff-training", "staff-onboarding", "kick-off")},
		{"a policy of an hour that is none", "REQUEST_INVALID survey_policy.quiet_from_hour", policy(func(p *customerv1.SurveyPolicy) { p.QuietFromHour = 24 })},
		{"a policy without days", "REQUEST_INVALID survey_policy.link_days", policy(func(p *customerv1.SurveyPolicy) { p.LinkDays = 0 })},
		{"a policy on an old one", "ETAG_MISMATCH survey_policy.etag", policy(func(p *customerv1.SurveyPolicy) { p.Etag = "0" })},
		{"a partner that looks", "PERMISSION_DENIED", func() error {
			_, err := j.experience(softcat).ListTouchpoints(j.ctx, &customerv1.ListTouchpointsRequest{})
			return err
		}},
		{"channel operations that edit", "PERMISSION_DENIED", func() error {
			_, err := j.experience(channel).ReorderTouchpoints(j.ctx, &customerv1.ReorderTouchpointsRequest{RequestId: rid()})
			return err
		}},
	})
}
