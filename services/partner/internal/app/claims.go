package app

import (
	"context"
	"slices"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/registrations"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/domain"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// CheckConflict reports whether an open registration of another partner
// reserves the customer with a domain, for a family.
func (a *App) CheckConflict(ctx context.Context, written, family string) (conflict bool, err error) {
	name, err := domain.Parse(written)
	if err != nil {
		return false, fault.At("domain", err)
	}
	customer, err := a.registrant(ctx, name)
	if err != nil {
		return false, err
	}
	everyones := pg.WithScope(ctx, pg.System())
	err = a.store.InReadTx(everyones, func(tx *postgres.Store) error {
		holders, err := tx.ClaimHolders(everyones, customer.Claims(), family, a.today())
		conflict = slices.ContainsFunc(holders, func(h registrations.Holder) bool { return !owns(ctx, h.PartnerID) })
		return err
	})
	return conflict, err
}

// owns reports whether a partner is the one that calls, or one that it acts for.
func owns(ctx context.Context, partner partners.ID) bool {
	caller, _ := auth.From(ctx)
	return slices.Contains(caller.PartnerIDs, string(partner))
}

// SubmitDealRegistration hands a registration to the vendor. From then on it
// reserves its customer. Of many at once, the first to commit wins.
func (a *App) SubmitDealRegistration(ctx context.Context, t Target[registrations.ID]) (registrations.Registration, error) {
	customer, t, err := a.aboutWhom(ctx, t)
	if err != nil {
		return registrations.Registration{}, err
	}
	ctx = pg.WithScope(ctx, pg.System()) // others' claims count
	return a.changeRegistration(ctx, t, "deal_registration.submitted",
		func(tx *postgres.Store, r registrations.Registration) (registrations.Registration, error) {
			owner, err := tx.Partner(ctx, r.PartnerID)
			if err != nil {
				return r, err
			}
			submitted, err := r.Submit(owner, a.instant())
			if err != nil {
				return r, err
			}
			return submitted, a.claim(ctx, tx, submitted, customer)
		})
}

// ApproveDealRegistration lets a registration live. What it reserves is looked
// at once more: groups may have changed since it was submitted.
func (a *App) ApproveDealRegistration(ctx context.Context, t Target[registrations.ID]) (registrations.Registration, error) {
	customer, t, err := a.aboutWhom(ctx, t)
	if err != nil {
		return registrations.Registration{}, err
	}
	group, err := a.group(ctx, Order{Domain: string(customer.Domains[0]), On: a.today(), Start: calendar.Last})
	if err != nil {
		return registrations.Registration{}, err
	}
	return a.changeRegistration(ctx, t, "deal_registration.approved",
		func(tx *postgres.Store, r registrations.Registration) (registrations.Registration, error) {
			policy, err := policyOn(ctx, tx, a.today())
			if err != nil {
				return r, err
			}
			approved, err := r.Approve(registrations.Approval{
				Code: policy.Version, Policy: policy.Policy, Today: a.today(), PaidUntil: group.paidUntil,
			})
			if err != nil {
				return r, err
			}
			return approved, a.claim(ctx, tx, approved, customer)
		})
}

// aboutWhom finds out which customer a registration is about. It calls another
// service, so it comes before the transaction: the target it returns is bound
// to the registration as it was read here.
func (a *App) aboutWhom(ctx context.Context, t Target[registrations.ID]) (registrations.Customer, Target[registrations.ID], error) {
	read, err := a.GetDealRegistration(ctx, t.ID)
	if err != nil {
		return registrations.Customer{}, t, err
	}
	if t.Etag == "" {
		t.Etag = read.Revision.Etag()
	}
	customer, err := a.registrant(ctx, read.Domain)
	return customer, t, err
}

// claim reserves what r needs, or returns registrations.ErrTaken. What holds a
// claim though its time is over is expired first.
func (a *App) claim(ctx context.Context, tx *postgres.Store, r registrations.Registration, customer registrations.Customer) error {
	claims := customer.Claims()
	overdue, err := tx.OverdueHolders(ctx, claims, r.FamilyID, a.today())
	if err != nil {
		return err
	}
	if err := a.expireAll(ctx, tx, overdue); err != nil {
		return err
	}
	won, err := tx.Claim(ctx, r, claims)
	if err != nil || won {
		return err
	}
	holders, err := tx.ClaimHolders(ctx, claims, r.FamilyID, a.today())
	if err != nil {
		return err
	}
	return taken(ctx, r.ID, holders)
}

// taken tells the loser what it may know: which registration it lost against if
// that is its own, and everything if it is the vendor.
func taken(ctx context.Context, loser registrations.ID, holders []registrations.Holder) error {
	caller, _ := auth.From(ctx)
	for _, h := range holders {
		if h.ID != loser && (caller.PartnerID == "" || owns(ctx, h.PartnerID)) {
			return h.Taken(true)
		}
	}
	return registrations.Holder{}.Taken(false)
}

// expire stores that a registration's time is over. No caller has done that.
func (a *App) expire(ctx context.Context, tx *postgres.Store, r registrations.Registration) error {
	expired, over := r.Expire(a.today())
	if !over {
		return nil
	}
	return a.saveRegistration(auth.With(ctx, self), tx, "deal_registration.expired", expired)
}

// self is this service as an actor.
var self = auth.Caller{Service: "partner"}

// someOverdue is how many registrations are expired in one transaction.
const someOverdue = 100

// ExpireRegistrations stores which registrations are over, and frees what they
// reserved. It returns how many there were.
func (a *App) ExpireRegistrations(ctx context.Context) (expired int, err error) {
	ctx = pg.WithScope(ctx, pg.System())
	for more := true; more; {
		var overdue []registrations.Registration
		err := a.store.InTx(ctx, func(tx *postgres.Store) (err error) {
			if overdue, err = tx.OverdueRegistrations(ctx, a.today(), someOverdue); err != nil {
				return err
			}
			return a.expireAll(ctx, tx, overdue)
		})
		if err != nil {
			return expired, err
		}
		expired += len(overdue)
		more = len(overdue) == someOverdue
	}
	return expired, nil
}

func (a *App) expireAll(ctx context.Context, tx *postgres.Store, overdue []registrations.Registration) error {
	for _, r := range overdue {
		if err := a.expire(ctx, tx, r); err != nil {
			return err
		}
	}
	return nil
}
