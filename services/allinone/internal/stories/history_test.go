package stories

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

const (
	capRate  = money.Bps(500)  // of the founding code of practice
	lockRate = money.Bps(2000) // agreed with the incumbent
)

// Two partners, one customer, and years in which anything may happen in any
// order. Most deeds of such a history are refused. Whatever happens, the
// promises of the code hold.
func TestHistory_WhateverHappensThePromisesHold(t *testing.T) {
	system, clock := shared.System(t), shared.Clock()
	rapid.Check(t, func(r *rapid.T) {
		h := &history{Story: Begin(t, system, clock), r: r, on: calendar.On(2027, 4, 1)}
		if rapid.IntRange(0, 3).Draw(r, "served") > 0 {
			h.must("incumbent serves 200 seats of email-suite at 120.00 for 12 months, at 20 %")
			h.original = h.subscriptions["customer"].SubscriptionId
			h.on = h.on.AddDays(rapid.SampledFrom([]int{120, 270, 290, 310, 330, 364}).Draw(r, "begins"))
		}
		for range rapid.IntRange(6, 20).Draw(r, "deeds") {
			h.on = h.on.AddDays(rapid.SampledFrom([]int{0, 0, 0, 1, 1, 3, 3, 8, 15, 31, 95}).Draw(r, "later"))
			h.something()
		}
		if h.original != "" {
			h.partners_()
		}
		h.margins_()
	})
}

type history struct {
	*Story
	r        *rapid.T
	on       calendar.Date
	original string          // the contract that everything is about, if there was one
	asked    []calendar.Date // the days of requests that a mail went out for
	told     []string
}

func (h *history) must(deed string) {
	if err := h.Do(h.on, deed); err != nil {
		h.r.Fatalf("%s: %v", deed, err)
	}
}

// something does a deed or is refused, with a reason that people can read.
func (h *history) something() {
	who := rapid.SampledFrom([]string{"incumbent", "challenger"}).Draw(h.r, "who")
	other := map[string]string{"incumbent": "challenger", "challenger": "incumbent"}[who]
	deeds := []string{who + " orders 200 seats of email-suite for 12 months", who + " registers the customer for email-security"}
	if h.original != "" {
		deeds = append(deeds, who+" renews", who+" renews", who+" quotes", who+" renews", who+" adds 5 seats")
	}
	if h.mayAsk(who) {
		ask := who + " asks for the customer"
		deeds = append(deeds, ask, ask, ask, fmt.Sprintf("%s from %s", ask, h.on.AddDays(20)))
	}
	if h.transfers[who] != nil {
		choice, must := "customer consents to "+who+": CHOICE", `customer consents to `+who+`: OTHER, "We must."`
		for range 4 {
			deeds = append(deeds, choice, choice, must)
		}
		deeds = append(deeds,
			who+" takes the request back", other+" lets the customer go to "+who, other+` contests the move to `+who+`: "No."`)
	}
	if _, err := h.caseOf(who); err == nil {
		deeds = append(deeds, "channel-one grants the exemption of "+who, "channel-one refuses the exemption of "+who,
			who+" appeals about "+who, other+" appeals about "+who, "channel-two upholds the appeal about "+who, "channel-two dismisses the appeal about "+who,
			"channel-one proposes to waive the cap of "+who, "channel-two approves to waive the cap of "+who)
	}
	if h.registrations[who] != nil {
		deeds = append(deeds, "channel-one approves the registration of "+who, "channel-one approves the registration of "+who,
			who+" orders 200 seats of email-suite for 36 months with its registration", who+" orders 200 seats of email-suite for 36 months with its registration", who+" withdraws its registration")
	}
	slices.Reverse(deeds) // rapid prefers what comes first, and what comes late here depends on more
	deed := rapid.SampledFrom(deeds).Draw(h.r, "deed")
	if strings.Contains(deed, "asks for the customer") {
		h.asked = append(h.asked, h.on)
	}
	err := h.Do(h.on, deed)
	outcome := "done"
	if err != nil {
		outcome = e2e.Reason(err)
	}
	h.told = append(h.told, fmt.Sprintf("%s %s: %s", h.on, deed, outcome))
	if outcome == "" || outcome == "INTERNAL" {
		h.r.Fatalf("%s %s: %v", h.on, deed, err)
	}
}

