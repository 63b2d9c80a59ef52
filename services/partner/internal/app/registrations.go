package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/partner/internal/mergers"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/registrations"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// CreateDealRegistration writes a draft for a partner, or for the one that
// calls if none is named.
func (a *App) CreateDealRegistration(ctx context.Context, partner partners.ID, deal registrations.Deal) (registrations.Registration, error) {
	const field = "deal_registration.partner_id"
	partner, err := challengerOf(ctx, partner)
	if err != nil {
		return registrations.Registration{}, fault.At(field, err)
	}
	var created registrations.Registration
	err = once(ctx, a, &created, func(tx *postgres.Store) error {
		owner, err := tx.Partner(ctx, partner)
		if err != nil {
			return fault.At(field, err)
		}
		if owner.MergedInto != "" {
			return mergers.ErrStateInvalid.Because(
				"partner "+string(owner.ID)+" was absorbed; register new deals for "+string(owner.MergedInto), "merged_into", string(owner.MergedInto)).On(field)
		}
		if created, err = registrations.Write(owner, deal, a.instant()); err != nil {
			return err
		}
		created.ID = registrations.ID(ident.New("dre_"))
		if err := tx.InsertRegistration(ctx, created); err != nil {
			return err
		}
		return a.recordRegistration(ctx, tx, "deal_registration.created", created)
	})
	return created, err
}

// GetDealRegistration returns the registration as it stands today, or
// registrations.ErrNotFound.
func (a *App) GetDealRegistration(ctx context.Context, id registrations.ID) (found registrations.Registration, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.Registration(ctx, id)
		return err
	})
	return found.Seen(a.today()), err
}

// ListDealRegistrations lists registrations as they stand today, newest first.
func (a *App) ListDealRegistrations(ctx context.Context, q registrations.Query) (found []registrations.Registration, err error) {
	q.Today = a.today()
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.Registrations(ctx, q)
		return err
	})
	for i := range found {
		found[i] = found[i].Seen(q.Today)
	}
	return found, err
}

// UpdateDealRegistration changes what a partner has written.
func (a *App) UpdateDealRegistration(ctx context.Context, t Target[registrations.ID], u registrations.Update) (registrations.Registration, error) {
	return a.changeRegistration(ctx, t, "deal_registration.updated", func(_ *postgres.Store, r registrations.Registration) (registrations.Registration, error) {
		return r.Update(u)
	})
}

// RequestInformation asks the partner for more.
func (a *App) RequestInformation(ctx context.Context, t Target[registrations.ID], ask registrations.Request) (registrations.Registration, error) {
	return a.changeRegistration(ctx, t, "deal_registration.information_requested",
		func(_ *postgres.Store, r registrations.Registration) (registrations.Registration, error) {
			return r.Request(ask)
		})
}

// RejectDealRegistration ends a registration by the vendor's word.
func (a *App) RejectDealRegistration(ctx context.Context, t Target[registrations.ID], note string) (registrations.Registration, error) {
	return a.changeRegistration(ctx, t, "deal_registration.rejected",
		func(_ *postgres.Store, r registrations.Registration) (registrations.Registration, error) {
			return r.Reject(note)
		})
}

// ExtendDealRegistration lets an approval live longer, once.
func (a *App) ExtendDealRegistration(ctx context.Context, t Target[registrations.ID]) (registrations.Registration, error) {
	return a.changeRegistration(ctx, t, "deal_registration.extended",
		func(tx *postgres.Store, r registrations.Registration) (registrations.Registration, error) {
			policy, err := policyOn(ctx, tx, a.today())
			if err != nil {
				return r, err
			}
			return r.Extend(a.today(), policy.RegistrationExtensionDays)
		})
}

// WithdrawDealRegistration ends a registration by its partner's word.
func (a *App) WithdrawDealRegistration(ctx context.Context, t Target[registrations.ID]) (registrations.Registration, error) {
	return a.changeRegistration(ctx, t, "deal_registration.withdrawn",
		func(_ *postgres.Store, r registrations.Registration) (registrations.Registration, error) {
			return r.Withdraw()
		})
}

// changeRegistration does something to a registration, and frees what it
// reserved if that ends it. What changes nothing is not recorded.
func (a *App) changeRegistration(ctx context.Context, t Target[registrations.ID], kind string,
	decide func(*postgres.Store, registrations.Registration) (registrations.Registration, error),
) (registrations.Registration, error) {
	var changed registrations.Registration
	err := once(ctx, a, &changed, func(tx *postgres.Store) error {
		current, err := tx.RegistrationForUpdate(ctx, t.ID)
		if err != nil {
			return err
		}
		if err := current.Revision.Check(t.Etag); err != nil {
			return err
		}
		if changed, err = decide(tx, current); err != nil || changed.Revision == current.Revision {
			return err
		}
		return a.saveRegistration(ctx, tx, kind, changed)
	})
	return changed.Seen(a.today()), err
}

// saveRegistration writes a change and its event, and frees the claims of a
// registration that is not open any more.
func (a *App) saveRegistration(ctx context.Context, tx *postgres.Store, kind string, r registrations.Registration) error {
	if err := tx.UpdateRegistration(ctx, r); err != nil {
		return err
	}
	if !r.Open(a.today()) {
		if err := tx.FreeClaims(ctx, r.ID); err != nil {
			return err
		}
	}
	return a.recordRegistration(ctx, tx, kind, r)
}

func (a *App) recordRegistration(ctx context.Context, tx *postgres.Store, kind string, r registrations.Registration) error {
	return a.record(ctx, tx, change{kind: kind, id: string(r.ID), partner: string(r.PartnerID), revision: r.Revision, snapshot: r})
}
