package finance

import (
	"context"
	"errors"

	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// NewDispute asks to dispute a line. Claimed is what it should come to, the zero
// value if the partner does not say.
type NewDispute struct {
	LineID, Reason string
	Claimed        money.Amount
}

// OpenDispute disputes a line of the caller's, and holds its amount unless that
// was paid. Partners write nothing into the ledger: what they may see is looked
// up as they see it, and then the service works as itself.
func (a *App) OpenDispute(ctx context.Context, n NewDispute) (statement.Dispute, error) {
	var seen statement.Line
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		seen, err = tx.Line(ctx, n.LineID)
		return err
	})
	if err != nil {
		return statement.Dispute{}, fault.At("line_id", err)
	}
	by := caller.Actor(ctx)
	own := caller.AsItself(ctx)
	var opened statement.Dispute
	err = a.store.InTx(own, func(tx *postgres.Store) error {
		return idem.Do(own, tx.Tx(), &opened, func() error {
			objection, err := a.objection(own, tx, seen)
			if err != nil {
				return err
			}
			objection.Reason, objection.Claimed, objection.By = n.Reason, n.Claimed, by
			if opened, err = objection.Open(); err != nil {
				return err
			}
			return a.addDispute(own, tx, &opened)
		})
	})
	return opened, err
}

// objection looks up what the rules ask about a line, and locks out who closes,
// pays and disputes.
func (a *App) objection(ctx context.Context, tx *postgres.Store, seen statement.Line) (o statement.Objection, err error) {
	o.ID, o.At = ident.New("dsp_"), a.now()
	currency := string(seen.Amount.Currency)
	if err := tx.LockStatements(ctx, seen.PartnerID, currency); err != nil {
		return o, err
	}
	if _, err := tx.LatestStatementForUpdate(ctx, seen.PartnerID, currency); err != nil && !errors.Is(err, statement.ErrNone) {
		return o, err
	}
	if o.Line, err = tx.Line(ctx, seen.ID); err != nil {
		return o, err
	}
	if o.Line.DisputeID != "" {
		return o, statement.ErrAlreadyDisputed.Because("dispute "+o.Line.DisputeID+" about this line is open; go on in that one", "dispute_id", o.Line.DisputeID).On("line_id")
	}
	if o.Line.StatementID == "" {
		return o, nil
	}
	if o.Of, err = tx.Statement(ctx, o.Line.StatementID); err != nil {
		return o, err
	}
	o.Paid, err = tx.PaidOnward(ctx, o.Of)
	return o, err
}

func (a *App) addDispute(ctx context.Context, tx *postgres.Store, d *statement.Dispute) error {
	if entry, held := d.HoldEntry(); held {
		entry.ID = ident.New("ent_")
		if err := tx.AddEntries(ctx, entry); err != nil {
			return err
		}
		d.HoldEntryID = entry.ID
	}
	if err := tx.AddDispute(ctx, *d); err != nil {
		return err
	}
	return a.appendDispute(ctx, tx, "dispute.opened", *d, d.Opener)
}

// GetDispute returns a dispute, or statement.ErrNoDispute.
func (a *App) GetDispute(ctx context.Context, id string) (statement.Dispute, error) {
	var found statement.Dispute
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.Dispute(ctx, id)
		return err
	})
	return found, err
}

// DisputeFilter says which disputes to list.
type DisputeFilter = postgres.DisputeFilter

// ListDisputes returns up to limit disputes before an id, newest first.
func (a *App) ListDisputes(ctx context.Context, f DisputeFilter, before string, limit int) ([]statement.Dispute, error) {
	var list []statement.Dispute
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		list, err = tx.Disputes(ctx, f, before, limit)
		return err
	})
	return list, err
}

