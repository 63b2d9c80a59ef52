package payouts_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/partner/internal/banking"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/payouts"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

var (
	noon  = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	today = calendar.On(2026, time.March, 1)
	agent = partners.Partner{ID: "agent", Type: partners.SalesAgent, State: partners.Active}
)

const iban = "GB82WEST12345698765432"

func proposal() payouts.Proposal {
	return payouts.Proposal{Currency: "GBP", Holder: "Agent Ltd", Bank: banking.Written{IBAN: iban}, By: "ann", At: noon}
}

func approval() payouts.Approval {
	return payouts.Approval{By: "bob", At: noon, Today: today, Code: "cod_1", CoolingDays: 7}
}

// proposed is an account that waits.
func proposed(t *testing.T) payouts.Account {
	t.Helper()
	d, err := payouts.Propose(agent, proposal())
	if err != nil {
		t.Fatal(err)
	}
	d.ID = "pac_1"
	return d.Account
}

func approved(t *testing.T) payouts.Account {
	t.Helper()
	a, err := proposed(t).Approve(approval())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestPropose_KeepsTheNumberApart(t *testing.T) {
	d, err := payouts.Propose(agent, payouts.Proposal{
		Currency: "GBP", Holder: " Agent Ltd ", Bank: banking.Written{IBAN: "GB82 WEST 1234 5698 7654 32", BIC: "WESTGB2L"}, By: "ann", At: noon,
	})
	want := payouts.Destination{Number: iban, Account: payouts.Account{
		PartnerID: "agent", Currency: "GBP", Holder: "Agent Ltd", Country: "GB", Scheme: banking.IBAN, Hint: "5432", BIC: "WESTGB2L",
		State: payouts.Proposed, Proposer: "ann", Revision: 1, CreateTime: noon,
	}}
	if diff := cmp.Diff(want, d); diff != "" || err != nil {
		t.Fatalf("%v\n%s", err, diff)
	}
	text, err := json.Marshal(d)
	told := string(text) + fmt.Sprintf("%v %+v %#v", d, d, d)
	if err != nil || strings.Contains(told, "98765432") {
		t.Errorf("the number is told: %s, %v", told, err)
	}
}

func TestPropose_NamesTheFieldAtFault(t *testing.T) {
	supplier, direct := agent, agent
	supplier.Type = partners.Supplier
	direct.ID, direct.Type = partners.Direct, partners.DirectSales
	for _, tt := range []struct {
		name   string
		of     partners.Partner
		change func(*payouts.Proposal)
		want   error
		field  string
	}{
		{"a supplier", supplier, func(*payouts.Proposal) {}, partners.ErrNotSelling, "partner_id"},
		{"the vendor", direct, func(*payouts.Proposal) {}, partners.ErrNotSelling, "partner_id"},
		{"gold", agent, func(p *payouts.Proposal) { p.Currency = "XAU" }, money.ErrCurrencyUnsupported, "currency_code"},
		{"nobody", agent, func(p *payouts.Proposal) { p.Holder = "  " }, payouts.ErrInvalid, "holder_name"},
		{"a long name", agent, func(p *payouts.Proposal) { p.Holder = strings.Repeat("é", 71) }, payouts.ErrInvalid, "holder_name"},
		{"two lines", agent, func(p *payouts.Proposal) { p.Holder = "Agent\nLtd" }, payouts.ErrInvalid, "holder_name"},
		{"no account", agent, func(p *payouts.Proposal) { p.Bank = banking.Written{} }, banking.ErrAccountInvalid, "iban"},
	} {
		p := proposal()
		tt.change(&p)
		_, err := payouts.Propose(tt.of, p)
		if refusal, _ := fault.Of(err); !errors.Is(err, tt.want) || refusal.Field != tt.field {
			t.Errorf("%s: got %v, want %v on %s", tt.name, err, tt.want, tt.field)
		}
	}
}

// A partner that can't sell any more has earned what it earned.
func TestPropose_TakesASuspendedPartnersAccount(t *testing.T) {
	suspended := agent
	suspended.State = partners.Suspended
	if _, err := payouts.Propose(suspended, proposal()); err != nil {
		t.Error(err)
	}
}

func TestApprove_TakesTwoPeopleAndSevenDays(t *testing.T) {
	same := approval()
	same.By = "ann"
	if _, err := proposed(t).Approve(same); !errors.Is(err, payouts.ErrSameDecider) {
		t.Errorf("by the same person: %v", err)
	}
	want := proposed(t)
	want.State, want.Approver, want.ApproveTime, want.Code, want.Revision = payouts.Approved, "bob", noon, "cod_1", 2
	want.ApproveDate, want.UsableFrom = today, calendar.On(2026, time.March, 8)
	if diff := cmp.Diff(want, approved(t)); diff != "" {
		t.Error(diff)
	}
}

func TestReject_AndCloseSayWhy(t *testing.T) {
	long := strings.Repeat("x", 4001)
	for name, err := range map[string]error{
		"no note": second(proposed(t).Reject(" ", noon)), "a long note": second(proposed(t).Reject(long, noon)), "closing with a long note": second(approved(t).Close(long, noon)),
	} {
		if refusal, _ := fault.Of(err); refusal == nil || refusal.Field != "note" {
			t.Errorf("%s: %v", name, err)
		}
	}
	rejected, err := proposed(t).Reject("Another holder.", noon)
	if err != nil || rejected.State != payouts.Rejected || rejected.Note != "Another holder." || !rejected.EndTime.Equal(noon) || rejected.Revision != 2 {
		t.Errorf("%+v, %v", rejected, err)
	}
	closed, err := approved(t).Close("", noon)
	if err != nil || closed.State != payouts.Closed || !closed.EndTime.Equal(noon) || closed.Revision != 3 || closed.Approver != "bob" {
		t.Errorf("%+v, %v", closed, err)
	}
}

func TestDecide_KeepsTheOrderOfStates(t *testing.T) {
	rejected, _ := proposed(t).Reject("No.", noon)
	closed, _ := approved(t).Close("", noon)
	for _, tt := range []struct {
		account payouts.Account
		allowed string
	}{{proposed(t), "approve reject"}, {approved(t), "close"}, {rejected, ""}, {closed, ""}} {
		for deed, err := range map[string]error{
			"approve": second(tt.account.Approve(approval())), "reject": second(tt.account.Reject("No.", noon)), "close": second(tt.account.Close("", noon)),
		} {
			if allowed := strings.Contains(tt.allowed, deed); allowed != (err == nil) || !allowed && !errors.Is(err, payouts.ErrStateInvalid) {
				t.Errorf("%s what is %s: %v", deed, tt.account.State, err)
			}
		}
	}
}

func second(_ payouts.Account, err error) error { return err }
