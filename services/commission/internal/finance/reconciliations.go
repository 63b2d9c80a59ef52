package finance

import (
	"context"
	"crypto/sha256"
	"fmt"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/matching"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/commission/internal/statement/document"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/events"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/idem"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// NewReconciliation is a partner's file for a month; without a partner it is the
// caller's.
type NewReconciliation struct {
	PartnerID string
	Month     statement.Month
	Currency  string
	FileName  string
	Content   string
}

// CreateReconciliation compares the file with the closed statement of its month
// or, while there is none, with the lines that are on no statement yet.
func (a *App) CreateReconciliation(ctx context.Context, n NewReconciliation) (matching.Reconciliation, error) {
	var r matching.Reconciliation
	currency, err := money.ParseCurrency(n.Currency)
	if err != nil {
		return r, fault.At("currency_code", err)
	}
	if n.PartnerID, err = a.reconciler(ctx, n.PartnerID); err != nil {
		return r, err
	}
	if today := a.moneyDay(); n.Month.First().After(today) {
		return r, calendar.ErrDateInvalid.Because(fmt.Sprintf("%s has not begun; today is %s in UTC", n.Month, today)).On("month")
	}
	file, err := matching.Read(n.Content, currency)
	if err != nil {
		return r, err
	}
	statementID, lines, err := a.stated(ctx, n.PartnerID, currency, n.Month)
	if err != nil {
		return r, err
	}
	pairs := matching.Compare(file.Rows, lines)
	digest := sha256.Sum256([]byte(n.Content))
	err = a.store.InTx(ctx, func(tx *postgres.Store) error {
		return idem.Do(ctx, tx.Tx(), &r, func() error {
			r = matching.Reconciliation{
				ID: ident.New("rcn_"), PartnerID: n.PartnerID, Currency: currency, Month: n.Month, StatementID: statementID, FileName: n.FileName,
				Digest: digest[:], Ignored: file.Ignored, Sums: matching.AddUp(pairs), Actor: caller.Actor(ctx), CreateTime: a.now(),
			}
			if err := tx.AddReconciliation(ctx, r, pairs); err != nil {
				return err
			}
			return a.appendEvent(ctx, tx, events.Event{
				Kind: "reconciliation.created", ResourceID: r.ID, Revision: 1, Actor: r.Actor, PartnerID: r.PartnerID,
			}, r)
		})
	})
	return r, err
}

// reconciler returns the partner whose file it is. That the vendor names one that
// exists is asked; partners are themselves.
func (a *App) reconciler(ctx context.Context, asked string) (string, error) {
	if c, _ := auth.From(ctx); c.Partner() != "" {
		return caller.Seller(ctx, asked)
	}
	if asked == "" {
		return "", rpcerr.RequestInvalid.Because("say whose file it is").On("partner_id")
	}
	if _, err := a.partners.GetPartner(ctx, &partnerv1.GetPartnerRequest{PartnerId: asked}); err != nil {
		return "", fault.At("partner_id", rpcerr.FromStatus(err))
	}
	return asked, nil
}

// stated returns the lines of a partner's statement for a month, of one moment.
func (a *App) stated(ctx context.Context, partnerID string, c money.Currency, month statement.Month) (statementID string, lines []matching.Line, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) error {
		closed, err := tx.Statements(ctx, postgres.StatementFilter{PartnerID: partnerID, Currency: string(c), From: month, Until: month}, "", 1)
		if err != nil {
			return err
		}
		of := postgres.LineFilter{PartnerID: partnerID, Currency: string(c), Until: month.Next().First()}
		if statementID = ""; len(closed) > 0 {
			statementID, of = closed[0].ID, postgres.LineFilter{StatementID: closed[0].ID}
		}
		found, err := tx.Lines(ctx, of, postgres.LineKey{}, 0)
		lines = make([]matching.Line, len(found))
		for i, l := range found {
			lines[i] = lineToMatch(l)
		}
		return err
	})
	return statementID, lines, err
}

func lineToMatch(l statement.Line) matching.Line {
	rate := l.Rate
	if l.AccrualID == "" {
		rate = matching.NoRate
	}
	return matching.Line{
		ID: l.ID, PartnerReference: l.PartnerReference, SourceID: l.SourceID, InvoiceID: l.InvoiceID, SubscriptionID: l.SubscriptionID,
		Date: l.Effective, Amount: l.Amount.Minor, Rate: rate,
	}
}

// GetReconciliation returns a reconciliation, or matching.ErrNoReconciliation.
func (a *App) GetReconciliation(ctx context.Context, id string) (matching.Reconciliation, error) {
	var found matching.Reconciliation
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.Reconciliation(ctx, id)
		return err
	})
	return found, err
}

// ReconciliationFilter says which reconciliations to list.
type ReconciliationFilter = postgres.ReconciliationFilter

// ListReconciliations returns up to limit reconciliations before an id, newest
// first.
func (a *App) ListReconciliations(ctx context.Context, f ReconciliationFilter, before string, limit int) ([]matching.Reconciliation, error) {
	var list []matching.Reconciliation
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		list, err = tx.Reconciliations(ctx, f, before, limit)
		return err
	})
	return list, err
}

// ReconciliationRowFilter says which rows to list.
type ReconciliationRowFilter = postgres.ReconciliationRowFilter

// ListReconciliationRows returns the reconciliation and up to limit of its rows
// after a number.
func (a *App) ListReconciliationRows(
	ctx context.Context, f ReconciliationRowFilter, after, limit int,
) (of matching.Reconciliation, list []matching.ReconciliationRow, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) error {
		if of, err = tx.Reconciliation(ctx, f.ReconciliationID); err == nil {
			list, err = tx.ReconciliationRows(ctx, f, after, limit)
		}
		return err
	})
	return of, list, err
}

// ExportReconciliation writes a reconciliation with all its rows as a file.
func (a *App) ExportReconciliation(ctx context.Context, id string) (document.File, error) {
	of, rows, err := a.ListReconciliationRows(ctx, ReconciliationRowFilter{ReconciliationID: id}, 0, 0)
	if err != nil {
		return document.File{}, err
	}
	return document.Reconciliation(of, rows)
}
