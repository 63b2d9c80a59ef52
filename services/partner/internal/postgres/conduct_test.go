package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/conduct"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

// poached is a case in which cdw took a customer of softcat's, who claims bad
// service.
func poached(t *testing.T, id conduct.ID, transfer string, change func(*conduct.Opening)) conduct.Case {
	t.Helper()
	o := conduct.Opening{
		ID: id, Transfer: transfer, Subscription: "sub_1",
		Facts: conduct.Facts{
			Partner: "cdw", Requested: day("2026-02-20"), Effective: day("2026-04-01"), Claim: conduct.ServiceFailure,
			Held: []conduct.Held{{
				Subscription: "sub_1", Partner: "softcat", From: day("2024-04-01"), Term: calendar.Term{Start: day("2025-04-01"), End: day("2026-04-01")},
				TermMonths: 12, ProtectDays: 90, Paid: true,
			}},
		},
		Policy: conduct.Policy{Version: "cod_1", Policy: code.Defaults()}, Today: day("2026-03-01"), At: noon,
	}
	if change != nil {
		change(&o)
	}
	c, err := conduct.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func withPartners(ctx context.Context, t *testing.T, db *postgres.DB, ids ...partners.ID) {
	t.Helper()
	tx(ctx, t, db, func(s *postgres.Store) error {
		for _, id := range ids {
			if err := s.InsertPartner(ctx, reseller(id)); err != nil {
				return err
			}
		}
		return nil
	})
}

func insertCases(ctx context.Context, t *testing.T, db *postgres.DB, cases ...conduct.Case) {
	t.Helper()
	tx(ctx, t, db, func(s *postgres.Store) error {
		for _, c := range cases {
			if err := s.InsertCase(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
}

var same = cmp.Options{cmpopts.EquateApproxTime(0), cmpopts.EquateEmpty()}

func TestCases_AreStoredWithTheirDecisionsAndEvidence(t *testing.T) {
	db, ctx := open(t), system(t)
	withPartners(ctx, t, db, "softcat", "cdw")
	want := poached(t, "cas_1", "trf_1", nil)
	insertCases(ctx, t, db, want)
	deed := conduct.Deed{By: "person:ann", Side: conduct.Incumbent, Text: "not so", Today: day("2026-03-02"), At: noon.Add(time.Hour)}
	changed, err := want.Contest(deed)
	if err != nil {
		t.Fatal(err)
	}
	changed, err = changed.Add(conduct.Evidence{
		ID: "evd_1", Kind: "SERVICE_RECORD", Title: "tickets", MediaType: "text/csv", SizeBytes: 5, SHA256: hash, Side: conduct.Incumbent,
		PartnerID: "softcat", CreateTime: noon,
	}, day("2026-03-02"))
	if err != nil {
		t.Fatal(err)
	}
	changed.Reviewer, changed.WaiverProposer = "person:bob", "person:cid"
	tx(ctx, t, db, func(s *postgres.Store) error {
		return errors.Join(s.UpdateCase(ctx, changed, len(want.Decisions)), s.InsertEvidence(ctx, changed))
	})
	tx(ctx, t, db, func(s *postgres.Store) error {
		for name, read := range map[string]func() (conduct.Case, error){
			"by id":       func() (conduct.Case, error) { return s.WholeCase(ctx, "cas_1") },
			"for update":  func() (conduct.Case, error) { return s.CaseForUpdate(ctx, "cas_1") },
			"by transfer": func() (conduct.Case, error) { return s.CaseOfTransfer(ctx, "sub_1", "trf_1") },
		} {
			got, err := read()
			if diff := cmp.Diff(changed, got, same); diff != "" || err != nil {
				t.Errorf("%s: %v\n%s", name, err, diff)
			}
		}
		_, err := s.CaseOfTransfer(ctx, "sub_1", "")
		if !errors.Is(err, conduct.ErrNotFound) {
			t.Errorf("by no transfer: %v", err)
		}
		return nil
	})
}

const hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

func TestInsertCase_OpensOneForEachMoveAndEachOrder(t *testing.T) {
	db, ctx := open(t), system(t)
	withPartners(ctx, t, db, "softcat", "cdw")
	order := func(id conduct.ID, submission, subscription string) conduct.Case {
		return poached(t, id, "", func(o *conduct.Opening) { o.Submission, o.Subscription, o.Facts.Order = submission, subscription, true })
	}
	insertCases(ctx, t, db, poached(t, "cas_1", "trf_1", nil), poached(t, "cas_2", "trf_2", nil), order("cas_3", "sbm_1", "sub_9"), order("cas_4", "sbm_2", "sub_8"))
	for _, c := range []conduct.Case{poached(t, "cas_5", "trf_1", nil), order("cas_6", "sbm_1", "sub_7")} {
		err := db.InTx(ctx, func(s *postgres.Store) error { return s.InsertCase(ctx, c) })
		if !errors.Is(err, conduct.ErrExists) {
			t.Errorf("%s: %v", c.ID, err)
		}
	}
	tx(ctx, t, db, func(s *postgres.Store) error {
		got, err := s.CaseOfOrder(ctx, "sbm_2")
		if got.ID != "cas_4" {
			t.Errorf("got %+v", got)
		}
		return err
	})
}

func TestCases_AreListedAsTheyStandOnTheDay(t *testing.T) {
	db, ctx := open(t), system(t)
	withPartners(ctx, t, db, "softcat", "cdw", "insight")
	insertCases(ctx, t, db,
		poached(t, "cas_1", "trf_1", func(o *conduct.Opening) { o.Facts.Claim = conduct.NoClaim }),
		poached(t, "cas_2", "trf_2", func(o *conduct.Opening) { o.At = noon.Add(time.Hour) }),
		poached(t, "cas_3", "trf_3", func(o *conduct.Opening) {
			o.At, o.Facts.Partner, o.Facts.Claim = noon.Add(time.Hour), "insight", conduct.NoClaim
			o.Facts.Held[0].Ceased = true
		}))
	for name, tt := range map[string]struct {
		q    conduct.Query
		want []conduct.ID
	}{
		"all":                  {conduct.Query{}, []conduct.ID{"cas_3", "cas_2", "cas_1"}},
		"after one":            {conduct.Query{AfterTime: noon.Add(time.Hour), AfterID: "cas_3"}, []conduct.ID{"cas_2", "cas_1"}},
		"one":                  {conduct.Query{Limit: 1}, []conduct.ID{"cas_3"}},
		"under review":         {conduct.Query{State: conduct.UnderReview}, []conduct.ID{"cas_2"}},
		"decided, in time":     {conduct.Query{State: conduct.Decided, Today: day("2026-03-31")}, []conduct.ID{"cas_3", "cas_1"}},
		"decided, too late":    {conduct.Query{State: conduct.Decided, Today: day("2026-04-01")}, nil},
		"final by the day":     {conduct.Query{State: conduct.Final, Today: day("2026-04-01")}, []conduct.ID{"cas_3", "cas_1"}},
		"clean":                {conduct.Query{Outcome: conduct.Clean}, []conduct.ID{"cas_3"}},
		"of a transfer":        {conduct.Query{Transfer: "trf_2"}, []conduct.ID{"cas_2"}},
		"of one, either side":  {conduct.Query{Partners: []partners.ID{"softcat"}}, []conduct.ID{"cas_3", "cas_2", "cas_1"}},
		"of one as challenger": {conduct.Query{Partners: []partners.ID{"softcat"}, Side: conduct.Challenger}, nil},
		"of one as incumbent":  {conduct.Query{Partners: []partners.ID{"cdw", "softcat"}, Side: conduct.Incumbent}, []conduct.ID{"cas_3", "cas_2", "cas_1"}},
		"of the challenger":    {conduct.Query{Partners: []partners.ID{"cdw"}}, []conduct.ID{"cas_2", "cas_1"}},
	} {
		if tt.q.Limit == 0 {
			tt.q.Limit = 9
		}
		tx(ctx, t, db, func(s *postgres.Store) error {
			found, err := s.Cases(ctx, tt.q)
			var got []conduct.ID
			for _, c := range found {
				got = append(got, c.ID)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s:\n%s", name, diff)
			}
			return err
		})
	}
}

func TestCases_ShowASideWhatIsItsOwn(t *testing.T) {
	db, ctx := open(t), system(t)
	withPartners(ctx, t, db, "softcat", "cdw", "insight")
	c := poached(t, "cas_1", "trf_1", nil)
	insertCases(ctx, t, db, c)
	tx(ctx, t, db, func(s *postgres.Store) (err error) {
		for id, side := range map[string]conduct.Side{"evd_1": conduct.Challenger, "evd_2": conduct.Incumbent, "evd_3": ""} {
			e := conduct.Evidence{ID: id, Kind: "OTHER", Title: "x", MediaType: "x/y", SizeBytes: 1, SHA256: hash, Side: side, CreateTime: noon}
			e.PartnerID = map[conduct.Side]partners.ID{conduct.Challenger: "cdw", conduct.Incumbent: "softcat"}[side]
			if c, err = c.Add(e, day("2026-03-01")); err != nil {
				return err
			}
			if err := s.InsertEvidence(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
	for partner, want := range map[string]string{"cdw": "evd_1", "softcat": "evd_2", "insight": ""} {
		ctx := as(t, partner)
		tx(ctx, t, db, func(s *postgres.Store) error {
			seen, err := s.Case(ctx, "cas_1")
			listed, err2 := s.Cases(ctx, conduct.Query{Limit: 9})
			if want == "" {
				if !errors.Is(err, conduct.ErrNotFound) || len(listed) != 0 {
					t.Errorf("%s sees %+v, %v", partner, seen, listed)
				}
				return err2
			}
			if len(seen.Evidence) != 1 || seen.Evidence[0].ID != want || len(seen.Decisions) != 1 || len(listed) != 1 || len(seen.Facts.Held) > 0 {
				t.Errorf("%s sees %+v", partner, seen)
			}
			return errors.Join(err, err2)
		})
		for name, forbidden := range map[string]func(s *postgres.Store) error{
			"read the dossier":  func(s *postgres.Store) error { _, err := s.WholeCase(ctx, "cas_1"); return err },
			"open a case":       func(s *postgres.Store) error { return s.InsertCase(ctx, poached(t, "cas_9", "trf_9", nil)) },
			"decide a case":     func(s *postgres.Store) error { return s.UpdateCase(ctx, c, len(c.Decisions)) },
			"bring evidence":    func(s *postgres.Store) error { return s.InsertEvidence(ctx, c) },
			"remove a decision": deleteFrom(ctx, "case_decisions"),
		} {
			if err := db.InTx(ctx, forbidden); err == nil {
				t.Errorf("%s may %s", partner, name)
			}
		}
	}
}

func deleteFrom(ctx context.Context, table string) func(*postgres.Store) error {
	return func(s *postgres.Store) error {
		_, err := s.Tx().Exec(ctx, "DELETE FROM "+table)
		return err
	}
}

func TestCases_CantBeRewritten(t *testing.T) {
	raw := pgtest.New(t, schema)
	db, ctx := postgres.New(raw), system(t)
	withPartners(ctx, t, db, "softcat", "cdw")
	c := poached(t, "cas_1", "trf_1", nil)
	insertCases(ctx, t, db, c)
	released, err := c.Release(conduct.Deed{Side: conduct.Incumbent, At: noon})
	if err != nil {
		t.Fatal(err)
	}
	tx(ctx, t, db, func(s *postgres.Store) error { return s.UpdateCase(ctx, released, len(c.Decisions)) })
	for _, sql := range []string{
		"DELETE FROM cases", "DELETE FROM case_dossiers", "DELETE FROM case_decisions", "UPDATE case_decisions SET text = 'x'",
		"UPDATE cases SET incumbent_id = NULL", "UPDATE cases SET partner_id = 'softcat'", "UPDATE cases SET claim = ''",
		"UPDATE cases SET effective_date = effective_date + 1", "UPDATE cases SET released = false",
		"UPDATE case_dossiers SET facts = '{}'",
	} {
		err := db.InTx(ctx, func(s *postgres.Store) error {
			_, err := s.Tx().Exec(ctx, sql)
			return err
		})
		if err == nil {
			t.Errorf("%s succeeds", sql)
		}
	}
	if err := raw.SystemPool().QueryRow(ctx, "SELECT 1 FROM cases WHERE released").Scan(new(int)); err != nil {
		t.Error(err)
	}
}

func TestCaps_AndReleasesOfBefore(t *testing.T) {
	db, ctx := open(t), system(t)
	withPartners(ctx, t, db, "softcat", "cdw")
	clean := poached(t, "cas_2", "trf_2", func(o *conduct.Opening) { o.Subscription, o.Facts.Held[0].Ceased = "sub_2", true })
	let := poached(t, "cas_3", "trf_3", func(o *conduct.Opening) { o.Subscription = "sub_3" })
	let, err := let.Release(conduct.Deed{Side: conduct.Incumbent, At: noon})
	if err != nil {
		t.Fatal(err)
	}
	insertCases(ctx, t, db, poached(t, "cas_1", "trf_1", nil), clean, let)
	tx(ctx, t, db, func(s *postgres.Store) error {
		all := []string{"sub_1", "sub_2", "sub_3"}
		capped, err1 := s.CappedUntil(ctx, []partners.ID{"cdw"}, all, day("2027-03-31"))
		if diff := cmp.Diff(map[string]calendar.Date{"sub_1": day("2027-04-01")}, capped); diff != "" {
			t.Error(diff)
		}
		over, err2 := s.CappedUntil(ctx, []partners.ID{"cdw"}, all, day("2027-04-01"))
		others, err3 := s.CappedUntil(ctx, []partners.ID{"softcat"}, all, day("2026-04-01"))
		if len(over) > 0 || len(others) > 0 {
			t.Errorf("got %v, %v", over, others)
		}
		for _, tt := range []struct {
			subscription string
			incumbent    partners.ID
			since        string
			want         bool
		}{
			{"sub_3", "softcat", "2024-04-01", true},
			{"sub_3", "softcat", "2026-04-01", true},
			{"sub_3", "softcat", "2026-04-02", false},
			{"sub_3", "cdw", "2024-04-01", false},
			{"sub_1", "softcat", "2024-04-01", false},
		} {
			got, err := s.Released(ctx, tt.subscription, tt.incumbent, day(tt.since))
			if got != tt.want || err != nil {
				t.Errorf("%+v: got %t, %v", tt, got, err)
			}
		}
		return errors.Join(err1, err2, err3)
	})
}
