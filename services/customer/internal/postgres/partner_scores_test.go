package postgres_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/reports"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

func TestPartnerTable_IsTheLatestThatWasShown(t *testing.T) {
	ctx, db, _ := open(t)
	february := started.AddMonths(1)
	shown := map[string]reports.PartnerTable{}
	for _, c := range []struct {
		month  calendar.Date
		number int
	}{{started, 1}, {started, 2}, {february, 1}} {
		r := published(ctx, t, db, c.month, c.number)
		table := reports.PartnerTable{Partner: "softcat", Month: c.month, Revision: c.number, PublishTime: r.PublishTime, Policy: r.Document.Policy, Overall: r.Document.Customers.Overall}
		shown[string(r.ID)] = table
		within(ctx, t, db, nil, func(tx *postgres.Store) error {
			return tx.InsertPartnerTables(ctx, []reports.PartnerTable{table})
		})
	}
	for name, c := range map[string]struct {
		partner string
		month   calendar.Date
		want    reports.PartnerTable
		err     error
	}{
		"the latest":      {"softcat", calendar.Date{}, shown["rep_2025-02_1"], nil},
		"a revised month": {"softcat", started, shown["rep_2025-01_2"], nil},
		"another month":   {"softcat", started.AddMonths(-1), reports.PartnerTable{}, reports.ErrNotShown},
		"another partner": {"northwind", calendar.Date{}, reports.PartnerTable{}, reports.ErrNotShown},
	} {
		within(ctx, t, db, c.err, func(tx *postgres.Store) error {
			got, err := tx.PartnerTable(ctx, c.partner, c.month)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			return err
		})
	}
}

func TestPartnerTables_AreSeenByTheirPartnerOnly(t *testing.T) {
	ctx, db, _ := open(t)
	published(ctx, t, db, started, 1)
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		return tx.InsertPartnerTables(ctx, []reports.PartnerTable{
			{Partner: "northwind", Month: started, Revision: 1}, {Partner: "softcat", Month: started, Revision: 1},
		})
	})
	for _, c := range []struct {
		scope   pg.Scope
		partner string
		want    error
	}{
		{pg.Partner("softcat"), "softcat", nil},
		{pg.Partner("softcat"), "northwind", reports.ErrNotShown},
		{pg.Partner("northwind", "third"), "northwind", nil},
		{pg.Partner(), "softcat", reports.ErrNotShown},
		{pg.Scope{}, "softcat", reports.ErrNotShown},
	} {
		within(pg.WithScope(t.Context(), c.scope), t, db, c.want, func(tx *postgres.Store) error {
			_, err := tx.PartnerTable(pg.WithScope(t.Context(), c.scope), c.partner, started)
			return err
		})
	}
}

func TestPartnerTables_AreShownOnceAndOfAReport(t *testing.T) {
	ctx, db, _ := open(t)
	published(ctx, t, db, started, 1)
	once := reports.PartnerTable{Partner: "softcat", Month: started, Revision: 1}
	unreported := reports.PartnerTable{Partner: "softcat", Month: started.AddMonths(1), Revision: 1}
	for want, tables := range map[string][]reports.PartnerTable{
		"partner_scores_pkey":          {once, once},
		"partner_scores_report_exists": {unreported},
	} {
		err := postgres.New(db).InTx(ctx, func(tx *postgres.Store) error { return tx.InsertPartnerTables(ctx, tables) })
		if got := pg.Constraint(err); got != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		return errors.Join(tx.InsertPartnerTables(ctx, nil), tx.InsertPartnerTables(ctx, []reports.PartnerTable{once}))
	})
}
