package finance

import (
	"context"
	"errors"

	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// GetStatement returns a closed statement, or statement.ErrNone.
func (a *App) GetStatement(ctx context.Context, id string) (statement.Statement, error) {
	var found statement.Statement
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.Statement(ctx, id)
		return err
	})
	return found, err
}

// StatementFilter says which statements to list.
type StatementFilter = postgres.StatementFilter

// ListStatements returns up to limit closed statements before an id, newest
// first.
func (a *App) ListStatements(ctx context.Context, f StatementFilter, before string, limit int) ([]statement.Statement, error) {
	var list []statement.Statement
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		list, err = tx.Statements(ctx, f, before, limit)
		return err
	})
	return list, err
}

// GetOpenStatement returns the open statement of a partner and currency as it
// stands, or statement.ErrNone for who never had a line.
func (a *App) GetOpenStatement(ctx context.Context, partnerID, currency string) (statement.Statement, error) {
	var open statement.Statement
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		open, err = a.openStatement(ctx, tx, partnerID, currency)
		return err
	})
	if err != nil {
		return open, err
	}
	policies, err := a.codes.Approved(ctx)
	if err != nil {
		return open, err
	}
	open.MinimumMinor = policies.At(open.Date()).MinimumPayouts[open.Currency].Minor
	return open, nil
}

func (a *App) openStatement(ctx context.Context, tx *postgres.Store, partnerID, currency string) (statement.Statement, error) {
	latest, err := tx.LatestStatement(ctx, partnerID, currency)
	never := errors.Is(err, statement.ErrNone)
	if err != nil && !never {
		return statement.Statement{}, err
	}
	month := statement.MonthOf(a.moneyDay())
	lines, err := tx.OpenLines(ctx, partnerID, currency, month.First())
	if err == nil && never && lines.Count == 0 {
		err = statement.ErrNone
	}
	return statement.Statement{
		PartnerID: partnerID, Currency: money.Currency(currency), Month: month, State: statement.Open, OpeningMinor: latest.LeftMinor(),
		LinesMinor: lines.Sum, PriorMinor: lines.Prior, ClosingMinor: latest.LeftMinor() + lines.Sum, LineCount: lines.Count, PreviousID: latest.ID,
	}, err
}

// LineQuery says which lines to list: those of a statement, or those of the open
// one of a partner and currency. Other empty fields fit all.
type LineQuery struct {
	StatementID               string
	PartnerID, Currency       string
	Section                   statement.Section
	SubscriptionID, InvoiceID string
}

// LineKey is where a page of lines ends.
type LineKey = postgres.LineKey

// ListLines returns the statement and up to limit of its lines after a key, by
// effective date.
func (a *App) ListLines(ctx context.Context, q LineQuery, after LineKey, limit int) (of statement.Statement, list []statement.Line, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) error {
		if q.StatementID != "" {
			of, err = tx.Statement(ctx, q.StatementID)
		} else {
			of, err = a.openStatement(ctx, tx, q.PartnerID, q.Currency)
		}
		if err != nil {
			return err
		}
		list, err = tx.Lines(ctx, q.within(of.Month), after, limit)
		return err
	})
	return of, list, err
}

// within returns the query as one for days.
func (q LineQuery) within(m statement.Month) postgres.LineFilter {
	f := postgres.LineFilter{
		StatementID: q.StatementID, PartnerID: q.PartnerID, Currency: q.Currency, SubscriptionID: q.SubscriptionID, InvoiceID: q.InvoiceID,
	}
	switch q.Section {
	case statement.Current:
		f.From = m.First()
	case statement.PriorPeriods:
		f.Until = m.First()
	}
	return f
}

// appendStatement adds the event that a statement has changed.
func (a *App) appendStatement(ctx context.Context, tx *postgres.Store, kind string, s statement.Statement, by string) error {
	return a.appendEvent(ctx, tx, events.Event{
		Kind: kind, ResourceID: s.ID, Revision: int64(s.Revision), Actor: by, PartnerID: s.PartnerID,
	}, s)
}
