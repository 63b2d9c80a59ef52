package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// monthlyActor is who renews monthly terms.
var monthlyActor = auth.Caller{Service: "commission"}

// RenewMonthly submits the monthly renewals that are due, as the system, and
// returns how many were booked. One that is refused stays for people to look
// at, and does not hold up the others.
func (a *App) RenewMonthly(ctx context.Context) (booked int, err error) {
	ctx = auth.With(pg.WithScope(ctx, pg.System()), monthlyActor)
	var problems []error
	for after := ""; ; {
		due, err := a.monthlyDue(ctx, after)
		if err != nil {
			return booked, err
		}
		if len(due) == 0 {
			return booked, errors.Join(problems...)
		}
		for _, id := range due {
			switch renewed, err := a.renewMonth(ctx, id); {
			case err != nil:
				problems = append(problems, fmt.Errorf("renewal %s: %w", id, err))
			case renewed:
				booked++
			}
		}
		after = due[len(due)-1]
	}
}

func (a *App) monthlyDue(ctx context.Context, after string) (due []string, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		due, err = tx.MonthlyDue(ctx, a.now(), after, sweepBatch)
		return err
	})
	return due, err
}

// renewMonth submits one renewal. Its key is the renewal itself, so that two
// replicas make one submission; a refused one is tried again the next day.
func (a *App) renewMonth(ctx context.Context, id string) (bool, error) {
	key := idem.Key{Caller: monthlyActor.String(), RequestID: id + "@" + a.today().String(), Method: "RenewMonthly", Fingerprint: []byte(id)}
	s, err := a.SubmitRenewal(idem.WithKey(ctx, key), Order{Offer: Offer{RenewalID: id}})
	if refusal, ok := fault.Of(err); ok && refusal.Reason == postgres.ErrOneLive.Reason {
		return false, nil
	}
	return s.State == records.Booked, err
}
