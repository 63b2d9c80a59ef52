package postgres_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-channel/holdfast/services/partner/internal/mergers"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

func merger(id mergers.ID, survivor, absorbed partners.ID) mergers.Merger {
	return mergers.Merger{
		ID: id, PartnerID: survivor, AbsorbedID: absorbed, State: mergers.InForce,
		MergeDate: day("2026-03-01"), RevertBy: day("2026-03-31"), Actor: "ann", Revision: 1, CreateTime: noon,
	}
}

// merged enrols a, b and c, where b absorbed c and a absorbed b.
func merged(ctx context.Context, s *postgres.Store) error {
	return errors.Join(
		s.InsertPartner(ctx, reseller("aa")), s.InsertPartner(ctx, reseller("bb")), s.InsertPartner(ctx, reseller("cc")),
		s.InsertMerger(ctx, merger("mrg_1", "bb", "cc")), s.InsertMerger(ctx, merger("mrg_2", "aa", "bb")))
}

func TestMergers_AreStoredWholeAndListedNewestFirst(t *testing.T) {
	db, ctx := open(t), system(t)
	reverted, err := merger("mrg_2", "aa", "bb").Revert(day("2026-03-31"))
	if err != nil {
		t.Fatal(err)
	}
	tx(ctx, t, db, func(s *postgres.Store) error {
		return errors.Join(merged(ctx, s), s.RevertMerger(ctx, reverted), s.InsertMerger(ctx, merger("mrg_3", "aa", "bb")))
	})
	tests := []struct {
		name  string
		query mergers.Query
		want  []mergers.Merger
	}{
		{"all", mergers.Query{Limit: 5}, []mergers.Merger{merger("mrg_3", "aa", "bb"), reverted, merger("mrg_1", "bb", "cc")}},
		{"the second page", mergers.Query{Before: "mrg_3", Limit: 1}, []mergers.Merger{reverted}},
		{"of either side", mergers.Query{Partner: "bb", State: mergers.InForce, Limit: 5},
			[]mergers.Merger{merger("mrg_3", "aa", "bb"), merger("mrg_1", "bb", "cc")}},
		{"reverted", mergers.Query{State: mergers.Reverted, Limit: 5}, []mergers.Merger{reverted}},
	}
	tx(ctx, t, db, func(s *postgres.Store) error {
		for _, tt := range tests {
			got, err := s.Mergers(ctx, tt.query)
			if err != nil {
				return err
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateApproxTime(0)); diff != "" {
				t.Errorf("%s:\n%s", tt.name, diff)
			}
		}
		one, err := s.Merger(ctx, "mrg_2")
		if diff := cmp.Diff(reverted, one, cmpopts.EquateApproxTime(0)); diff != "" {
			t.Error(diff)
		}
		return err
	})
	err = db.InReadTx(ctx, func(s *postgres.Store) error { _, err := s.Merger(ctx, "mrg_absent"); return err })
	if !errors.Is(err, mergers.ErrNotFound) {
		t.Errorf("absent: %v", err)
	}
}

func TestMergers_AbsorbAPartnerOnceAndNeverTheVendor(t *testing.T) {
	db, ctx := open(t), system(t)
	tx(ctx, t, db, func(s *postgres.Store) error { return merged(ctx, s) })
	insert := func(m mergers.Merger) error {
		return db.InTx(ctx, func(s *postgres.Store) error { return s.InsertMerger(ctx, m) })
	}
	if err := insert(merger("mrg_3", "aa", "cc")); !errors.Is(err, mergers.ErrStateInvalid) {
		t.Errorf("absorbed twice: %v", err)
	}
	if err := insert(merger("mrg_4", "direct", "aa")); pg.Constraint(err) != "mergers_without_the_vendor" {
		t.Errorf("by the vendor: %v", err)
	}
}

func TestMergedInto_IsThePartnerThatActsInTheEnd(t *testing.T) {
	db, ctx := open(t), system(t)
	tx(ctx, t, db, func(s *postgres.Store) error { return merged(ctx, s) })
	// The same for the vendor and for each partner: nobody resolves less.
	for name, ctx := range map[string]context.Context{"vendor": ctx, "survivor": pg.WithScope(t.Context(), pg.Partner("aa", "bb", "cc")), "absorbed": as(t, "cc")} {
		tx(ctx, t, db, func(s *postgres.Store) error {
			found, err := s.Partner(ctx, "cc")
			if found.MergedInto != "aa" {
				t.Errorf("%s: cc is merged into %q", name, found.MergedInto)
			}
			if err != nil {
				return err
			}
			names, err := s.MergedNames(ctx)
			if diff := cmp.Diff(mergers.Names{"bb": "aa", "cc": "bb"}, names); diff != "" {
				t.Errorf("%s:\n%s", name, diff)
			}
			return err
		})
	}
	tx(ctx, t, db, func(s *postgres.Store) error {
		root, err := s.PartnerForUpdate(ctx, "aa")
		if root.MergedInto != "" {
			t.Errorf("aa is merged into %q", root.MergedInto)
		}
		return err
	})
}

