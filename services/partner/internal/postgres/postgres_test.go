package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-channel/holdfast/services/partner/internal/clients"
	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
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
func tx(t *testing.T, ctx context.Context, db *postgres.DB, fn func(*postgres.Store) error) {
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
		ID: id, PartnerID: partner, SettlementMode: partners.Agency, Tier: "gold", From: day(from), Revision: 1, CreateTime: noon,
	}
	if until != "" {
		a.Until = day(until)
	}
	return a
}

func TestSchema_KeepsPartnersApart(t *testing.T) {
	pgtest.CheckTenancy(t, pgtest.New(t, schema))
}

func TestMigrations_BringTheVendorsOwnFieldSales(t *testing.T) {
	db := open(t)
	tx(t, system(t), db, func(s *postgres.Store) error {
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
	tx(t, ctx, db, func(s *postgres.Store) error { return s.InsertPartner(ctx, want) })
	want, err := want.Suspend(partners.Suspension{Cause: partners.Insolvent, On: day("2026-03-01"), At: noon.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	tx(t, ctx, db, func(s *postgres.Store) error { return s.UpdatePartner(ctx, want) })
	tx(t, ctx, db, func(s *postgres.Store) error {
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
	tx(t, ctx, db, func(s *postgres.Store) error {
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
		page postgres.PartnerPage
		want []partners.ID
	}{
		"all":     {postgres.PartnerPage{Limit: 9}, []partners.ID{"a-reseller", "b-supplier", "c-suspended", "direct"}},
		"two":     {postgres.PartnerPage{Limit: 2}, []partners.ID{"a-reseller", "b-supplier"}},
		"after":   {postgres.PartnerPage{After: "b-supplier", Limit: 1}, []partners.ID{"c-suspended"}},
		"a type":  {postgres.PartnerPage{Type: partners.Reseller, Limit: 9}, []partners.ID{"a-reseller", "c-suspended"}},
		"a state": {postgres.PartnerPage{State: partners.Suspended, Limit: 9}, []partners.ID{"c-suspended"}},
		"both":    {postgres.PartnerPage{Type: partners.Supplier, State: partners.Suspended, Limit: 9}, nil},
	}
	for name, tt := range tests {
		tx(t, ctx, db, func(s *postgres.Store) error {
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

func TestAgreements_OfAPartnerNeverShareADay(t *testing.T) {
	db, ctx := open(t), system(t)
	tx(t, ctx, db, func(s *postgres.Store) error {
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

func TestAgreements_AreListedNewestFirst(t *testing.T) {
	db, ctx := open(t), system(t)
	older, newer := agreement("agr_1", "softcat", "2025-01-01", "2026-01-01"), agreement("agr_2", "softcat", "2026-01-01", "")
	tx(t, ctx, db, func(s *postgres.Store) error {
		if err := s.InsertPartner(ctx, reseller("softcat")); err != nil {
			return err
		}
		return errors.Join(s.InsertAgreement(ctx, older), s.InsertAgreement(ctx, newer))
	})
	tx(t, ctx, db, func(s *postgres.Store) error {
		all, err := s.AllAgreements(ctx, "softcat")
		if diff := cmp.Diff([]partners.Agreement{newer, older}, all, cmpopts.EquateApproxTime(0)); diff != "" {
			t.Errorf("all:\n%s", diff)
		}
		if err != nil {
			return err
		}
		page, err := s.Agreements(ctx, postgres.AgreementPage{Partner: "softcat", Before: newer.From, Limit: 5})
		if diff := cmp.Diff([]partners.Agreement{older}, page, cmpopts.EquateApproxTime(0)); diff != "" {
			t.Errorf("second page:\n%s", diff)
		}
		return err
	})
}

func version(id code.ID, effective string) code.Version {
	v, err := code.Write(code.Version{ID: id, DisplayName: string(id), Effective: day(effective), Policy: code.Defaults()}, noon)
	if err != nil {
		panic(err)
	}
	return v
}

func approved(v code.Version) code.Version {
	v.State, v.Proposer, v.Approver, v.ApproveTime = code.Approved, "ann", "bob", noon
	v.Revision = 3
	return v
}

// insertApproved takes v through its states.
func insertApproved(ctx context.Context, s *postgres.Store, v code.Version) error {
	if err := s.InsertCodeVersion(ctx, v); err != nil {
		return err
	}
	return s.DecideCodeVersion(ctx, approved(v))
}

func TestCodeVersions_AreInForceUntilTheNext(t *testing.T) {
	db, ctx := open(t), system(t)
	tx(t, ctx, db, func(s *postgres.Store) error {
		return errors.Join(
			insertApproved(ctx, s, version("cod_1", "2024-01-01")),
			insertApproved(ctx, s, version("cod_2", "2026-03-02")),
			s.InsertCodeVersion(ctx, version("cod_3", "2025-01-01"))) // a draft counts for nothing
	})
	for on, want := range map[string]code.ID{
		"2023-12-31": "", "2024-01-01": "cod_1", "2025-06-01": "cod_1", "2026-03-01": "cod_1", "2026-03-02": "cod_2", "2099-01-01": "cod_2",
	} {
		err := db.InReadTx(ctx, func(s *postgres.Store) error {
			got, err := s.CodeVersionInForce(ctx, day(on))
			if got.ID != want {
				t.Errorf("on %s: got %q, want %q", on, got.ID, want)
			}
			return err
		})
		if err != nil && !(want == "" && errors.Is(err, code.ErrNotFound)) {
			t.Errorf("on %s: %v", on, err)
		}
	}
}

func TestCodeVersions_AreStoredWholeAndListedNewestFirst(t *testing.T) {
	db, ctx := open(t), system(t)
	first, second := version("cod_1", "2024-01-01"), version("cod_2", "2026-03-02")
	tx(t, ctx, db, func(s *postgres.Store) error {
		return errors.Join(insertApproved(ctx, s, first), s.InsertCodeVersion(ctx, second))
	})
	tx(t, ctx, db, func(s *postgres.Store) error {
		all, err := s.CodeVersions(ctx, postgres.VersionPage{Limit: 5})
		if diff := cmp.Diff([]code.Version{second, approved(first)}, all, cmpopts.EquateApproxTime(0)); diff != "" {
			t.Error(diff)
		}
		if err != nil {
			return err
		}
		rest, err := s.CodeVersions(ctx, postgres.VersionPage{Effective: second.Effective, ID: second.ID, Limit: 5})
		if len(rest) != 1 || rest[0].ID != "cod_1" {
			t.Errorf("second page: %+v", rest)
		}
		return err
	})
}

func TestCodeVersions_TakeEffectOneADay(t *testing.T) {
	db, ctx := open(t), system(t)
	tx(t, ctx, db, func(s *postgres.Store) error { return insertApproved(ctx, s, version("cod_1", "2026-03-02")) })
	err := db.InTx(ctx, func(s *postgres.Store) error { return insertApproved(ctx, s, version("cod_2", "2026-03-02")) })
	if !errors.Is(err, code.ErrDayTaken) {
		t.Errorf("got %v", err)
	}
}

func TestCodeVersions_DoNotMoveOnceProposed(t *testing.T) {
	pool := pgtest.New(t, schema)
	db, ctx := postgres.New(pool), system(t)
	tx(t, ctx, db, func(s *postgres.Store) error { return insertApproved(ctx, s, version("cod_1", "2026-03-02")) })
	for _, sql := range []string{
		"UPDATE code_versions SET cap_bps = 1",
		"UPDATE code_versions SET effective_date = '2020-01-01'",
		"UPDATE code_versions SET state = 'DRAFT', proposer = '', approver = '', approve_time = NULL",
		"DELETE FROM code_versions",
	} {
		if _, err := pool.SystemPool().Exec(ctx, sql); pg.Constraint(err) != "code_versions_immutable" {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

func TestSellingTerms_AreWhatIsInForceOnTheDay(t *testing.T) {
	db, ctx := open(t), system(t)
	tx(t, ctx, db, func(s *postgres.Store) error {
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
		tx(t, ctx, db, func(s *postgres.Store) error {
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

func client(t *testing.T, c clients.Client) clients.Client {
	t.Helper()
	made, err := clients.Register(c, "first secret", noon)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestClients_AreStoredWithTheirSecretsNewestFirst(t *testing.T) {
	db, ctx := open(t), system(t)
	want := client(t, clients.Client{ID: "cli_1", PartnerID: "softcat", DisplayName: "portal"})
	service := client(t, clients.Client{ID: "billing", Service: "billing"})
	tx(t, ctx, db, func(s *postgres.Store) error {
		return errors.Join(s.InsertPartner(ctx, reseller("softcat")), s.InsertClient(ctx, want), s.InsertClient(ctx, service))
	})
	want, err := want.Rotate(clients.Rotation{Secret: "second secret", Overlap: time.Hour, At: noon.Add(time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	tx(t, ctx, db, func(s *postgres.Store) error { return s.UpdateClient(ctx, want) })
	tx(t, ctx, db, func(s *postgres.Store) error {
		got, err := s.ClientForUpdate(ctx, "cli_1")
		if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(0)); diff != "" {
			t.Error(diff)
		}
		if err != nil {
			return err
		}
		all, err := s.Clients(ctx, postgres.ClientPage{Limit: 5})
		if diff := cmp.Diff([]clients.Client{service, want}, all, cmpopts.EquateApproxTime(0), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("list:\n%s", diff)
		}
		if err != nil {
			return err
		}
		own, err := s.Clients(ctx, postgres.ClientPage{Partner: "softcat", Limit: 5})
		if len(own) != 1 || own[0].ID != "cli_1" {
			t.Errorf("of one partner: %+v", own)
		}
		return err
	})
}

func TestInsertClient_RefusesAnUnknownPartner(t *testing.T) {
	db, ctx := open(t), system(t)
	err := db.InTx(ctx, func(s *postgres.Store) error {
		return s.InsertClient(ctx, client(t, clients.Client{ID: "cli_1", PartnerID: "nobody"}))
	})
	if !errors.Is(err, partners.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestRevokedSince_ListsTheLatest(t *testing.T) {
	db, ctx := open(t), system(t)
	tx(t, ctx, db, func(s *postgres.Store) error {
		for id, at := range map[clients.ID]time.Time{"crm": noon, "bi": noon.Add(-time.Minute), "billing": noon.Add(-time.Hour), "gateway": {}} {
			c := client(t, clients.Client{ID: id, Service: string(id)})
			if err := s.InsertClient(ctx, c); err != nil {
				return err
			}
			if !at.IsZero() {
				if err := s.UpdateClient(ctx, c.Revoke(at)); err != nil {
					return err
				}
			}
		}
		got, err := s.RevokedSince(ctx, noon.Add(-time.Minute))
		if diff := cmp.Diff([]clients.ID{"bi", "crm"}, got); diff != "" {
			t.Error(diff)
		}
		return err
	})
}

// A partner's caller sees its own rows, and of the vendor's only what is meant
// for partners.
func TestScope_HidesWhatIsNotThePartners(t *testing.T) {
	db, ctx := open(t), system(t)
	tx(t, ctx, db, func(s *postgres.Store) error {
		return errors.Join(
			s.InsertPartner(ctx, reseller("softcat")), s.InsertPartner(ctx, reseller("cdw")),
			s.InsertAgreement(ctx, agreement("agr_1", "softcat", "2025-01-01", "")),
			s.InsertClient(ctx, client(t, clients.Client{ID: "cli_1", PartnerID: "softcat"})),
			s.InsertClient(ctx, client(t, clients.Client{ID: "billing", Service: "billing"})),
			insertApproved(ctx, s, version("cod_1", "2025-01-01")), s.InsertCodeVersion(ctx, version("cod_2", "2027-01-01")))
	})
	for partner, want := range map[string][6]int{"softcat": {1, 1, 1, 1, 1, 0}, "cdw": {1, 0, 0, 1, 0, 0}} {
		ctx := as(t, partner)
		tx(t, ctx, db, func(s *postgres.Store) error {
			seen, err1 := s.Partners(ctx, postgres.PartnerPage{Limit: 9})
			agreements, err2 := s.AllAgreements(ctx, "softcat")
			found, err3 := s.Clients(ctx, postgres.ClientPage{Limit: 9})
			versions, err4 := s.CodeVersions(ctx, postgres.VersionPage{Limit: 9})
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
	tx(t, ctx, db, func(s *postgres.Store) error { return s.InsertPartner(ctx, reseller("softcat")) })
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
