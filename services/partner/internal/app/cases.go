package app

import (
	"context"
	"slices"

	"github.com/holdfast-channel/holdfast/services/partner/internal/conduct"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// GetCase returns the case as the caller may see it, or conduct.ErrNotFound.
func (a *App) GetCase(ctx context.Context, id conduct.ID) (conduct.View, error) {
	ids := callersPartners(ctx)
	var found conduct.Case
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		if len(ids) == 0 {
			found, err = tx.WholeCase(ctx, id)
		} else {
			found, err = tx.Case(ctx, id)
		}
		return err
	})
	return found.View(found.SideOf(ids...), a.today()), err
}

// FindCase returns the case about a subscription that came by a transfer or an
// order, of which one must be named, or conduct.ErrNotFound.
func (a *App) FindCase(ctx context.Context, subscription, transfer, submission string) (conduct.View, error) {
	if (transfer == "") == (submission == "") {
		return conduct.View{}, conduct.ErrFactMissing.Because("name either the transfer or the submission that brought the subscription").On("transfer_id")
	}
	var found conduct.Case
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		if transfer != "" {
			found, err = tx.CaseOfTransfer(ctx, subscription, transfer)
			return err
		}
		found, err = tx.CaseOfOrder(ctx, submission)
		if err == nil && found.Subscription != subscription {
			return conduct.ErrNotFound
		}
		return err
	})
	return found.View("", a.today()), err
}

// ListCases lists cases as the caller may see them, newest first.
func (a *App) ListCases(ctx context.Context, q conduct.Query) ([]conduct.View, error) {
	ids := callersPartners(ctx)
	q.Today, q.Whole = a.today(), len(ids) == 0
	if len(ids) > 0 {
		q.Partners = theirOwn(q.Partners, ids)
		if len(q.Partners) == 0 {
			return nil, nil
		}
	}
	var found []conduct.Case
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.Cases(ctx, q)
		return err
	})
	views := make([]conduct.View, len(found))
	for i, c := range found {
		views[i] = c.View(c.SideOf(ids...), q.Today)
	}
	return views, err
}

// theirOwn returns which of the wanted partners a caller acts for; all of them
// if it wants none in particular.
func theirOwn(wanted, own []partners.ID) []partners.ID {
	if len(wanted) == 0 {
		return own
	}
	return slices.DeleteFunc(slices.Clone(wanted), func(id partners.ID) bool { return !slices.Contains(own, id) })
}

// SubmitEvidence adds a piece of evidence for the caller's side.
func (a *App) SubmitEvidence(ctx context.Context, id conduct.ID, e conduct.Evidence) (conduct.View, error) {
	return a.changeCase(ctx, Target[conduct.ID]{ID: id}, "case.evidence", func(c conduct.Case, side conduct.Side) (conduct.Case, error) {
		e.ID, e.Side, e.CreateTime = ident.New("evd_"), side, a.instant()
		switch side {
		case conduct.Challenger:
			e.PartnerID = c.Partner
		case conduct.Incumbent:
			e.PartnerID = c.Incumbent
		}
		return c.Add(e, a.today())
	})
}

// DecideCase decides a case that is under review.
func (a *App) DecideCase(ctx context.Context, t Target[conduct.ID], grant bool, text string) (conduct.View, error) {
	return a.changeCase(ctx, t, "case.decided", func(c conduct.Case, _ conduct.Side) (conduct.Case, error) {
		return c.Decide(conduct.Ruled{Deed: a.deed(ctx, "", text), Grant: grant})
	})
}

// AppealCase appeals for the caller's side.
func (a *App) AppealCase(ctx context.Context, t Target[conduct.ID], text string) (conduct.View, error) {
	return a.changeCase(ctx, t, "case.appealed", func(c conduct.Case, side conduct.Side) (conduct.Case, error) {
		return c.Appeal(a.deed(ctx, side, text))
	})
}

// DecideAppeal decides an appeal, for good.
func (a *App) DecideAppeal(ctx context.Context, t Target[conduct.ID], uphold bool, text string) (conduct.View, error) {
	return a.changeCase(ctx, t, "case.appeal_decided", func(c conduct.Case, _ conduct.Side) (conduct.Case, error) {
		return c.DecideAppeal(conduct.Ruled{Deed: a.deed(ctx, "", text), Grant: uphold})
	})
}

// ProposeWaiver takes the first of the two decisions about waiving a cap.
func (a *App) ProposeWaiver(ctx context.Context, t Target[conduct.ID], text string) (conduct.View, error) {
	return a.changeCase(ctx, t, "case.waiver_proposed", func(c conduct.Case, _ conduct.Side) (conduct.Case, error) {
		return c.ProposeWaiver(a.deed(ctx, "", text))
	})
}

// ApproveWaiver takes the second, after which the cap is gone for good.
func (a *App) ApproveWaiver(ctx context.Context, t Target[conduct.ID]) (conduct.View, error) {
	return a.changeCase(ctx, t, "case.waived", func(c conduct.Case, _ conduct.Side) (conduct.Case, error) {
		return c.ApproveWaiver(a.deed(ctx, "", ""))
	})
}

// changeCase lets the caller act in a case that it may see. What one side does
// touches the other's, so it is done in the scope of the vendor.
func (a *App) changeCase(ctx context.Context, t Target[conduct.ID], kind string,
	act func(conduct.Case, conduct.Side) (conduct.Case, error),
) (conduct.View, error) {
	seen, err := a.GetCase(ctx, t.ID)
	if err != nil {
		return conduct.View{}, err
	}
	ctx = pg.WithScope(ctx, pg.System())
	var changed conduct.Case
	err = once(ctx, a, &changed, func(tx *postgres.Store) (err error) {
		changed, err = a.actInCase(ctx, tx, t.ID, kind, func(c conduct.Case) (conduct.Case, error) {
			if err := c.Seen(seen.Side).Revision.Check(t.Etag); err != nil {
				return conduct.Case{}, err
			}
			return act(c, seen.Side)
		})
		return err
	})
	return changed.View(seen.Side, a.today()), err
}

// callersPartners returns the ids that a partner's caller acts for; none for
// the vendor's people and services.
func callersPartners(ctx context.Context) []partners.ID {
	caller, _ := auth.From(ctx)
	ids := make([]partners.ID, len(caller.PartnerIDs))
	for i, id := range caller.PartnerIDs {
		ids[i] = partners.ID(id)
	}
	return ids
}
