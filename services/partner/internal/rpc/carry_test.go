package rpc_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/jobs"
)

var errLost = errors.New("the connection broke")

// carryOut carries a transfer out, as its job does.
func (w *world) carryOut(x *partnerv1.Transfer) error {
	return w.app.CarryOut(context.Background(), idOf(x))
}

func TestCarryOut_GoesOnUntilTheContractHasAnswered(t *testing.T) {
	for name, lose := range map[string]func(*customerDouble){
		"the request was lost": func(d *customerDouble) { d.before = func() error { return errLost } },
		"the answer was lost":  func(d *customerDouble) { d.after = func() error { return errLost } },
	} {
		t.Run(name, func(t *testing.T) {
			w := beginTransfers(t)
			w.customer.with(func() { lose(w.customer) })
			x := w.consented(choice) // the customer's consent does not wait for it
			w.wantState(cdw, x, isConsented)
			if err := w.carryOut(x); err == nil {
				t.Error("a job without an answer has ended")
			}
			w.customer.with(func() { w.customer.before, w.customer.after = nil, nil })
			w.wait(40 * day)
			for range 2 { // a job may run twice
				w.check(w.carryOut(x))
			}
			w.wantState(cdw, x, isCompleted)
			if n := len(w.contract(sub1).GetPartnersOfRecord()); n != 2 {
				t.Errorf("%d partners of record", n)
			}
		})
	}
}

func TestCarryOut_FailsByTheContractsLastWord(t *testing.T) {
	for want, change := range map[string]func(*customerv1.Subscription){
		"SUBSCRIPTION_CANCELLED": func(s *customerv1.Subscription) {
			s.State, s.CancelDate = customerv1.SubscriptionState_SUBSCRIPTION_STATE_CANCELLED, "2026-03-05"
		},
		"PARTNER_CHANGED": func(s *customerv1.Subscription) { s.PartnersOfRecord[0].PartnerId = "bytes" },
	} {
		t.Run(want, func(t *testing.T) {
			w := beginTransfers(t)
			w.customer.addSubscription("cus_1", "softcat", "2025-05-01", "2026-05-01")
			x, token := w.asked(cdw)
			w.customer.with(func() { change(w.customer.subscriptions[0]) })
			_, err := w.give(token, choice)
			w.check(err)
			for caller, moves := range map[string]*partnerv1.Transfer{"challenger": w.transfer(cdw, x), "incumbent": w.transfer(softcat, x)} {
				if got := moves.GetMoves()[0].GetFailureReason(); got != want || moves.GetMoves()[1].GetFailureReason() != "" || moves.GetState() != isCompleted {
					t.Errorf("the %s sees %v", caller, moves)
				}
			}
		})
	}
}

func TestCarryOut_FailsIfNothingMoved(t *testing.T) {
	w := beginTransfers(t)
	x, token := w.asked(cdw)
	w.customer.with(func() { w.customer.subscriptions[0].PartnersOfRecord[0].PartnerId = "bytes" })
	_, err := w.give(token, choice)
	w.check(err)
	w.wantState(cdw, x, isFailed)
	feed := w.feed()
	if last := feed[len(feed)-1]; last.GetKind() != "transfer.failed" {
		t.Errorf("the last event is %s", last.GetKind())
	}
	w.customer.with(func() { w.customer.subscriptions[0].PartnersOfRecord[0].PartnerId = "softcat" })
	again := w.consented(choice) // nothing keeps the customer from moving
	w.wantState(cdw, again, isCompleted)
}

func TestSweep_GivesAJobToWhatHasLostItsOwn(t *testing.T) {
	w := beginTransfers(t)
	w.customer.with(func() { w.customer.before = func() error { return errLost } })
	w.consented(choice)
	w.request(bytes)
	_, err := w.db.SystemPool().Exec(t.Context(), "DELETE FROM river_job")
	w.check(err)
	for _, want := range []int{2, 0} {
		n, err := w.app.SweepTransfers(t.Context(), jobs.DeliverConsent{}.Kind(), jobs.CarryOut{}.Kind())
		if n != want || err != nil {
			t.Errorf("swept %d, %v; want %d", n, err, want)
		}
	}
}

func TestQueue_CarriesOutWhatADeadProcessLeft(t *testing.T) {
	w := beginTransfers(t)
	queue := w.useQueue()
	queue.Patience = 0
	w.customer.with(func() { w.customer.before = func() error { return errLost } })
	x := w.consented(choice)
	_, err := w.db.SystemPool().Exec(t.Context(), "DELETE FROM river_job") // the sweeper finds it
	w.check(err)
	moved := make(chan struct{})
	w.customer.with(func() {
		w.customer.before = nil
		w.customer.after = func() error {
			w.customer.after = nil
			close(moved)
			return nil
		}
	})
	ctx, stop := context.WithCancel(w.ctx())
	ended := make(chan error, 1)
	go func() { ended <- queue.Run(ctx) }()
	select {
	case <-moved:
	case <-w.ctx().Done():
		t.Error("the job did not run")
	}
	stop()
	w.check(<-ended) // with what is under way
	w.wantState(cdw, x, isCompleted)
}

func TestTransfers_OfATermThatIsRenewedMeanwhileStillMove(t *testing.T) {
	w := beginTransfers(t)
	x, token := w.asked(cdw)
	w.customer.with(func() {
		sub := w.customer.subscriptions[0]
		sub.Terms = append(sub.Terms, &customerv1.Term{StartDate: "2026-04-01", EndDate: "2027-04-01", TermMonths: 12, BookedBy: "sbm_1"})
		sub.TermStartDate, sub.TermEndDate = "2026-04-01", "2027-04-01"
	})
	_, err := w.give(token, choice)
	w.check(err)
	var from []string
	for _, p := range w.contract(sub1).GetPartnersOfRecord() {
		from = append(from, p.GetPartnerId()+" "+p.GetFromDate())
	}
	if diff := cmp.Diff([]string{"softcat 2025-04-01", "cdw 2026-04-01"}, from); diff != "" {
		t.Errorf("%s: %s", x.GetTransferId(), diff)
	}
}
