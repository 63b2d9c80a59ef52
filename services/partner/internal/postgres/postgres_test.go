package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres/migrations"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

var (
	schema = pgtest.Schema{Name: "partner", Migrations: migrations.Files}
	noon   = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
)

func day(text string) calendar.Date {
	d, err := calendar.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func system(t *testing.T) context.Context { return pg.WithScope(t.Context(), pg.System()) }

func as(t *testing.T, partner string) context.Context {
	return pg.WithScope(t.Context(), pg.Partner(partner))
}

func open(t *testing.T) *postgres.DB {
	t.Helper()
	return postgres.New(pgtest.New(t, schema))
}

// tx runs fn in a transaction and fails the test for its error.
func tx(ctx context.Context, t *testing.T, db *postgres.DB, fn func(*postgres.Store) error) {
	t.Helper()
	if err := db.InTx(ctx, fn); err != nil {
		t.Fatal(err)
	}
}

func reseller(id partners.ID) partners.Partner {
	p, err := partners.Enrol(partners.Partner{ID: id, DisplayName: string(id), Type: partners.Reseller, Country: "GB"}, noon)
	if err != nil {
		panic(err)
	}
	return p
}

func agreement(id partners.AgreementID, partner partners.ID, from, until string) partners.Agreement {
	a := partners.Agreement{
		ID: id, PartnerID: partner, SettlementMode: partners.Agency, Tier: "gold", From: day(from),
		SelfBilling: true, TaxID: "GB123456789", Revision: 1, CreateTime: noon,
	}
	if until != "" {
		a.Until = day(until)
	}
	return a
}
