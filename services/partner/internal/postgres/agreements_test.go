package postgres_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

func TestAgreements_OfAPartnerNeverShareADay(t *testing.T) {
	db, ctx := open(t), system(t)
	tx(ctx, t, db, func(s *postgres.Store) error {
		if err := errors.Join(s.InsertPartner(ctx, reseller("softcat")), s.InsertPartner(ctx, reseller("cdw"))); err != nil {
			return err
		}
		return s.InsertAgreement(ctx, agreement("agr_1", "softcat", "2025-01-01", "2026-01-01"))
	})
	tests := []struct {
		name      string
		agreement partners.Agreement
		want      error
	}{
		{"the last day", agreement("agr_2", "softcat", "2025-12-31", ""), partners.ErrAgreementOverlaps},
		{"another partner", agreement("agr_3", "cdw", "2025-12-31", ""), nil},
		{"the next day", agreement("agr_4", "softcat", "2026-01-01", ""), nil},
	}
	for _, tt := range tests {
		err := db.InTx(ctx, func(s *postgres.Store) error { return s.InsertAgreement(ctx, tt.agreement) })
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
	longer := agreement("agr_1", "softcat", "2025-01-01", "2026-01-02")
	err := db.InTx(ctx, func(s *postgres.Store) error { return s.EndAgreement(ctx, longer) })
	if !errors.Is(err, partners.ErrAgreementOverlaps) {
		t.Errorf("end moved into the next: %v", err)
	}
}

func TestAgreements_AreNotSelfBilledWithoutATaxNumber(t *testing.T) {
	db, ctx := open(t), system(t)
	a := agreement("agr_1", "softcat", "2025-01-01", "")
	a.TaxID = ""
	err := db.InTx(ctx, func(s *postgres.Store) error {
		return errors.Join(s.InsertPartner(ctx, reseller("softcat")), s.InsertAgreement(ctx, a))
	})
	if pg.Constraint(err) != "agreements_self_billed_with_a_tax_id" {
		t.Errorf("got %v", err)
	}
}

func TestAgreements_AreListedNewestFirst(t *testing.T) {
	db, ctx := open(t), system(t)
	older, newer := agreement("agr_1", "softcat", "2025-01-01", "2026-01-01"), agreement("agr_2", "softcat", "2026-01-01", "")
	tx(ctx, t, db, func(s *postgres.Store) error {
		if err := s.InsertPartner(ctx, reseller("softcat")); err != nil {
			return err
		}
		return errors.Join(s.InsertAgreement(ctx, older), s.InsertAgreement(ctx, newer))
	})
	tx(ctx, t, db, func(s *postgres.Store) error {
		all, err := s.AllAgreements(ctx, "softcat")
		if diff := cmp.Diff([]partners.Agreement{newer, older}, all, cmpopts.EquateApproxTime(0)); diff != "" {
			t.Errorf("all:\n%s", diff)
		}
		if err != nil {
			return err
		}
		page, err := s.Agreements(ctx, partners.AgreementQuery{Partner: "softcat", Before: newer.From, Limit: 5})
		if diff := cmp.Diff([]partners.Agreement{older}, page, cmpopts.EquateApproxTime(0)); diff != "" {
			t.Errorf("second page:\n%s", diff)
		}
		return err
	})
}

func TestSellingTerms_AreWhatIsInForceOnTheDay(t *testing.T) {
	db, ctx := open(t), system(t)
	tx(ctx, t, db, func(s *postgres.Store) error {
		return errors.Join(
			s.InsertPartner(ctx, reseller("softcat")),
			s.InsertAgreement(ctx, agreement("agr_1", "softcat", "2025-01-01", "2026-01-01")),
			insertApproved(ctx, s, version("cod_1", "2025-06-01")))
	})
	tests := []struct {
		on        string
		agreement partners.AgreementID
		code      code.ID
	}{
		{"2024-12-31", "", ""},
		{"2025-01-01", "agr_1", ""},
		{"2025-12-31", "agr_1", "cod_1"},
		{"2026-01-01", "", "cod_1"},
	}
	for _, tt := range tests {
		tx(ctx, t, db, func(s *postgres.Store) error {
			got, err := s.SellingTerms(ctx, "softcat", day(tt.on))
			var agreement partners.AgreementID
			var version code.ID
			if got.Agreement != nil {
				agreement = got.Agreement.ID
			}
			if got.Code != nil {
				version = got.Code.ID
			}
			if got.Partner.ID != "softcat" || agreement != tt.agreement || version != tt.code {
				t.Errorf("on %s: got %+v", tt.on, got)
			}
			return err
		})
	}
	err := db.InReadTx(ctx, func(s *postgres.Store) error {
		_, err := s.SellingTerms(ctx, "nobody", day("2025-01-01"))
		return err
	})
	if !errors.Is(err, partners.ErrNotFound) {
		t.Errorf("unknown partner: %v", err)
	}
}
