package app

import (
	"context"
	"errors"

	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// CreateCodeVersion adds a draft.
func (a *App) CreateCodeVersion(ctx context.Context, draft code.Version, numbers code.Numbers) (code.Version, error) {
	var created code.Version
	err := once(ctx, a, &created, func(tx *postgres.Store) (err error) {
		draft.ID = code.ID(ident.New("cod_"))
		draft.Policy = code.Defaults().Fill(numbers)
		if created, err = code.Write(draft, a.instant()); err != nil {
			return err
		}
		if err := tx.InsertCodeVersion(ctx, created); err != nil {
			return err
		}
		return a.recordVersion(ctx, tx, "code_version.created", created)
	})
	return created, err
}

// GetCodeVersion returns the version, or code.ErrNotFound.
func (a *App) GetCodeVersion(ctx context.Context, id code.ID) (found code.Version, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.CodeVersion(ctx, id)
		return err
	})
	return found, err
}

// ListCodeVersions lists versions, newest effective date first; with a day,
// only the one in force on it.
func (a *App) ListCodeVersions(ctx context.Context, q code.Query, inForceOn calendar.Date) (found []code.Version, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		if inForceOn.IsZero() {
			found, err = tx.CodeVersions(ctx, q)
			return err
		}
		one, err := tx.CodeVersionInForce(ctx, inForceOn)
		switch {
		case errors.Is(err, code.ErrNotFound):
			found = nil
			return nil
		case err != nil:
			return err
		}
		found = []code.Version{one}
		return nil
	})
	return found, err
}

// ProposeCodeVersion takes the first of the two decisions about a version.
func (a *App) ProposeCodeVersion(ctx context.Context, t Target[code.ID]) (code.Version, error) {
	return a.decide(ctx, t, "code_version.proposed", code.Version.Propose)
}

// ApproveCodeVersion takes the second, after which the version counts.
func (a *App) ApproveCodeVersion(ctx context.Context, t Target[code.ID]) (code.Version, error) {
	return a.decide(ctx, t, "code_version.approved", code.Version.Approve)
}

func (a *App) decide(ctx context.Context, t Target[code.ID], kind string,
	decision func(code.Version, code.Decision) (code.Version, error),
) (code.Version, error) {
	var decided code.Version
	err := once(ctx, a, &decided, func(tx *postgres.Store) error {
		if err := tx.LockDecisions(ctx); err != nil {
			return err
		}
		current, err := tx.CodeVersion(ctx, t.ID)
		if err != nil {
			return err
		}
		if err := current.Revision.Check(t.Etag); err != nil {
			return err
		}
		approved, err := tx.AnyApproved(ctx)
		if err != nil {
			return err
		}
		decided, err = decision(current, code.Decision{By: actor(ctx), At: a.instant(), Today: a.today(), First: !approved})
		if err != nil {
			return err
		}
		if err := tx.DecideCodeVersion(ctx, decided); err != nil {
			return err
		}
		return a.recordVersion(ctx, tx, kind, decided)
	})
	return decided, err
}

func (a *App) recordVersion(ctx context.Context, tx *postgres.Store, kind string, v code.Version) error {
	return a.record(ctx, tx, change{kind: kind, id: string(v.ID), revision: v.Revision, snapshot: v})
}
