package postgres_test

import (
	"errors"
	"testing"

	"github.com/holdfast-channel/holdfast/services/partner/internal/clients"
	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/registrations"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

func TestSchema_KeepsPartnersApart(t *testing.T) {
	pgtest.CheckTenancy(t, pgtest.New(t, schema))
}

// A partner's caller sees its own rows, and of the vendor's only what is meant
// for partners.
func TestScope_HidesWhatIsNotThePartners(t *testing.T) {
	db, ctx := open(t), system(t)
	tx(ctx, t, db, func(s *postgres.Store) error {
		return errors.Join(
			s.InsertPartner(ctx, reseller("softcat")), s.InsertPartner(ctx, reseller("cdw")),
			s.InsertAgreement(ctx, agreement("agr_1", "softcat", "2025-01-01", "")),
			s.InsertClient(ctx, client(t, clients.Client{ID: "cli_1", PartnerID: "softcat"})),
			s.InsertClient(ctx, client(t, clients.Client{ID: "billing", Service: "billing"})),
			insertApproved(ctx, s, version("cod_1", "2025-01-01")), s.InsertCodeVersion(ctx, version("cod_2", "2027-01-01")))
	})
	for partner, want := range map[string][6]int{"softcat": {1, 1, 1, 1, 1, 0}, "cdw": {1, 0, 0, 1, 0, 0}} {
		ctx := as(t, partner)
		tx(ctx, t, db, func(s *postgres.Store) error {
			seen, err1 := s.Partners(ctx, partners.Query{Limit: 9})
			agreements, err2 := s.AllAgreements(ctx, "softcat")
			found, err3 := s.Clients(ctx, clients.Query{Limit: 9})
			versions, err4 := s.CodeVersions(ctx, code.Query{Limit: 9})
			_, err5 := s.SellingTerms(ctx, "softcat", day("2025-01-01"))
			terms := 1
			if errors.Is(err5, partners.ErrNotFound) {
				terms, err5 = 0, nil
			}
			got := [6]int{len(seen), len(agreements), len(found), len(versions), terms}
			if got != want {
				t.Errorf("%s sees %v, want %v", partner, got, want)
			}
			return errors.Join(err1, err2, err3, err4, err5)
		})
	}
}

func TestScope_KeepsPartnersFromWriting(t *testing.T) {
	db, ctx := open(t), system(t)
	tx(ctx, t, db, func(s *postgres.Store) error { return s.InsertPartner(ctx, reseller("softcat")) })
	ctx = as(t, "softcat")
	for name, write := range map[string]func(*postgres.Store) error{
		"a partner": func(s *postgres.Store) error { return s.UpdatePartner(ctx, reseller("softcat")) },
		"an agreement": func(s *postgres.Store) error {
			return s.InsertAgreement(ctx, agreement("agr_1", "softcat", "2025-01-01", ""))
		},
		"a code version": func(s *postgres.Store) error { return s.InsertCodeVersion(ctx, version("cod_1", "2025-01-01")) },
		"a client": func(s *postgres.Store) error {
			return s.InsertClient(ctx, client(t, clients.Client{ID: "cli_1", PartnerID: "softcat"}))
		},
	} {
		if err := db.InTx(ctx, write); err == nil {
			t.Errorf("a partner's caller may write %s", name)
		}
	}
}

// A partner's caller sees its own registrations and claims, makes no claim, and
// deletes no registration.
func TestScope_HidesOthersRegistrations(t *testing.T) {
	db, ctx := open(t), system(t)
	r := registration(t, "dre_1", "softcat")
	tx(ctx, t, db, func(s *postgres.Store) error {
		err := errors.Join(s.InsertPartner(ctx, reseller("softcat")), s.InsertPartner(ctx, reseller("cdw")), s.InsertRegistration(ctx, r))
		if err != nil {
			return err
		}
		_, err = s.Claim(ctx, r, claimed("acme.example"))
		return err
	})
	for partner, want := range map[string]int{"softcat": 1, "cdw": 0} {
		ctx := as(t, partner)
		tx(ctx, t, db, func(s *postgres.Store) error {
			listed, err1 := s.Registrations(ctx, registrations.Query{Limit: 5})
			holders, err2 := s.ClaimHolders(ctx, claimed("acme.example"), r.FamilyID, day("2026-03-01"))
			if len(listed) != want || len(holders) != want {
				t.Errorf("%s sees %d registrations and %d claims", partner, len(listed), len(holders))
			}
			return errors.Join(err1, err2)
		})
		for _, sql := range []string{
			"INSERT INTO registration_claims VALUES ('domain:b.example', 'f', 'dre_1', '" + partner + "')",
			"DELETE FROM deal_registrations",
			"INSERT INTO mergers VALUES ('mrg_1', 'softcat', 'cdw', 'IN_FORCE', '2026-03-01', '2026-03-31', NULL, 'x', 1, now())",
		} {
			err := db.InTx(ctx, func(s *postgres.Store) error { _, err := s.Tx().Exec(ctx, sql); return err })
			if err == nil {
				t.Errorf("%s may %s", partner, sql)
			}
		}
	}
}
