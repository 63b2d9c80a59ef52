package finance

import (
	"context"
	"fmt"
	"strings"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/selling"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// errNoReasonText is returned for an entry by hand without a reason.
var errNoReasonText = fault.New("REASON_TEXT_REQUIRED", "the reason must be told in words")

// GetEntry returns an entry, or ledger.ErrNoEntry.
func (a *App) GetEntry(ctx context.Context, id string) (earnings.Explained, error) {
	var found earnings.Explained
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.ExplainedEntry(ctx, id)
		return err
	})
	return found, err
}

// EntryFilter says which entries to list.
type EntryFilter = postgres.EntryFilter

// ListEntries returns up to limit entries before an id, newest first.
func (a *App) ListEntries(ctx context.Context, f EntryFilter, before string, limit int) ([]earnings.Explained, error) {
	var list []earnings.Explained
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		list, err = tx.Entries(ctx, f, before, limit)
		return err
	})
	return list, err
}

// AdjustmentCause is the cause of entries that people post.
const AdjustmentCause = "adjustment:by-hand"

// NewAdjustment is what a person credits a partner with, or takes from it.
type NewAdjustment struct {
	PartnerID string
	Amount    money.Amount
	Reason    string
}

func (n NewAdjustment) check() error {
	switch {
	case strings.TrimSpace(n.Reason) == "":
		return errNoReasonText.On("reason_text")
	case n.Amount.IsZero():
		return money.ErrInvalid.Because("an adjustment of nothing says nothing; give an amount above or below zero").On("amount")
	}
	return nil
}

// PostAdjustment posts an amount that no instalment earns. It returns
// selling.ErrNoPartner for a partner that does not exist.
func (a *App) PostAdjustment(ctx context.Context, n NewAdjustment) (earnings.Explained, error) {
	refused := n.check()
	if refused == nil {
		refused = a.checkPartner(ctx, n.PartnerID)
	}
	var posted earnings.Explained
	err := a.store.InTx(ctx, func(tx *postgres.Store) error {
		return idem.Do(ctx, tx.Tx(), &posted, func() error {
			if refused != nil {
				return refused
			}
			posted = earnings.Explained{Entry: ledger.Entry{
				Kind: ledger.Adjustment, PartnerID: n.PartnerID, Currency: n.Amount.Currency, Effective: a.moneyDay(), Posted: a.now(),
				Cause: AdjustmentCause, Note: n.Reason, Actor: caller.Actor(ctx), Postings: ledger.Transfer(ledger.Expense, ledger.Payable, n.Amount.Minor),
			}}
			return a.addByHand(ctx, tx, &posted.Entry)
		})
	})
	return posted, err
}

// checkPartner asks partner whether there is a partner.
func (a *App) checkPartner(ctx context.Context, id string) error {
	_, err := a.partners.GetPartner(ctx, &partnerv1.GetPartnerRequest{PartnerId: id})
	refusal, refused := rpcerr.Standing(err)
	switch {
	case err == nil:
		return nil
	case refused && refusal.Is(selling.ErrNoPartner):
		return selling.ErrNoPartner.Because(fmt.Sprintf("there is no partner %.60q", id)).On("partner_id")
	}
	return fmt.Errorf("partner %s: %w", id, err)
}

// ReverseEntry undoes an adjustment. It returns ledger.ErrNoEntry,
// ledger.ErrNotReversible or ledger.ErrAlreadyReversed.
func (a *App) ReverseEntry(ctx context.Context, id, reason string) (earnings.Explained, error) {
	var posted earnings.Explained
	err := a.store.InTx(ctx, func(tx *postgres.Store) error {
		return idem.Do(ctx, tx.Tx(), &posted, func() error {
			if strings.TrimSpace(reason) == "" {
				return errNoReasonText.On("reason_text")
			}
			wrong, err := tx.ExplainedEntry(ctx, id)
			if err != nil {
				return err
			}
			posted = wrong
			if posted.Entry, err = wrong.Reverse(a.moneyDay(), a.now(), caller.Actor(ctx), reason); err != nil {
				return err
			}
			return a.addByHand(ctx, tx, &posted.Entry)
		})
	})
	return posted, err
}

// addByHand gives an entry its id and adds it, with an event that tells it: the
// ledger's verification asks for one for each entry that follows from a person's
// word alone. It needs the system scope.
func (a *App) addByHand(ctx context.Context, tx *postgres.Store, e *ledger.Entry) error {
	e.ID = ident.New("ent_")
	if err := tx.AddEntriesLast(ctx, *e); err != nil {
		return err
	}
	return a.appendEvent(ctx, tx, events.Event{
		Kind: "ledger_entry.posted", ResourceID: e.ID, Revision: 1, Actor: e.Actor, PartnerID: e.PartnerID,
	}, e)
}
