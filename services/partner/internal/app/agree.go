package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/holdfast-channel/holdfast/services/partner/internal/conduct"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/transfers"
)

// agree stores a consent with all that follows from it. Of several consents at
// once for one subscription the first one wins: the others find themselves
// superseded.
func (a *App) agree(ctx context.Context, i transfers.Inquiry, c transfers.Consent, moves []transfers.Move) (transfers.Transfer, error) {
	subscriptions := subscriptionsOfMoves(moves)
	var agreed transfers.Transfer
	err := a.store.InTx(ctx, func(tx *postgres.Store) error {
		if err := tx.LockSubscriptions(ctx, subscriptions); err != nil {
			return err
		}
		current, err := a.withText(ctx, tx, tx.TransferForUpdate, i.TransferID)
		if err != nil {
			return err
		}
		if c.Repeats(current) {
			agreed = current
			return nil
		}
		if agreed, err = current.Consent(c, moves); err != nil {
			return err
		}
		if agreed, err = a.openCases(ctx, tx, agreed); err != nil {
			return err
		}
		if err := tx.UpdateTransfer(ctx, agreed); err != nil {
			return err
		}
		if err := tx.SaveConsentText(ctx, agreed.ID, c.Text); err != nil {
			return err
		}
		if err := a.recordTransfer(ctx, tx, "transfer.consented", agreed); err != nil {
			return err
		}
		if err := a.supersedeRivals(ctx, tx, agreed); err != nil {
			return err
		}
		return a.jobs.CarryOut(ctx, tx.Tx(), agreed.ID)
	})
	return agreed, err
}

// openCases opens the case of each move by its facts, and notes it there.
func (a *App) openCases(ctx context.Context, tx *postgres.Store, t transfers.Transfer) (transfers.Transfer, error) {
	gathered, err := tx.MoveFacts(ctx, t.ID)
	if err != nil {
		return t, err
	}
	t.Moves = slices.Clone(t.Moves)
	for i, m := range t.Moves {
		var facts conduct.Facts
		if err := json.Unmarshal(gathered[m.SubscriptionID], &facts); err != nil {
			return t, fmt.Errorf("facts about subscription %s: %w", m.SubscriptionID, err)
		}
		if t.Moves[i], err = a.openMove(ctx, tx, t, m, facts); err != nil {
			return t, err
		}
	}
	return t, nil
}

func (a *App) openMove(ctx context.Context, tx *postgres.Store, t transfers.Transfer, m transfers.Move, facts conduct.Facts) (transfers.Move, error) {
	facts.Effective = m.EffectiveDate
	if t.ConsentReason.Claims() {
		facts.Claim = conduct.Claim(t.ConsentReason)
	}
	opened, err := a.openCase(ctx, tx, conduct.Opening{Transfer: string(t.ID), Subscription: m.SubscriptionID, Facts: facts})
	m.CaseID, m.ContestBy = string(opened.ID), opened.ContestBy
	if opened.Incumbent != t.PartnerID { // it may get back what it had before the vendor's own sales
		m.Protected = opened.Incumbent
	}
	return m, err
}

// supersedeRivals ends the other open requests for a subscription of t.
func (a *App) supersedeRivals(ctx context.Context, tx *postgres.Store, t transfers.Transfer) error {
	rivals, err := tx.Rivals(ctx, t.ID, subscriptionsOfMoves(t.Moves), a.today())
	if err != nil {
		return err
	}
	for _, rival := range rivals {
		if err := a.supersede(ctx, tx, rival, t.ID); err != nil {
			return err
		}
		if err := a.closeDelivery(ctx, tx, rival.ID); err != nil {
			return err
		}
	}
	return nil
}
