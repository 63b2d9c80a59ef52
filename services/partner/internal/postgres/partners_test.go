package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
)

func TestMigrations_BringTheVendorsOwnFieldSales(t *testing.T) {
	db := open(t)
	tx(system(t), t, db, func(s *postgres.Store) error {
		got, err := s.Partner(system(t), partners.Direct)
		if err == nil && (got.Type != partners.DirectSales || got.State != partners.Active) {
			t.Errorf("got %+v", got)
		}
		return err
	})
}

func TestPartners_AreStoredWhole(t *testing.T) {
	db, ctx := open(t), system(t)
	want := reseller("softcat")
	want.LegalName = "Softcat plc"
	tx(ctx, t, db, func(s *postgres.Store) error { return s.InsertPartner(ctx, want) })
	want, err := want.Suspend(partners.Suspension{Cause: partners.Insolvent, On: day("2026-03-01"), At: noon.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	tx(ctx, t, db, func(s *postgres.Store) error { return s.UpdatePartner(ctx, want) })
	tx(ctx, t, db, func(s *postgres.Store) error {
		got, err := s.PartnerForUpdate(ctx, "softcat")
		if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(0)); diff != "" {
			t.Error(diff)
		}
		return err
	})
	if err := db.InTx(ctx, func(s *postgres.Store) error { return s.InsertPartner(ctx, want) }); !errors.Is(err, partners.ErrExists) {
		t.Errorf("inserted twice: %v", err)
	}
}

func TestPartners_AreListedByFilterInPages(t *testing.T) {
	db, ctx := open(t), system(t)
	tx(ctx, t, db, func(s *postgres.Store) error {
		supplier, suspended := reseller("b-supplier"), reseller("c-suspended")
		supplier.Type = partners.Supplier
		suspended, _ = suspended.Suspend(partners.Suspension{Cause: partners.Inquiry, On: day("2026-03-01"), At: noon})
		for _, p := range []partners.Partner{reseller("a" + "-reseller"), supplier, suspended} {
			if err := s.InsertPartner(ctx, p); err != nil {
				return err
			}
		}
		return nil
	})
	tests := map[string]struct {
		page partners.Query
		want []partners.ID
	}{
		"all":     {partners.Query{Limit: 9}, []partners.ID{"a-reseller", "b-supplier", "c-suspended", "direct"}},
		"two":     {partners.Query{Limit: 2}, []partners.ID{"a-reseller", "b-supplier"}},
		"after":   {partners.Query{After: "b-supplier", Limit: 1}, []partners.ID{"c-suspended"}},
		"a type":  {partners.Query{Type: partners.Reseller, Limit: 9}, []partners.ID{"a-reseller", "c-suspended"}},
		"a state": {partners.Query{State: partners.Suspended, Limit: 9}, []partners.ID{"c-suspended"}},
		"both":    {partners.Query{Type: partners.Supplier, State: partners.Suspended, Limit: 9}, nil},
	}
	for name, tt := range tests {
		tx(ctx, t, db, func(s *postgres.Store) error {
			found, err := s.Partners(ctx, tt.page)
			var got []partners.ID
			for _, p := range found {
				got = append(got, p.ID)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s:\n%s", name, diff)
			}
			return err
		})
	}
}
