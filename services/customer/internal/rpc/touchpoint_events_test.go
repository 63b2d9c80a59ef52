package rpc_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
)

func TestRecordTouchpointEvent_KeepsTheFactsOfTheDay(t *testing.T) {
	j := startJourney(t)
	j.stock()
	order := order(j.customer)
	order.StartDate = "2026-01-01"
	s, err := j.subscriptions(commission).CreateSubscription(j.ctx, order)
	must(t, err)
	e := j.record(func(e *customerv1.TouchpointEvent) { e.SubscriptionId = s.GetSubscriptionId() })
	if e.GetSource() != "support" || e.GetTouchpointVersion() != 1 || e.GetPartnerId() != "softcat" || e.GetProductId() != "gateway" ||
		e.GetSegment() != customerv1.Segment_SEGMENT_MID_MARKET || e.GetCountryCode() != "GB" || e.GetRegion() != "EUROPE" {
		t.Errorf("%s", e)
	}
	if sole := j.record(); sole.GetPartnerId() != "softcat" || sole.GetProductId() != "gateway" {
		t.Errorf("without a subscription: %s", sole)
	}
	early := j.record(func(e *customerv1.TouchpointEvent) {
		e.OccurTime = timestamppb.New(time.Date(2025, time.December, 31, 23, 0, 0, 0, time.UTC))
	})
	if early.GetPartnerId() != "" {
		t.Errorf("before anybody served it: %s", early)
	}
}

func TestRecordTouchpointEvent_IsOneForEachExternalID(t *testing.T) {
	j := startJourney(t)
	told := j.closed()
	first, err := j.experience(support).RecordTouchpointEvent(j.ctx, recording(told))
	must(t, err)
	again, err := j.experience(support).RecordTouchpointEvent(j.ctx, recording(told))
	must(t, err)
	byAddress := proto.CloneOf(told)
	byAddress.ContactId, byAddress.Email = "", "Ann@acme.example"
	third, err := j.experience(support).RecordTouchpointEvent(j.ctx, recording(byAddress))
	must(t, err)
	if !proto.Equal(first, again) || !proto.Equal(first, third) {
		t.Errorf("%s, then %s, then %s", first, again, third)
	}
	ofCRM, err := j.experience(crm).RecordTouchpointEvent(j.ctx, recording(told))
	must(t, err)
	if ofCRM.GetEventId() == first.GetEventId() {
		t.Error("two sources share an id")
	}
}

func TestRecordTouchpointEvent_RefusesByReason(t *testing.T) {
	j := startJourney(t)
	elsewhere := j.harness.customer("elsewhere.example").GetCustomerId()
	taken := j.record()
	record := func(change func(*customerv1.TouchpointEvent)) func() error {
		return func() error {
			_, err := j.experience(support).RecordTouchpointEvent(j.ctx, recording(j.closed(change)))
			return err
		}
	}
	expectRefusals(t, []refusal{
		{"no event", "REQUEST_INVALID touchpoint_event", func() error {
			_, err := j.experience(support).RecordTouchpointEvent(j.ctx, recording(nil))
			return err
		}},
		{"no time", "REQUEST_INVALID touchpoint_event.occur_time", record(func(e *customerv1.TouchpointEvent) { e.OccurTime = nil })},
		{"in the future", "REQUEST_INVALID touchpoint_event.occur_time",
			record(func(e *customerv1.TouchpointEvent) { e.OccurTime = timestamppb.New(noon.Add(time.Hour)) })},
		{"no such touchpoint", "TOUCHPOINT_UNKNOWN touchpoint_event.touchpoint_id", record(func(e *customerv1.TouchpointEvent) { e.TouchpointId = "lunch" })},
		{"no such customer", "NOT_FOUND touchpoint_event.customer_id", record(func(e *customerv1.TouchpointEvent) { e.CustomerId = "cus_0" })},
		{"another's contact", "NOT_FOUND touchpoint_event.contact_id", record(func(e *customerv1.TouchpointEvent) { e.CustomerId = elsewhere })},
		{"an address that no contact has", "NOT_FOUND touchpoint_event.email", record(func(e *customerv1.TouchpointEvent) { e.ContactId, e.Email = "", "no@where.example" })},
		{"nobody", "REQUEST_INVALID touchpoint_event.contact_id", record(func(e *customerv1.TouchpointEvent) { e.ContactId = "" })},
		{"no such subscription", "NOT_FOUND touchpoint_event.subscription_id", record(func(e *customerv1.TouchpointEvent) { e.SubscriptionId = "sub_0" })},
		{"a claimed partner", "REQUEST_INVALID touchpoint_event.partner_id", record(func(e *customerv1.TouchpointEvent) { e.PartnerId = "softcat" })},
		{"a zone that is none", "TIME_ZONE_INVALID touchpoint_event.time_zone", record(func(e *customerv1.TouchpointEvent) {
			e.TouchpointId, e.CustomerId, e.ContactId, e.Email, e.TimeZone = "staff-training", "", "", "sam@vendor.example", "Mars"
		})},
		{"another event under the id", "ALREADY_EXISTS touchpoint_event.external_id",
			record(func(e *customerv1.TouchpointEvent) { e.ExternalId, e.TouchpointId = taken.GetExternalId(), "kick-off" })},
		{"no such event", "NOT_FOUND", func() error {
			_, err := j.experience(support).GetTouchpointEvent(j.ctx, &customerv1.GetTouchpointEventRequest{EventId: "tpe_0"})
			return err
		}},
		{"a preference of nobody", "NOT_FOUND", func() error {
			_, err := j.experience(crm).SetSurveyPreference(j.ctx, &customerv1.SetSurveyPreferenceRequest{ContactId: "con_0", OptedOut: true, RequestId: rid()})
			return err
		}},
		{"commission that records", "PERMISSION_DENIED", func() error {
			_, err := j.experience(commission).RecordTouchpointEvent(j.ctx, recording(j.closed()))
			return err
		}},
		{"a partner that records", "PERMISSION_DENIED", func() error {
			_, err := j.experience(softcat).RecordTouchpointEvent(j.ctx, recording(j.closed()))
			return err
		}},
	})
}

