package payouts_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/partner/internal/payouts"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// at is noon of a day of March.
func at(day int) time.Time { return time.Date(2026, time.March, day, 12, 0, 0, 0, time.UTC) }

// used is an account that was approved on a day of March.
func used(t *testing.T, id payouts.ID, day int) payouts.Destination {
	t.Helper()
	a := proposed(t)
	a.ID = id
	a, err := a.Approve(payouts.Approval{By: "bob", At: at(day), Today: calendar.On(2026, time.March, day), Code: "cod_1", CoolingDays: 7})
	if err != nil {
		t.Fatal(err)
	}
	return payouts.Destination{Account: a, Number: iban}
}

// shut is such an account, closed on another day.
func shut(t *testing.T, id payouts.ID, day, closed int) payouts.Destination {
	t.Helper()
	a, err := used(t, id, day).Close("", at(closed))
	if err != nil {
		t.Fatal(err)
	}
	return payouts.Destination{Account: a, Number: iban}
}

func TestFind_TakesTheAccountApprovedLastThatHasCooledOff(t *testing.T) {
	waiting := payouts.Destination{Account: proposed(t), Number: iban}
	waiting.ID = "pac_9"
	one, two := used(t, "pac_1", 1), used(t, "pac_2", 10)
	for _, tt := range []struct {
		name     string
		accounts []payouts.Destination
		on       int
		want     payouts.ID // or none
		because  string
	}{
		{"none", nil, 1, "", "propose one"},
		{"one that waits", []payouts.Destination{waiting}, 30, "", "pac_9 waits for its approval"},
		{"one on the day of its approval", []payouts.Destination{one}, 1, "", "pac_1 is usable from 2026-03-08"},
		{"one on day 6", []payouts.Destination{one}, 7, "", "pac_1 is usable from 2026-03-08"},
		{"one on day 7", []payouts.Destination{one}, 8, "pac_1", ""},
		{"two, while the newer cools off", []payouts.Destination{two, one}, 16, "pac_1", ""},
		{"two, when it has", []payouts.Destination{two, one}, 17, "pac_2", ""},
		{"one that waits beside them", []payouts.Destination{two, one, waiting}, 17, "pac_2", ""},
		{"one that is closed", []payouts.Destination{shut(t, "pac_1", 1, 20)}, 30, "", "pac_1 was closed"},
		{"one that is closed, on a day before", []payouts.Destination{shut(t, "pac_1", 1, 20)}, 19, "", "pac_1 was closed"},
		{"the newer closed before its first use", []payouts.Destination{one, shut(t, "pac_2", 10, 16)}, 30, "pac_1", ""},
		{"the newer closed on the day of its first use", []payouts.Destination{one, shut(t, "pac_2", 10, 17)}, 30, "", "pac_2 was closed"},
		{"the newer closed after it", []payouts.Destination{one, shut(t, "pac_2", 10, 20)}, 30, "", "pac_2 was closed"},
		{"the older closed", []payouts.Destination{shut(t, "pac_1", 1, 12), two}, 17, "pac_2", ""},
		{"the older closed too early", []payouts.Destination{shut(t, "pac_1", 1, 12), two}, 16, "", "pac_2 is usable from 2026-03-17"},
		{"a new one for one that is closed", []payouts.Destination{shut(t, "pac_1", 1, 12), waiting}, 16, "", "pac_9 waits"},
	} {
		got, err := payouts.Payout{PartnerID: "agent", Currency: "GBP", On: calendar.On(2026, time.March, tt.on), Zone: time.UTC}.Find(tt.accounts)
		if tt.want != "" {
			if err != nil || got.ID != tt.want || got.Number != iban {
				t.Errorf("%s: got %s, %v", tt.name, got.ID, err)
			}
			continue
		}
		if refusal, _ := fault.Of(err); !errors.Is(err, payouts.ErrMissing) || !strings.Contains(refusal.Message, tt.because) {
			t.Errorf("%s: got %s, %v", tt.name, got.ID, err)
		}
	}
}

// Where the vendor is, a day may end hours after it did in Greenwich.
func TestFind_CountsDaysWhereTheVendorIs(t *testing.T) {
	newer := used(t, "pac_2", 10)
	closed, err := newer.Close("", time.Date(2026, time.March, 16, 23, 30, 0, 0, time.UTC)) // half past twelve on the 17th
	if err != nil {
		t.Fatal(err)
	}
	newer.Account = closed
	accounts := []payouts.Destination{used(t, "pac_1", 1), newer}
	p := payouts.Payout{PartnerID: "agent", Currency: "GBP", On: calendar.On(2026, time.March, 30), Zone: time.FixedZone("", 3600)}
	if _, err := p.Find(accounts); !errors.Is(err, payouts.ErrMissing) {
		t.Errorf("an hour ahead: %v", err)
	}
	p.Zone = time.UTC
	if got, err := p.Find(accounts); err != nil || got.ID != "pac_1" {
		t.Errorf("in Greenwich: %s, %v", got.ID, err)
	}
}

// Whatever was proposed, approved and closed in whatever order: what money goes
// to was approved by a second person, has cooled off, is not closed, and was
// not replaced by another that was ever usable.
func TestFind_NeverPaysToWhatIsNotInUse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var accounts []payouts.Destination
		day := 1
		for i := range rapid.IntRange(1, 6).Draw(t, "accounts") {
			d, err := payouts.Propose(agent, proposal())
			if err != nil {
				t.Fatal(err)
			}
			d.ID = payouts.ID(fmt.Sprint("pac_", i))
			day += rapid.IntRange(0, 9).Draw(t, "later")
			if rapid.IntRange(0, 4).Draw(t, "approved") > 0 {
				cooling := rapid.Int32Range(0, 20).Draw(t, "cooling")
				d.Account, err = d.Approve(payouts.Approval{By: "bob", At: at(day), Today: calendar.DateOf(at(day), time.UTC), Code: "cod_1", CoolingDays: cooling})
				if err == nil && rapid.Bool().Draw(t, "closed") {
					d.Account, err = d.Close("", at(day+rapid.IntRange(0, 30).Draw(t, "open for")))
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			accounts = append(accounts, d)
		}
		on := calendar.DateOf(at(rapid.IntRange(1, 90).Draw(t, "on")), time.UTC)
		got, err := payouts.Payout{PartnerID: "agent", Currency: "GBP", On: on, Zone: time.UTC}.Find(accounts)
		if errors.Is(err, payouts.ErrMissing) {
			return
		}
		if err != nil || got.State != payouts.Approved || got.Approver == got.Proposer || got.UsableFrom.After(on) {
			t.Fatalf("on %s: %+v, %v", on, got, err)
		}
		for _, d := range accounts {
			inUse := d.State == payouts.Approved || d.State == payouts.Closed && !calendar.DateOf(d.EndTime, time.UTC).Before(d.UsableFrom)
			if inUse && !d.UsableFrom.After(on) && (d.ApproveTime.After(got.ApproveTime) || d.ApproveTime.Equal(got.ApproveTime) && d.ID > got.ID) {
				t.Fatalf("on %s: paid to %s, which %s replaced", on, got.ID, d.ID)
			}
		}
	})
}
