package app

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/partner/internal/conduct"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// openCase opens a case with its event. It fills in what its caller leaves out:
// id, policy, day and instant. It runs in the scope of the vendor.
func (a *App) openCase(ctx context.Context, tx *postgres.Store, o conduct.Opening) (conduct.Case, error) {
	var err error
	if o.Policy, err = policyOn(ctx, tx, o.Facts.Requested); err != nil {
		return conduct.Case{}, err
	}
	o.ID, o.Today, o.At = conduct.ID(ident.New("cas_")), a.today(), a.instant()
	opened, err := conduct.Open(o)
	if err != nil {
		return conduct.Case{}, err
	}
	if err := tx.InsertCase(ctx, opened); err != nil {
		return conduct.Case{}, err
	}
	return opened, a.recordCase(ctx, tx, "case.opened", opened)
}

// releaseCase lets the customer go for the incumbent that calls: the verdict
// becomes CLEAN for good. It runs in the scope of the vendor.
func (a *App) releaseCase(ctx context.Context, tx *postgres.Store, id conduct.ID) (conduct.Case, error) {
	return a.actInCase(ctx, tx, id, "case.released", func(c conduct.Case) (conduct.Case, error) {
		return c.Release(a.deed(ctx, conduct.Incumbent, ""))
	})
}

// contestCase contests the claimed exemption for the incumbent that calls. It
// runs in the scope of the vendor.
func (a *App) contestCase(ctx context.Context, tx *postgres.Store, id conduct.ID, text string) (conduct.Case, error) {
	return a.actInCase(ctx, tx, id, "case.contested", func(c conduct.Case) (conduct.Case, error) {
		return c.Contest(a.deed(ctx, conduct.Incumbent, text))
	})
}

// actInCase reads a case, acts and saves it with its event, unless nothing has
// changed.
func (a *App) actInCase(ctx context.Context, tx *postgres.Store, id conduct.ID, kind string, act func(conduct.Case) (conduct.Case, error)) (conduct.Case, error) {
	current, err := tx.CaseForUpdate(ctx, id)
	if err != nil {
		return conduct.Case{}, err
	}
	changed, err := act(current)
	if err != nil || changed.Revision == current.Revision {
		return changed, err
	}
	if err := tx.UpdateCase(ctx, changed, len(current.Decisions)); err != nil {
		return conduct.Case{}, err
	}
	if len(changed.Evidence) > len(current.Evidence) {
		if err := tx.InsertEvidence(ctx, changed); err != nil {
			return conduct.Case{}, err
		}
	}
	return changed, a.recordCase(ctx, tx, kind, changed)
}

func (a *App) deed(ctx context.Context, side conduct.Side, text string) conduct.Deed {
	return conduct.Deed{By: actor(ctx), Side: side, Text: text, Today: a.today(), At: a.instant()}
}

func (a *App) recordCase(ctx context.Context, tx *postgres.Store, kind string, c conduct.Case) error {
	return a.record(ctx, tx, change{kind: kind, id: string(c.ID), revision: c.Revision, snapshot: c})
}
