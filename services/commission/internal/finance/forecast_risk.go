package finance

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/commission/internal/caller"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// RiskFilter says which renewals at risk to list.
type RiskFilter = postgres.RiskFilter

// RiskKey is where a page of renewals at risk ended.
type RiskKey = postgres.RiskKey

const (
	riskBack  = 366 // days that renewals may be overdue, unless it is asked otherwise
	riskAhead = 90  // days until they are due, likewise
)

// ListRenewalsAtRisk returns up to limit renewals that may be lost after a key,
// nil for the first page, as they stand today. Partners are not told how customers
// fare, and others learn no figures but those of the experience programme.
func (a *App) ListRenewalsAtRisk(ctx context.Context, f RiskFilter, after *RiskKey, limit int) ([]records.RenewalAtRisk, error) {
	c, _ := auth.From(ctx)
	f.PartnerID, f.Experience = caller.Whose(ctx, f.PartnerID), c.Partner() == ""
	if f.DueFrom.IsZero() {
		f.DueFrom = a.today().AddDays(-riskBack)
	}
	if f.DueBefore.IsZero() {
		f.DueBefore = calendar.Max(a.today(), f.DueFrom).AddDays(riskAhead)
	}
	var list []records.RenewalAtRisk
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		list, err = tx.RenewalsAtRisk(ctx, f, a.now(), after, limit)
		return err
	})
	for i := range list {
		list[i] = list[i].At(f.Near)
		if !readsAnswers(c) {
			list[i].Experience = list[i].Experience.WithoutFigures()
		}
	}
	return list, err
}

// readsAnswers reports whether the caller is of the people of the experience
// programme, who may read each answer at customer's.
func readsAnswers(c auth.Caller) bool { return c.Is(auth.Experience) || c.Is(auth.Admin) }
