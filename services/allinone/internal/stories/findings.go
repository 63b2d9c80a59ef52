package stories

import (
	"fmt"
	"slices"
	"strings"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// findings are what a story can say of how things stand.
var findings = []sentence{
	form(`verdict on WHO: (CLEAN|POACHED) by REASON, PRODUCT(?:, capped at PERCENT % until DATE)?(, held)?`, (*Story).verdict),
	form(`WHO earns PERCENT % of PRICE: PRICE(?:, (\w+) under PRODUCT)?`, (*Story).earns),
	form(`WHO gets a reward of PRICE, PRODUCT`, (*Story).reward),
	form(`WHO gets no reward(?:, for REASON)?`, (*Story).noReward),
	form(`WHO has PRICE (kept|held|released)`, (*Story).withheld),
	form(`WHO serves the customer`, (*Story).isServed),
	form(`WHO keeps PRICE of the term and WHO gets PRICE`, (*Story).shares),
	form(`WHO gets PRICE of the term`, (*Story).shares),
	form(`WHO can appeal until DATE`, (*Story).appealBy),
	form(`the transfer to WHO is REASON`, (*Story).transferIs),
}

// caseOf is the case about a partner's last transfer or order.
func (s *Story) caseOf(role string) (*partnerv1.Case, error) {
	request := &partnerv1.ListCasesRequest{PartnerId: s.partner(role).id, Side: partnerv1.Side_SIDE_CHALLENGER, PageSize: 10}
	cases, err := s.conduct().ListCases(s.as("channel-one"), request)
	if err != nil {
		return nil, err
	}
	if role == "direct" { // has cases of other stories
		cases.Cases = slices.DeleteFunc(cases.Cases, func(c *partnerv1.Case) bool { return c.TransferId != s.transfers[role].TransferId })
	}
	if len(cases.Cases) == 0 {
		return nil, fmt.Errorf("there is no case about %s", role)
	}
	return cases.Cases[0], nil
}

func (s *Story) verdict(w []string) error {
	c, err := s.caseOf(w[0])
	if err != nil {
		return err
	}
	v := c.Verdict
	decisive := v.Findings[len(v.Findings)-1]
	got := fmt.Sprintf("%s by %s, %s", strings.TrimPrefix(v.Outcome.String(), "OUTCOME_"), strings.TrimPrefix(decisive.Ground.String(), "GROUND_"), decisive.Clause)
	if v.CapBps != nil {
		got += fmt.Sprintf(", capped at %s %% until %s", percent(*v.CapBps), v.CapUntilDate)
	}
	if c.Held {
		got += ", held"
	}
	want := fmt.Sprintf("%s by %s, %s", w[1], w[2], w[3])
	if w[4] != "" {
		want += fmt.Sprintf(", capped at %s %% until %s", w[4], w[5])
	}
	want += w[6]
	if got != want {
		return fmt.Errorf("the verdict is %s", got)
	}
	return s.discreet(c)
}

// discreet holds what both sides see of a case against the promise that
// neither learns who the other is.
func (s *Story) discreet(c *partnerv1.Case) error {
	for role, p := range s.partners {
		if p.id != c.PartnerId && p.id != c.IncumbentPartnerId || p.id == "direct" {
			continue
		}
		seen, err := s.conduct().GetCase(s.as(role), &partnerv1.GetCaseRequest{CaseId: c.CaseId})
		if err != nil {
			return fmt.Errorf("%s can't read its case: %w", role, err)
		}
		for _, other := range s.partners {
			if other.id != p.id && other.id != "direct" && strings.Contains(seen.String(), other.id) {
				return fmt.Errorf("%s reads of %s in %s", role, other.id, seen)
			}
		}
	}
	return nil
}

func (s *Story) earns(w []string) error {
	submission := s.submissions[w[0]]
	if submission == nil {
		return fmt.Errorf("%s has booked nothing", w[0])
	}
	c := submission.Calculation
	got := fmt.Sprintf("%s %% of %s: %s", percent(c.EffectiveBps), c.Net.Amount, c.Margin.Amount)
	want := fmt.Sprintf("%s %% of %s: %s", w[1], plain(w[2]), plain(w[3]))
	if got != want {
		return fmt.Errorf("%s earns %s", w[0], got)
	}
	if w[4] != "" && !slices.ContainsFunc(c.Steps, func(step *commissionv1.Step) bool { return step.Rule == w[4] && step.Clause == w[5] }) {
		return fmt.Errorf("no step of the explanation applies %s under %s: %s", w[4], w[5], c.Steps)
	}
	return s.quiet(w[0], c)
}

// quiet holds an explanation against the promise that it names nobody else.
func (s *Story) quiet(role string, c *commissionv1.Calculation) error {
	for _, p := range s.partners {
		if p.id != c.PartnerId && p.id != "direct" && strings.Contains(c.String(), p.id) {
			return fmt.Errorf("the explanation for %s names %s", role, p.id)
		}
	}
	return nil
}

func (s *Story) reward(w []string) error {
	c := s.submissions[w[0]].GetCalculation()
	if c.GetReward().GetAmount().GetAmount() != plain(w[1]) {
		return fmt.Errorf("the reward is %v", c.GetReward())
	}
	if !slices.ContainsFunc(c.Steps, func(step *commissionv1.Step) bool { return step.Rule == "reward" && step.Clause == w[2] }) {
		return fmt.Errorf("no step explains the reward under %s: %s", w[2], c.Steps)
	}
	return nil
}

func (s *Story) noReward(w []string) error {
	c := s.submissions[w[0]].GetCalculation()
	if c.GetReward() != nil {
		return fmt.Errorf("the reward is %v", c.GetReward())
	}
	if w[1] == "" {
		return nil
	}
	for _, step := range c.Steps {
		for _, input := range step.Inputs {
			if step.Rule == "reward" && input.Value == w[1] {
				return nil
			}
		}
	}
	return fmt.Errorf("no step tells %s: %s", w[1], c.Steps)
}

func (s *Story) withheld(w []string) error {
	c, err := s.caseOf(w[0])
	if err != nil {
		return err
	}
	wanted := strings.ToUpper(w[2])
	return s.eventually(func() error {
		list, err := s.margins().ListWithholdings(s.as(w[0]), &commissionv1.ListWithholdingsRequest{CaseId: c.CaseId})
		if err != nil {
			return err
		}
		for _, held := range list.Withholdings {
			if held.Amount.Amount == plain(w[1]) && strings.HasSuffix(held.State.String(), "_"+wanted) {
				return nil
			}
		}
		return fmt.Errorf("withheld is %v", list.Withholdings)
	})
}

func (s *Story) isServed(w []string) error {
	record, err := customerv1.NewSubscriptionServiceClient(s.conn("customer")).GetPartnerOfRecord(s.as("channel-one"),
		&customerv1.GetPartnerOfRecordRequest{SubscriptionId: s.subscriptions["customer"].SubscriptionId, AsOf: s.today})
	if err == nil && record.PartnerId != s.partner(w[0]).id {
		err = fmt.Errorf("%s serves it", record.PartnerId)
	}
	return err
}

func (s *Story) shares(w []string) error {
	want := map[string]string{}
	for ; len(w) > 1; w = w[2:] {
		want[s.partner(w[0]).id] = plain(w[1])
	}
	return s.eventually(func() error {
		list, err := s.margins().ListTermShares(s.as("channel-one"),
			&commissionv1.ListTermSharesRequest{SubscriptionId: s.subscriptions["customer"].SubscriptionId})
		if err != nil {
			return err
		}
		got := map[string][]string{}
		for _, share := range list.TermShares {
			got[share.PartnerId] = append(got[share.PartnerId], share.Margin.Amount)
		}
		for id, margin := range want {
			if !slices.Contains(got[id], margin) {
				return fmt.Errorf("the shares are %v", got)
			}
		}
		return nil
	})
}

func (s *Story) appealBy(w []string) error {
	c, err := s.caseOf(w[0])
	if err == nil && c.AppealByDate != w[1] {
		err = fmt.Errorf("an appeal is possible until %q", c.AppealByDate)
	}
	return err
}

func (s *Story) transferIs(w []string) error {
	transfer, err := s.transferService().GetTransfer(s.as(w[0]), &partnerv1.GetTransferRequest{TransferId: s.transfers[w[0]].TransferId})
	if err == nil && transfer.State.String() != "TRANSFER_STATE_"+w[1] {
		err = fmt.Errorf("it is %s", transfer.State)
	}
	return err
}

// plain is an amount without the marks between thousands.
func plain(amount string) string { return strings.ReplaceAll(amount, ",", "") }

// percent is a rate as people write it.
func percent(bps int32) string { return string(money.Bps(bps).AppendPercent(nil)) }