func TestBatchRecordTouchpointEvents_LosesNoGoodOneForABadOne(t *testing.T) {
	j := startJourney(t)
	good, bad := j.closed(), j.closed(func(e *customerv1.TouchpointEvent) { e.TouchpointId = "lunch" })
	answer, err := j.experience(crm).BatchRecordTouchpointEvents(j.ctx, &customerv1.BatchRecordTouchpointEventsRequest{
		TouchpointEvents: []*customerv1.TouchpointEvent{good, bad, good}, RequestId: rid(),
	})
	must(t, err)
	results := answer.GetResults()
	if len(results) != 3 || results[1].GetError().GetReason() != "TOUCHPOINT_UNKNOWN" || results[1].GetError().GetField() != "touchpoint_id" ||
		results[0].GetTouchpointEvent().GetEventId() == "" || !proto.Equal(results[0], results[2]) {
		t.Errorf("%s", answer)
	}
	list, err := j.experience(experience).ListTouchpointEvents(j.ctx, &customerv1.ListTouchpointEventsRequest{CustomerId: j.customer})
	must(t, err)
	if len(list.GetTouchpointEvents()) != 1 {
		t.Errorf("%s", list)
	}
}

func TestListTouchpointEvents_PagesNewestFirst(t *testing.T) {
	j := startJourney(t)
	var want []string
	for range 3 {
		j.pass(time.Minute)
		want = append([]string{j.record().GetEventId()}, want...)
	}
	j.record(func(e *customerv1.TouchpointEvent) { e.TouchpointId = "kick-off" })
	request := &customerv1.ListTouchpointEventsRequest{
		PageSize: 2, CustomerId: j.customer, TouchpointId: "support-case", InvitationState: customerv1.InvitationState_INVITATION_STATE_WAITING,
	}
	var got []string
	for {
		list, err := j.experience(experience).ListTouchpointEvents(j.ctx, request)
		must(t, err)
		for _, e := range list.GetTouchpointEvents() {
			got = append(got, e.GetEventId())
		}
		if request.PageToken = list.GetNextPageToken(); request.PageToken == "" {
			break
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestInvitations_AskNobodyTooOften(t *testing.T) {
	j := startJourney(t)
	suppressed := func(e *customerv1.TouchpointEvent) customerv1.SuppressedReason {
		return j.deliver(e).GetInvitation().GetSuppressedReason()
	}
	j.asked()
	if why := suppressed(j.record()); why != customerv1.SuppressedReason_SUPPRESSED_REASON_FATIGUE_CONTACT {
		t.Errorf("the second of a contact: %s", why)
	}
	for _, name := range []string{"bob", "cid", "dan", "eli"} {
		j.asked(func(e *customerv1.TouchpointEvent) { e.ContactId = j.addContact(name + "@acme.example") })
	}
	fay := j.addContact("fay@acme.example")
	ofFay := func(e *customerv1.TouchpointEvent) { e.ContactId = fay }
	if why := suppressed(j.record(ofFay)); why != customerv1.SuppressedReason_SUPPRESSED_REASON_FATIGUE_CUSTOMER {
		t.Errorf("the sixth of a customer: %s", why)
	}
	j.pass(30 * 24 * time.Hour)
	j.asked(ofFay)
	_, err := j.experience(crm).SetSurveyPreference(j.ctx, &customerv1.SetSurveyPreferenceRequest{ContactId: j.contact, OptedOut: true, RequestId: rid()})
	must(t, err)
	if why := suppressed(j.record()); why != customerv1.SuppressedReason_SUPPRESSED_REASON_OPTED_OUT {
		t.Errorf("who opted out: %s", why)
	}
	_, err = j.experience(crm).SetSurveyPreference(j.ctx, &customerv1.SetSurveyPreferenceRequest{ContactId: j.contact, RequestId: rid()})
	must(t, err)
	j.asked()
	gone := j.record(func(e *customerv1.TouchpointEvent) { e.ContactId = j.addContact("gus@acme.example") })
	_, err = j.customers(channel).DeleteContact(j.ctx, &customerv1.DeleteContactRequest{CustomerId: j.customer, ContactId: gone.GetContactId(), RequestId: rid()})
	must(t, err)
	if why := suppressed(gone); why != customerv1.SuppressedReason_SUPPRESSED_REASON_NOBODY_TO_ASK {
		t.Errorf("who is gone: %s", why)
	}
	old := j.record(func(e *customerv1.TouchpointEvent) { e.OccurTime = timestamppb.New(j.now().AddDate(0, 0, -15)) })
	if why := suppressed(old); why != customerv1.SuppressedReason_SUPPRESSED_REASON_TOO_LATE {
		t.Errorf("what is long ago: %s", why)
	}
}

func TestInvitations_CountTogetherWhenCustomersMerge(t *testing.T) {
	j := startJourney(t)
	j.asked()
	into := j.harness.customer("group.example").GetCustomerId()
	_, err := j.customers(channel).MergeCustomers(j.ctx, &customerv1.MergeCustomersRequest{CustomerId: j.customer, IntoCustomerId: into, RequestId: rid()})
	must(t, err)
	e := j.record()
	if e.GetCustomerId() != into {
		t.Errorf("an event of a merged customer is of %s", e.GetCustomerId())
	}
	if why := j.deliver(e).GetInvitation().GetSuppressedReason(); why != customerv1.SuppressedReason_SUPPRESSED_REASON_FATIGUE_CONTACT {
		t.Errorf("after a merger: %s", why)
	}
}

func TestInvitations_WaitForTheirHourAndTheirSender(t *testing.T) {
	j := startJourney(t)
	j.pass(9 * time.Hour)
	e := j.record()
	if got := e.GetInvitation().GetSendAfterTime().AsTime(); !got.Equal(noon.Add(20 * time.Hour)) {
		t.Fatalf("sent after %s", got)
	}
	id := surveys.InvitationID(e.GetInvitation().GetInvitationId())
	wait, err := j.app.DeliverInvitation(t.Context(), id)
	if err != nil || wait != 11*time.Hour || len(j.mails()) != 0 {
		t.Errorf("at night: %v, %v, %d mails", wait, err, len(j.mails()))
	}
	j.pass(11 * time.Hour)
	j.app.UseMail(app.Mail{})
	if _, err = j.app.DeliverInvitation(t.Context(), id); !errors.Is(err, app.ErrNoSender) {
		t.Errorf("without a sender: %v", err)
	}
	j.app.UseMail(app.Mail{Sender: j, URL: "https://surveys.example.com/survey/"})
	j.fails = errors.New("mailbox full")
	_, err = j.app.DeliverInvitation(t.Context(), id)
	if err == nil || !strings.Contains(err.Error(), "mailbox full") || strings.Contains(err.Error(), "ann@") || !strings.Contains(err.Error(), "(token)") {
		t.Errorf("with a broken sender: %v", err)
	}
	j.fails = nil
	sent := j.deliver(e)
	if sent.GetInvitation().GetState() != customerv1.InvitationState_INVITATION_STATE_SENT || len(j.mails()) != 1 || j.mails()[0].To != "ann@acme.example" ||
		j.mails()[0].URL != "https://surveys.example.com/survey/"+j.mails()[0].Token {
		t.Errorf("%s, %v", sent, j.mails())
	}
	if j.deliver(e); len(j.mails()) != 1 {
		t.Errorf("%d mails", len(j.mails()))
	}
}

func TestInvitations_AreDeliveredByTheQueue(t *testing.T) {
	j := startJourney(t)
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- j.queue.Run(ctx) }()
	defer func() { stop(); must(t, <-stopped) }()
	e := j.record()
	for e.GetInvitation().GetState() == customerv1.InvitationState_INVITATION_STATE_WAITING {
		var err error
		e, err = j.experience(experience).GetTouchpointEvent(j.ctx, &customerv1.GetTouchpointEventRequest{EventId: e.GetEventId()})
		must(t, err)
	}
	if e.GetInvitation().GetState() != customerv1.InvitationState_INVITATION_STATE_SENT || len(j.mails()) != 1 {
		t.Errorf("%s", e)
	}
}

func TestSweepInvitations_FindsWhatHasLostItsJob(t *testing.T) {
	j := startJourney(t)
	j.record()
	ctx := t.Context()
	if n, err := j.app.SweepInvitations(ctx, "deliver_invitation"); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	_, err := j.db.SystemPool().Exec(ctx, "DELETE FROM river_job")
	must(t, err)
	for _, want := range []int{1, 0} {
		if n, err := j.app.SweepInvitations(ctx, "deliver_invitation"); n != want || err != nil {
			t.Errorf("%d, %v, want %d", n, err, want)
		}
	}
}

func TestInvitations_AskPartnersAndStaffInTheSameWay(t *testing.T) {
	j := startJourney(t)
	ofPartner := func(e *customerv1.TouchpointEvent) {
		e.TouchpointId, e.CustomerId, e.ContactId = "partner-deal-registration", "", ""
		e.PartnerId, e.Email, e.TimeZone = "softcat", "Pat@softcat.example", "Europe/London"
	}
	token := j.asked(ofPartner)
	survey, err := j.anyone().SubmitSurveyResponse(j.ctx, &customerv1.SubmitSurveyResponseRequest{Token: token, Needs: score(4), Recommend: score(9)})
	must(t, err)
	if !survey.GetAnswered() || survey.GetRecommendQuestion() != "How likely are you to recommend working with us to another company?" {
		t.Errorf("%s", survey)
	}
	if why := j.deliver(j.record(ofPartner)).GetInvitation().GetSuppressedReason(); why != customerv1.SuppressedReason_SUPPRESSED_REASON_FATIGUE_CONTACT {
		t.Errorf("again: %s", why)
	}
	night := j.record(func(e *customerv1.TouchpointEvent) {
		e.TouchpointId, e.CustomerId, e.ContactId, e.Email, e.TimeZone = "staff-training", "", "", "sam@vendor.example", "Asia/Tokyo"
	})
	if got := night.GetInvitation().GetSendAfterTime().AsTime(); !got.Equal(noon.Add(11 * time.Hour)) {
		t.Errorf("in Tokyo it is sent after %s", got)
	}
	list, err := j.experience(experience).ListResponses(j.ctx, &customerv1.ListResponsesRequest{Audience: customerv1.Audience_AUDIENCE_PARTNER})
	must(t, err)
	if len(list.GetResponses()) != 1 || list.GetResponses()[0].GetPartnerId() != "softcat" || list.GetResponses()[0].GetCustomerId() != "" {
		t.Errorf("%s", list)
	}
}

func TestSurveyPolicy_DecidesOnWhatIsNotSentYet(t *testing.T) {
	j := startJourney(t)
	j.asked()
	waits := j.record()
	policy, err := j.experience(experience).GetSurveyPolicy(j.ctx, &customerv1.GetSurveyPolicyRequest{})
	must(t, err)
	policy.ContactLimit = 2
	next, err := j.experience(experience).CreateSurveyPolicyVersion(j.ctx, &customerv1.CreateSurveyPolicyVersionRequest{SurveyPolicy: policy, RequestId: rid()})
	must(t, err)
	if i := j.deliver(waits).GetInvitation(); next.GetVersion() != 2 || i.GetPolicyVersion() != 2 || i.GetState() != customerv1.InvitationState_INVITATION_STATE_SENT {
		t.Errorf("%s by %s", i, next)
	}
}
