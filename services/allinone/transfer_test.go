package allinone_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// Both sides of a transfer do all that they can at the same instant, while the
// customer consents: one outcome comes of it, nobody is told of an error of
// ours, and neither side reads of the other.
func TestTransfer_OfBothSidesAtOnceOneOutcomeComes(t *testing.T) {
	s := shared.System(t)
	for range 6 {
		r := race{T: t, s: s, incumbent: s.Partner("softcat"), challenger: s.Partner("bytes")}
		r.contract = s.Sign(t, e2e.Contract{Partner: "softcat", DueIn: 25, LockedBps: 2000})
		domain, address := s.Signatory(t, r.contract)
		act(t, s, r.challenger, "/v1/transfers", fmt.Sprintf(`{"domain": %q, "familyId": "email-security"}`, domain)).Into(t, &r.transfer)
		r.token = s.ConsentToken(t, address, r.transfer.TransferId)
		r.run()
		r.check()
	}
}

type race struct {
	*testing.T
	s                     *e2e.System
	incumbent, challenger e2e.Caller
	contract              e2e.Contract
	transfer              partnerv1.Transfer
	token                 string
}

// run does everything at once. Every answer is an outcome or a refusal for a
// reason.
func (r *race) run() {
	transfer, renewal := "/v1/transfers/"+r.transfer.TransferId, "/v1/renewals/"+r.contract.RenewalID+":submit"
	stranger := e2e.Caller{Name: "the contact"}
	deeds := []struct {
		who  e2e.Caller
		path string
		body string
		foe  string // whom it must not read of
	}{
		{stranger, "/v1/consents/" + r.token, `{"reason": "CONSENT_REASON_CHOICE"}`, "softcat"},
		{stranger, "/v1/consents/" + r.token, `{"reason": "CONSENT_REASON_CHOICE"}`, "softcat"},
		{r.challenger, transfer + ":cancel", `{}`, "softcat"},
		{r.challenger, transfer + ":cancel", `{}`, "softcat"},
		{r.incumbent, transfer + ":release", `{}`, "bytes"},
		{r.incumbent, transfer + ":contest", `{"reasonText": "No."}`, "bytes"},
		{r.incumbent, renewal, `{}`, "bytes"},
		{r.incumbent, renewal, `{}`, "bytes"},
		{r.challenger, renewal, `{}`, "softcat"},
	}
	start := make(chan struct{})
	var all sync.WaitGroup
	for _, deed := range deeds {
		request := e2e.Request{Verb: http.MethodPost, Path: deed.path, Body: deed.body, Key: e2e.NewKey()}
		all.Go(func() {
			<-start
			answer, err := r.s.Try(r.Context(), deed.who, request)
			switch {
			case err != nil:
				r.Errorf("%s %s: %v", deed.who.Name, deed.path, err)
			case answer.Status >= http.StatusInternalServerError:
				r.Errorf("%s %s: %d %s", deed.who.Name, deed.path, answer.Status, answer.Body)
			case strings.Contains(string(answer.Body), `"`+deed.foe+`"`):
				r.Errorf("%s reads of %s: %s", deed.who.Name, deed.foe, answer.Body)
			}
		})
	}
	close(start)
	all.Wait()
}

// check holds what has become of it against the contract: the customer moved if
// and only if it consented, and its next term was booked at most once.
func (r *race) check() {
	var transfer partnerv1.Transfer
	channel := r.s.Person("channel-one")
	r.s.Get(r, channel, "/v1/transfers/"+r.transfer.TransferId, &transfer)
	serves := map[partnerv1.TransferState]string{
		partnerv1.TransferState_TRANSFER_STATE_COMPLETED: "bytes",
		partnerv1.TransferState_TRANSFER_STATE_CANCELLED: "softcat",
	}[transfer.State]
	var subscription customerv1.Subscription
	r.s.Get(r, channel, "/v1/subscriptions/"+r.contract.SubscriptionID, &subscription)
	last := subscription.PartnersOfRecord[len(subscription.PartnersOfRecord)-1]
	if last.PartnerId != serves {
		r.Errorf("the transfer is %s, and %s serves the customer from %s on", transfer.State, last.PartnerId, last.FromDate)
	}
	var booked commissionv1.ListSubmissionsResponse
	r.s.Get(r, channel, "/v1/submissions?state=SUBMISSION_STATE_BOOKED&renewalId="+r.contract.RenewalID, &booked)
	terms := len(subscription.Terms)
	if len(booked.Submissions) > 1 || terms != 1+len(booked.Submissions) {
		r.Errorf("%d terms and %d bookings", terms, len(booked.Submissions))
	}
	for _, s := range booked.Submissions {
		if s.PartnerId == "bytes" && s.Calculation.EffectiveBps == 500 || s.PartnerId == "softcat" && s.Calculation.EffectiveBps == 2000 ||
			s.PartnerId == "bytes" && r.released() && s.Calculation.EffectiveBps == 2000 {
			continue
		}
		r.Errorf("%s booked at %d bps", s.PartnerId, s.Calculation.EffectiveBps)
	}
}

// released tells whether the incumbent was in time to let the customer go.
func (r *race) released() bool {
	var cases partnerv1.ListCasesResponse
	r.s.Get(r, r.s.Person("channel-one"), "/v1/conductCases?transferId="+r.transfer.TransferId, &cases)
	return len(cases.Cases) == 1 && cases.Cases[0].Verdict.Outcome == partnerv1.Outcome_OUTCOME_CLEAN
}