// mayAsk tells whether a request would go out to the customer as a mail: there
// is something to move, and the customer was not asked three times already.
func (h *history) mayAsk(who string) bool {
	if h.original == "" {
		return false
	}
	recent := 0
	for _, day := range h.asked {
		if day.DaysUntil(h.on) <= 90 {
			recent++
		}
	}
	subscription := h.contract(h.original)
	end, err := calendar.ParseDate(subscription.TermEndDate)
	if err != nil {
		h.r.Fatal(err)
	}
	serving := subscription.PartnersOfRecord[len(subscription.PartnersOfRecord)-1].PartnerId
	if recent >= 3 || !h.on.Before(end.AddDays(80)) || serving == h.partner(who).id {
		return false
	}
	return true
}

func (h *history) contract(id string) *customerv1.Subscription {
	subscription, err := customerv1.NewSubscriptionServiceClient(h.conn("customer")).GetSubscription(
		h.as("channel-one"), &customerv1.GetSubscriptionRequest{SubscriptionId: id})
	if err != nil {
		h.r.Fatal(err)
	}
	return subscription
}

// partners_: on each day one partner of record, and the price is the
// contract's, whoever serves.
func (h *history) partners_() {
	subscription := h.contract(h.original)
	for i, p := range subscription.PartnersOfRecord {
		last := i == len(subscription.PartnersOfRecord)-1
		if last != (p.UntilDate == "") || !last && p.UntilDate != subscription.PartnersOfRecord[i+1].FromDate {
			h.fail("partners of record do not follow on one another: %s", subscription.PartnersOfRecord)
		}
	}
	for i, term := range subscription.Terms {
		if term.UnitPrice.Amount != "120.00" {
			h.fail("the term from %s costs %s a seat", term.StartDate, term.UnitPrice)
		}
		if i > 0 && term.StartDate != subscription.Terms[i-1].EndDate {
			h.fail("the terms do not tile: %s", subscription.Terms)
		}
	}
}

// margins_: what was booked keeps to lock and cap, earns a reward only by a
// registration, and can be computed again from what was stored.
func (h *history) margins_() {
	for _, role := range []string{"incumbent", "challenger"} {
		booked, err := commissionv1.NewRenewalServiceClient(h.conn("commission")).ListSubmissions(
			h.as(role), &commissionv1.ListSubmissionsRequest{State: commissionv1.SubmissionState_SUBMISSION_STATE_BOOKED, PageSize: 1000})
		if err != nil {
			h.r.Fatal(err)
		}
		for _, s := range booked.Submissions {
			h.replays(s.Calculation)
			h.lockHolds(role, s)
			h.capHolds(s)
			h.rewardIsRegistered(s)
		}
	}
}

func (h *history) replays(c *commissionv1.Calculation) {
	net, err := money.Parse(c.Net.CurrencyCode, c.Net.Amount)
	if err != nil {
		h.r.Fatal(err)
	}
	rate := money.Bps(c.LockedBps)
	if c.CapBps != nil {
		rate = min(rate, money.Bps(*c.CapBps))
	}
	margin, err := net.Portion(rate)
	if err != nil {
		h.r.Fatal(err)
	}
	if rate != money.Bps(c.EffectiveBps) || margin.Decimal() != c.Margin.Amount {
		h.fail("calculation %s says %s at %d bps, its figures say %s at %d", c.CalculationId, c.Margin, c.EffectiveBps, margin, rate)
	}
	var sum int64
	for _, part := range c.Instalments {
		amount, err := money.Parse(part.Margin.CurrencyCode, part.Margin.Amount)
		if err != nil {
			h.r.Fatal(err)
		}
		sum += amount.Minor
	}
	if sum != margin.Minor {
		h.fail("the instalments of %s add up to %d", c.CalculationId, sum)
	}
}