func TestOpenBetween_CountsWhatEitherSideHasWithTheOther(t *testing.T) {
	db, ctx := open(t), system(t)
	first, second := registration(t, "dre_1", "softcat"), registration(t, "dre_2", "cdw")
	second.FamilyID = "archiving"
	tx(ctx, t, db, func(s *postgres.Store) error {
		err := errors.Join(s.InsertPartner(ctx, reseller("softcat")), s.InsertPartner(ctx, reseller("cdw")),
			s.InsertRegistration(ctx, first), s.InsertRegistration(ctx, second))
		if err != nil {
			return err
		}
		_, err1 := s.Claim(ctx, first, claimed("a.example", "b.example"))
		_, err2 := s.Claim(ctx, second, claimed("b.example", "c.example"))
		if err := errors.Join(err1, err2, openMatters(ctx, s)); err != nil {
			return err
		}
		for _, tt := range []struct {
			survivors, absorbed partners.ID
			today               string
			want                mergers.Open
		}{
			{"softcat", "cdw", "2026-03-15", mergers.Open{Transfers: 2, Cases: 2, Registrations: 1}},
			{"cdw", "softcat", "2026-03-15", mergers.Open{Transfers: 2, Cases: 2, Registrations: 1}},
			{"softcat", "cdw", "2026-03-16", mergers.Open{Transfers: 1, Cases: 1, Registrations: 1}},
			{"softcat", "direct", "2026-03-15", mergers.Open{}},
		} {
			open, err := s.OpenBetween(ctx, []partners.ID{tt.survivors}, []partners.ID{tt.absorbed}, day(tt.today))
			if open != tt.want || err != nil {
				t.Errorf("%+v: got %+v, %v", tt, open, err)
			}
		}
		return nil
	})
}

// openMatters stores transfers and cases of softcat and cdw: of each, one that
// is open through 2026-03-15, one that is open for longer, and one that has
// ended.
func openMatters(ctx context.Context, s *postgres.Store) error {
	_, err := s.Tx().Exec(ctx, `
		WITH requested AS (
			INSERT INTO transfers (transfer_id, partner_id, domain, family_id, request_date, assigned, state, expire_date, revision, create_time)
			VALUES
				('trf_1', 'softcat', 'a.example', 'f', '2026-03-01', false, 'REQUESTED', '2026-03-15', 1, now()),
				('trf_2', 'cdw', 'a.example', 'f', '2026-03-01', true, 'CONSENTED', '2026-03-15', 1, now()),
				('trf_3', 'cdw', 'a.example', 'f', '2026-03-01', false, 'CANCELLED', '2026-03-15', 1, now())
			RETURNING transfer_id, partner_id
		)
		INSERT INTO transfer_moves (transfer_id, subscription_id, product_id, product_name, challenger_id, incumbent_id, effective_date, facts)
		SELECT transfer_id, 'sub_' || n, 'p', 'P', partner_id, CASE partner_id WHEN 'cdw' THEN 'softcat' ELSE 'cdw' END, '2026-04-01', '{}'
		FROM requested, generate_series(1, 2) n`)
	if err != nil {
		return err
	}
	_, err = s.Tx().Exec(ctx, `
		INSERT INTO cases (case_id, submission_id, subscription_id, partner_id, incumbent_id, effective_date, state, outcome, verdict,
			cap_bps, cap_until, appeal_days, appeal_by_date, revision, create_time)
		VALUES
			('cas_1', 'sbm_1', 'sub_1', 'softcat', 'cdw', '2026-04-01', 'DECIDED', 'POACHED', '{}', 500, '2027-04-01', 30, '2026-03-15', 1, now()),
			('cas_2', 'sbm_2', 'sub_2', 'cdw', 'softcat', '2026-04-01', 'APPEALED', 'POACHED', '{}', 500, '2027-04-01', 30, '2026-03-15', 1, now()),
			('cas_3', 'sbm_3', 'sub_3', 'cdw', 'softcat', '2026-04-01', 'FINAL', 'POACHED', '{}', 500, '2027-04-01', 30, '2026-03-15', 1, now())`)
	return err
}
