package rpc_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
)

// together makes all calls at the same time, and returns the reasons of their
// refusals by name, "" for a success.
func together(calls map[string]func() error) map[string]string {
	var mu sync.Mutex
	var all sync.WaitGroup
	begin := make(chan struct{})
	reasons := map[string]string{}
	for name, call := range calls {
		all.Go(func() {
			<-begin
			err := call()
			mu.Lock()
			defer mu.Unlock()
			reasons[name] = ""
			if err != nil {
				reasons[name], _, _ = strings.Cut(err.Error(), ":")
			}
		})
	}
	close(begin)
	all.Wait()
	return reasons
}

const races = 4

// Of the consents of several challengers at once, and of each's many clicks, one
// moves the customer.
func TestRace_TheFirstConsentWins(t *testing.T) {
	for round := range races {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			w := beginTransfers(t)
			w.customer.addSubscription("cus_1", "softcat", "2025-05-01", "2026-05-01")
			rivals := map[string]*partnerv1.Transfer{}
			calls := map[string]func() error{}
			for _, challenger := range []auth.Caller{cdw, bytes} {
				for i := range 2 {
					x, token := w.asked(challenger)
					name := fmt.Sprint(challenger.PartnerID, i)
					rivals[name] = x
					for _, click := range []string{"", " again"} {
						calls[name+click] = func() error { _, err := w.give(token, choice); return err }
					}
				}
			}
			reasons := together(calls)
			var winners []string
			for name, x := range rivals {
				state := w.transfer(ann, x).GetState()
				if state == isCompleted {
					winners = append(winners, name)
				}
				for _, click := range []string{"", " again"} {
					want := map[bool]string{true: "", false: "TRANSFER_NOT_OPEN"}[state == isCompleted]
					if got := reasons[name+click]; got != want {
						t.Errorf("%s%s, which is %s, was answered %q", name, click, state, got)
					}
				}
			}
			if len(winners) != 1 || len(w.customer.reassigned) != 2 || len(w.contract(sub1).GetPartnersOfRecord()) != 2 {
				t.Errorf("won by %v, with %d moves", winners, len(w.customer.reassigned))
			}
			cases, err := partnerv1.NewConductServiceClient(w.env.As(ann)).ListCases(w.ctx(), &partnerv1.ListCasesRequest{})
			if err != nil || len(cases.GetCases()) != 2 {
				t.Errorf("%d cases, %v", len(cases.GetCases()), err)
			}
		})
	}
}

// A consent, the challenger's cancel, the clock, and the incumbent's release and
// contest at once come to one end, without a leak and without an internal error.
func TestRace_BothSidesAtOnceComeToOneEnd(t *testing.T) {
	for round := range races {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			w := beginTransfers(t)
			x, token := w.asked(cdw)
			reasons := together(map[string]func() error{
				"consent": func() error { _, err := w.give(token, serviceFailure); return err },
				"cancel": func() error {
					_, err := w.transfers(cdw).CancelTransfer(w.ctx(), &partnerv1.CancelTransferRequest{TransferId: x.GetTransferId(), RequestId: key()})
					return err
				},
				"release": func() error {
					_, err := w.transfers(softcat).ReleaseTransfer(w.ctx(), &partnerv1.ReleaseTransferRequest{TransferId: x.GetTransferId(), RequestId: key()})
					return err
				},
				"contest": func() error {
					_, err := w.transfers(softcat).ContestTransfer(w.ctx(), &partnerv1.ContestTransferRequest{
						TransferId: x.GetTransferId(), ReasonText: "no", RequestId: key(),
					})
					return err
				},
				"deliver": func() error { w.deliver(x); return nil },
				"expire":  func() error { _, err := w.app.ExpireTransfers(w.ctx()); return err },
			})
			moved := reasons["consent"] == ""
			if moved == (reasons["cancel"] == "") {
				t.Fatalf("both or neither: %v", reasons)
			}
			allowed := map[string][]string{
				"consent": {"", "TRANSFER_NOT_OPEN"}, "cancel": {"", "TRANSFER_NOT_OPEN"}, "release": {"", "NOT_FOUND"},
				"contest": {"", "NOT_FOUND", "STATE_INVALID"}, "deliver": {""}, "expire": {""},
			}
			for name, got := range reasons {
				if !strings.Contains(strings.Join(allowed[name], " ")+" ", got+" ") {
					t.Errorf("%s was answered %q", name, got)
				}
			}
			if moved {
				w.wantState(cdw, x, isCompleted)
				return
			}
			w.wantState(cdw, x, isCancelled)
			if reasons["release"] == "" || reasons["contest"] == "" || len(w.customer.reassigned) > 0 {
				t.Errorf("after a cancel: %v", reasons)
			}
		})
	}
}

// Many deliveries of one request at once send one mail.
func TestRace_OneMailPerRequest(t *testing.T) {
	w := beginTransfers(t)
	x := w.request(cdw)
	calls := map[string]func() error{}
	for i := range 5 {
		calls[fmt.Sprint(i)] = func() error { _ = w.app.DeliverConsent(w.ctx(), idOf(x)); return nil } // some find another at work
	}
	together(calls)
	if n := len(w.outbox.all()); n != 1 {
		t.Errorf("%d mails", n)
	}
}