// lockHolds: before anybody else served the customer, the incumbent earns what
// was agreed.
func (h *history) lockHolds(role string, s *commissionv1.Submission) {
	if role != "incumbent" || s.SubscriptionId != h.original {
		return
	}
	first := h.contract(h.original).PartnersOfRecord[0]
	if (first.UntilDate == "" || s.TermStartDate < first.UntilDate) && money.Bps(s.Calculation.EffectiveBps) != lockRate {
		h.fail("the incumbent renews from %s at %d bps", s.TermStartDate, s.Calculation.EffectiveBps)
	}
}

// capHolds: inside a cap that stands, no more than the cap is the partner's.
func (h *history) capHolds(s *commissionv1.Submission) {
	earned := minor(h, s.Calculation.Margin.Amount)
	err := h.eventually(func() error {
		for _, c := range h.casesAbout(s) {
			if c.Verdict.Outcome != partnerv1.Outcome_OUTCOME_POACHED || s.TermStartDate < c.EffectiveDate || s.TermStartDate >= c.Verdict.CapUntilDate {
				continue
			}
			most, err := money.Amount{Minor: minor(h, s.Calculation.Net.Amount), Currency: "GBP"}.Portion(capRate)
			if err != nil {
				return err
			}
			if left := earned - h.takenBack(s, c); left > most.Minor {
				return fmt.Errorf("%s earns %d of %s from %s, capped at %d by %s", s.PartnerId, left, s.Calculation.Net, s.TermStartDate, most.Minor, c)
			}
		}
		return nil
	})
	if err != nil {
		h.fail("%v", err)
	}
}

func (h *history) casesAbout(s *commissionv1.Submission) []*partnerv1.Case {
	cases, err := h.conduct().ListCases(h.as("channel-one"), &partnerv1.ListCasesRequest{PartnerId: s.PartnerId, Side: partnerv1.Side_SIDE_CHALLENGER, PageSize: 1000})
	if err != nil {
		h.r.Fatal(err)
	}
	// The last one about the subscription is about the relationship of the term,
	// unless its effect comes after the term's first day, or the term was booked
	// before: then it is divided, and its share has a margin of its own.
	about := slices.DeleteFunc(cases.Cases, func(c *partnerv1.Case) bool {
		return c.SubscriptionId != s.SubscriptionId || c.EffectiveDate > s.TermStartDate ||
			c.TransferId != "" && c.CreateTime.AsTime().After(s.CreateTime.AsTime())
	})
	return about[:min(1, len(about))]
}

// takenBack is what a margin that was booked in full does not keep.
func (h *history) takenBack(s *commissionv1.Submission, c *partnerv1.Case) int64 {
	if s.Calculation.CapBps != nil {
		return 0
	}
	list, err := h.Story.margins().ListWithholdings(h.as("channel-one"), &commissionv1.ListWithholdingsRequest{CaseId: c.CaseId, PageSize: 1000})
	if err != nil {
		h.r.Fatal(err)
	}
	for _, w := range list.Withholdings {
		if w.SourceId == s.SubmissionId && w.State != commissionv1.WithholdingState_WITHHOLDING_STATE_RELEASED {
			return minor(h, w.Amount.Amount)
		}
	}
	return 0
}

func (h *history) rewardIsRegistered(s *commissionv1.Submission) {
	if s.Calculation.Reward == nil {
		return
	}
	err := h.eventually(func() error {
		registration, err := h.registrationService().GetDealRegistration(h.as("channel-one"),
			&partnerv1.GetDealRegistrationRequest{DealRegistrationId: s.DealRegistrationId})
		if err == nil && (registration.SubmissionId != s.SubmissionId || registration.PartnerId != s.PartnerId) {
			err = errors.New("the registration was not converted by it: " + registration.String())
		}
		return err
	})
	if err != nil {
		h.fail("reward of %s: %v", s.SubmissionId, err)
	}
}

func minor(h *history, amount string) int64 {
	a, err := money.Parse("GBP", amount)
	if err != nil {
		h.r.Fatal(err)
	}
	return a.Minor
}

func (h *history) fail(format string, args ...any) {
	for _, line := range h.told {
		h.r.Log(line)
	}
	h.r.Fatalf(format, args...)
}
