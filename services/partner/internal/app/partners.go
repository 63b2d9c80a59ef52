package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/selling"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// CreatePartner enrols a partner.
func (a *App) CreatePartner(ctx context.Context, p partners.Partner) (partners.Partner, error) {
	var created partners.Partner
	err := once(ctx, a, &created, func(tx *postgres.Store) (err error) {
		if created, err = partners.Enrol(p, a.instant()); err != nil {
			return err
		}
		if err := tx.InsertPartner(ctx, created); err != nil {
			return err
		}
		return a.recordPartner(ctx, tx, "partner.created", created)
	})
	return created, err
}

// GetPartner returns the partner, or partners.ErrNotFound.
func (a *App) GetPartner(ctx context.Context, id partners.ID) (found partners.Partner, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.Partner(ctx, id)
		return err
	})
	return found, err
}

// ListPartners lists partners in the order of their ids.
func (a *App) ListPartners(ctx context.Context, q partners.Query) (found []partners.Partner, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.Partners(ctx, q)
		return err
	})
	return found, err
}

// Target is the resource that a change is meant for, as its caller has read
// it. An empty etag is not checked.
type Target[ID ~string] struct {
	ID   ID
	Etag string
}

// UpdatePartner changes what a partner is called and where it lives.
func (a *App) UpdatePartner(ctx context.Context, t Target[partners.ID], u partners.Update) (partners.Partner, error) {
	return a.changePartner(ctx, t, "partner.updated", func(p partners.Partner) (partners.Partner, error) {
		u.At = a.instant()
		return p.Update(u)
	})
}

// SuspendPartner keeps a partner from selling.
func (a *App) SuspendPartner(ctx context.Context, t Target[partners.ID], cause partners.Cause) (partners.Partner, error) {
	return a.changePartner(ctx, t, "partner.suspended", func(p partners.Partner) (partners.Partner, error) {
		return p.Suspend(partners.Suspension{Cause: cause, On: a.today(), At: a.instant()})
	})
}

// ReinstatePartner lets a suspended partner sell again.
func (a *App) ReinstatePartner(ctx context.Context, t Target[partners.ID]) (partners.Partner, error) {
	return a.changePartner(ctx, t, "partner.reinstated", func(p partners.Partner) (partners.Partner, error) {
		return p.Reinstate(a.instant())
	})
}

func (a *App) changePartner(ctx context.Context, t Target[partners.ID], kind string,
	decide func(partners.Partner) (partners.Partner, error),
) (partners.Partner, error) {
	var changed partners.Partner
	err := once(ctx, a, &changed, func(tx *postgres.Store) error {
		current, err := tx.PartnerForUpdate(ctx, t.ID)
		if err != nil {
			return err
		}
		if err := current.Revision.Check(t.Etag); err != nil {
			return err
		}
		if changed, err = decide(current); err != nil {
			return err
		}
		if err := tx.UpdatePartner(ctx, changed); err != nil {
			return err
		}
		return a.recordPartner(ctx, tx, kind, changed)
	})
	return changed, err
}

func (a *App) recordPartner(ctx context.Context, tx *postgres.Store, kind string, p partners.Partner) error {
	return a.record(ctx, tx, change{kind: kind, id: string(p.ID), partner: string(p.ID), revision: p.Revision, snapshot: p})
}

// GetSellingTerms returns what a sale by a partner depends on, on a day or, if
// it is no date, today.
func (a *App) GetSellingTerms(ctx context.Context, id partners.ID, on calendar.Date) (terms selling.Terms, err error) {
	if on.IsZero() {
		on = a.today()
	}
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		terms, err = tx.SellingTerms(ctx, id, on)
		return err
	})
	return terms, err
}