// CommentDispute adds what the caller says to an open dispute.
func (a *App) CommentDispute(ctx context.Context, id, text string) (statement.Dispute, error) {
	side := statement.ByVendor
	if caller, _ := auth.From(ctx); caller.Partner() != "" {
		side = statement.ByPartner
	}
	by := caller.Actor(ctx)
	return a.changeDispute(ctx, id, "dispute.commented", func(ctx context.Context, tx *postgres.Store, d statement.Dispute) (statement.Dispute, error) {
		said, err := d.Say(statement.Comment{Side: side, Author: by, Text: text, Time: a.now()})
		if err != nil {
			return said, err
		}
		return said, tx.AddComment(ctx, said)
	})
}

// DisputeDecision decides a dispute that the caller has read at this etag.
type DisputeDecision struct {
	DisputeID, Etag string
	Outcome         statement.Outcome
	Adjustment      money.Amount
	Text            string
}

// ResolveDispute decides a dispute, releases what it holds, and posts what was
// decided.
func (a *App) ResolveDispute(ctx context.Context, r DisputeDecision) (statement.Dispute, error) {
	by := caller.Actor(ctx)
	return a.changeDispute(ctx, r.DisputeID, "dispute.resolved", func(ctx context.Context, tx *postgres.Store, d statement.Dispute) (statement.Dispute, error) {
		if err := d.Revision.Check(r.Etag); err != nil {
			return d, err
		}
		resolved, err := d.Resolve(statement.Decision{Outcome: r.Outcome, Adjustment: r.Adjustment, Text: r.Text, By: by, At: a.now()})
		if err != nil {
			return d, err
		}
		return endDispute(ctx, tx, resolved)
	})
}

// WithdrawDispute takes a dispute back that the caller has read at this etag.
func (a *App) WithdrawDispute(ctx context.Context, id, etag string) (statement.Dispute, error) {
	by := caller.Actor(ctx)
	return a.changeDispute(ctx, id, "dispute.withdrawn", func(ctx context.Context, tx *postgres.Store, d statement.Dispute) (statement.Dispute, error) {
		if err := d.Revision.Check(etag); err != nil {
			return d, err
		}
		withdrawn, err := d.Withdraw(by, a.now())
		if err != nil {
			return d, err
		}
		return endDispute(ctx, tx, withdrawn)
	})
}

// endDispute posts what follows from the end of a dispute, and names the entries
// in it.
func endDispute(ctx context.Context, tx *postgres.Store, d statement.Dispute) (statement.Dispute, error) {
	entries := d.EndEntries()
	for i := range entries {
		entries[i].ID = ident.New("ent_")
		d = d.PostedBy(entries[i])
	}
	return d, tx.AddEntries(ctx, entries...)
}

// disputeChange makes of a locked dispute what it becomes, and writes what
// belongs to it.
type disputeChange func(context.Context, *postgres.Store, statement.Dispute) (statement.Dispute, error)

// changeDispute changes a dispute that the caller may see, as the service
// itself.
func (a *App) changeDispute(ctx context.Context, id, kind string, change disputeChange) (statement.Dispute, error) {
	if _, err := a.GetDispute(ctx, id); err != nil {
		return statement.Dispute{}, err
	}
	by := caller.Actor(ctx)
	own := caller.AsItself(ctx)
	var changed statement.Dispute
	err := a.store.InTx(own, func(tx *postgres.Store) error {
		return idem.Do(own, tx.Tx(), &changed, func() error {
			current, err := tx.DisputeForUpdate(own, id)
			if err != nil {
				return err
			}
			if changed, err = change(own, tx, current); err != nil {
				return err
			}
			if err := tx.SaveDispute(own, changed); err != nil {
				return err
			}
			return a.appendDispute(own, tx, kind, changed, by)
		})
	})
	return changed, err
}

func (a *App) appendDispute(ctx context.Context, tx *postgres.Store, kind string, d statement.Dispute, by string) error {
	return a.appendEvent(ctx, tx, events.Event{
		Kind: kind, ResourceID: d.ID, Revision: int64(d.Revision), Actor: by, PartnerID: d.PartnerID,
	}, d)
}
