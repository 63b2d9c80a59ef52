package finance

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// payoutEvents are the kinds of events of what becomes of a payout, and of its
// statement.
var payoutEvents = map[payout.State]struct{ payout, statement string }{
	payout.Instructed: {"payout.instructed", "statement.paying"},
	payout.Paid:       {"payout.paid", "statement.paid"},
	payout.Returned:   {"payout.returned", "statement.carried"},
}

// settlePayouts saves what became of payouts, in order, with their entries in the
// ledger and what that makes of their statements. A payout may come twice.
func (a *App) settlePayouts(ctx context.Context, tx *postgres.Store, list ...payout.Payout) error {
	if len(list) == 0 {
		return nil
	}
	ids := make([]string, len(list))
	for i, p := range list {
		ids[i] = p.StatementID
	}
	current, err := tx.StatementsForUpdate(ctx, ids...)
	if err != nil {
		return err
	}
	entries := make([]ledger.Entry, len(list))
	statements := make([]statement.Statement, len(list))
	var news []events.Event
	for i, p := range list {
		entries[i] = p.Entry()
		entries[i].ID, entries[i].Posted, entries[i].Actor = ident.New("ent_"), p.UpdateTime, caller.Actor(ctx)
		if statements[i], err = settledBy(current[p.StatementID], p); err != nil {
			return err
		}
		current[p.StatementID] = statements[i]
		told, err := a.settlementEvents(ctx, p, statements[i])
		if err != nil {
			return err
		}
		news = append(news, told...)
	}
	if err := tx.AddEntries(ctx, entries...); err != nil {
		return err
	}
	if err := tx.SaveStatements(ctx, statements...); err != nil {
		return err
	}
	if err := tx.SavePayouts(ctx, list...); err != nil {
		return err
	}
	return events.AppendMany(ctx, tx.Tx(), news)
}

// settledBy is a statement after what became of its payout.
func settledBy(s statement.Statement, p payout.Payout) (statement.Statement, error) {
	switch p.State {
	case payout.Paid:
		return s.Settle(), nil
	case payout.Returned:
		return s.Return(), nil
	}
	return s.Pay(p.Amount.Minor)
}

func (a *App) settlementEvents(ctx context.Context, p payout.Payout, s statement.Statement) ([]events.Event, error) {
	kinds := payoutEvents[p.State]
	first, err := events.Showing(events.Event{
		Kind: kinds.statement, ResourceID: s.ID, Revision: int64(s.Revision), Actor: caller.Actor(ctx), PartnerID: s.PartnerID, OccurredAt: a.now(),
	}, s)
	if err != nil {
		return nil, err
	}
	second, err := events.Showing(events.Event{
		Kind: kinds.payout, ResourceID: p.ID, Revision: int64(p.Revision), Actor: caller.Actor(ctx), PartnerID: p.PartnerID, OccurredAt: a.now(),
	}, p)
	return []events.Event{first, second}, err
}
