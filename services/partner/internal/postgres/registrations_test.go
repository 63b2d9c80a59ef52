package postgres_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/partner/internal/registrations"
	"github.com/holdfast-channel/holdfast/services/platform/domain"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// registration is a draft of a partner.
func registration(t *testing.T, id registrations.ID, partner partners.ID) registrations.Registration {
	t.Helper()
	r, err := registrations.Write(reseller(partner), registrations.Deal{
		CustomerName: "Acme", Domain: "acme.example", Country: "GB", FamilyID: "email-security", Seats: 200,
	}, noon)
	if err != nil {
		t.Fatal(err)
	}
	r.ID = id
	return r
}

// approvedRegistration is one that was approved under cod_1.
func approvedRegistration(t *testing.T, id registrations.ID, partner partners.ID) registrations.Registration {
	t.Helper()
	submitted, err := registration(t, id, partner).Submit(reseller(partner), noon)
	if err != nil {
		t.Fatal(err)
	}
	approved, err := submitted.Approve(registrations.Approval{
		Code: "cod_1", Policy: code.Defaults(), Today: day("2026-03-01"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return approved
}

func TestRegistrations_AreStoredWhole(t *testing.T) {
	db, ctx := open(t), system(t)
	full := approvedRegistration(t, "dre_1", "softcat")
	full.ExpectedNet, full.ExpectedClose = money.Amount{Minor: 2_400_000, Currency: "GBP"}, day("2026-04-01")
	full.Description, full.VendorNote, full.Extended = "200 seats", "Fine.", true
	converted, err := full.Convert("sbm_1")
	if err != nil {
		t.Fatal(err)
	}
	asked := registration(t, "dre_2", "softcat")
	asked.State, asked.RequestedFields, asked.SubmitTime = registrations.InformationRequested, []string{"seats", "domain"}, noon
	asked.ExpectedNet = money.Amount{Currency: "GBP"} // nothing, but said
	tx(ctx, t, db, func(s *postgres.Store) error {
		return errors.Join(
			s.InsertPartner(ctx, reseller("softcat")), insertApproved(ctx, s, version("cod_1", "2024-01-01")),
			s.InsertRegistration(ctx, registration(t, "dre_1", "softcat")), s.UpdateRegistration(ctx, converted),
			s.InsertRegistration(ctx, asked))
	})
	tx(ctx, t, db, func(s *postgres.Store) error {
		for _, want := range []registrations.Registration{converted, asked} {
			got, err := s.RegistrationForUpdate(ctx, want.ID)
			if err != nil {
				return err
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(0)); diff != "" {
				t.Error(diff)
			}
		}
		_, err := s.Registration(ctx, "dre_absent")
		if !errors.Is(err, registrations.ErrNotFound) {
			t.Errorf("absent: %v", err)
		}
		return nil
	})
}

func TestRegistrations_AreListedNewestFirstByTheStateOfTheDay(t *testing.T) {
	db, ctx := open(t), system(t)
	tx(ctx, t, db, func(s *postgres.Store) error {
		return errors.Join(
			s.InsertPartner(ctx, reseller("softcat")), s.InsertPartner(ctx, reseller("cdw")), insertApproved(ctx, s, version("cod_1", "2024-01-01")),
			s.InsertRegistration(ctx, approvedRegistration(t, "dre_1", "softcat")), s.InsertRegistration(ctx, registration(t, "dre_2", "softcat")),
			s.InsertRegistration(ctx, registration(t, "dre_3", "cdw")))
	})
	inTime, late := day("2026-05-30"), day("2026-05-31")
	tests := []struct {
		name  string
		query registrations.Query
		want  []registrations.ID
	}{
		{"all", registrations.Query{Today: inTime, Limit: 5}, []registrations.ID{"dre_3", "dre_2", "dre_1"}},
		{"the second page", registrations.Query{Today: inTime, Before: "dre_3", Limit: 1}, []registrations.ID{"dre_2"}},
		{"of a partner", registrations.Query{Today: inTime, Partner: "cdw", Limit: 5}, []registrations.ID{"dre_3"}},
		{"approved, on day 90", registrations.Query{Today: inTime, State: registrations.Approved, Limit: 5}, []registrations.ID{"dre_1"}},
		{"approved, on day 91", registrations.Query{Today: late, State: registrations.Approved, Limit: 5}, nil},
		{"expired, on day 90", registrations.Query{Today: inTime, State: registrations.Expired, Limit: 5}, nil},
		{"expired, on day 91", registrations.Query{Today: late, State: registrations.Expired, Limit: 5}, []registrations.ID{"dre_1"}},
	}
	tx(ctx, t, db, func(s *postgres.Store) error {
		for _, tt := range tests {
			found, err := s.Registrations(ctx, tt.query)
			if err != nil {
				return err
			}
			var got []registrations.ID
			for _, r := range found {
				got = append(got, r.ID)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s:\n%s", tt.name, diff)
			}
		}
		return nil
	})
}

// claimed is what a registration for a customer with these domains reserves.
func claimed(domains ...domain.Name) []registrations.Claim {
	return registrations.Customer{Domains: domains}.Claims()
}

func TestClaim_IsWonByOneOfManyAtOnce(t *testing.T) {
	db, ctx := open(t), system(t)
	const many = 12
	all := make([]registrations.Registration, many)
	tx(ctx, t, db, func(s *postgres.Store) error {
		err := s.InsertPartner(ctx, reseller("softcat"))
		for i := range all {
			all[i] = registration(t, registrations.ID(fmt.Sprintf("dre_%d", i)), "softcat")
			err = errors.Join(err, s.InsertRegistration(ctx, all[i]))
		}
		return err
	})
	wants := [][]registrations.Claim{claimed("a.example", "b.example"), claimed("b.example", "c.example"), claimed("b.example")}
	var winners sync.Map
	var wg sync.WaitGroup
	for i, r := range all {
		wg.Go(func() {
			err := db.InTx(ctx, func(s *postgres.Store) error {
				won, err := s.Claim(ctx, r, wants[i%len(wants)])
				if err == nil && !won {
					return registrations.ErrTaken // gives back what it got
				}
				return err
			})
			switch {
			case err == nil:
				winners.Store(r.ID, true)
			case !errors.Is(err, registrations.ErrTaken):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	tx(ctx, t, db, func(s *postgres.Store) error {
		holders, err := s.ClaimHolders(ctx, claimed("a.example", "b.example", "c.example"), "email-security", day("2026-03-01"))
		if err != nil {
			return err
		}
		if len(holders) != 1 {
			t.Fatalf("%d winners", len(holders))
		}
		if _, won := winners.Load(holders[0].ID); !won {
			t.Errorf("%s holds what it was refused", holders[0].ID)
		}
		return nil
	})
}

func TestClaim_IsForOneFamilyAndUntilItIsFreed(t *testing.T) {
	db, ctx := open(t), system(t)
	first, second, other := registration(t, "dre_1", "softcat"), registration(t, "dre_2", "cdw"), registration(t, "dre_3", "cdw")
	other.FamilyID = "archiving"
	claim := func(s *postgres.Store, r registrations.Registration, want bool, domains ...domain.Name) {
		t.Helper()
		if won, err := s.Claim(ctx, r, claimed(domains...)); won != want || err != nil {
			t.Errorf("%s: got %v, %v", r.ID, won, err)
		}
	}
	tx(ctx, t, db, func(s *postgres.Store) error {
		err := errors.Join(s.InsertPartner(ctx, reseller("softcat")), s.InsertPartner(ctx, reseller("cdw")),
			s.InsertRegistration(ctx, first), s.InsertRegistration(ctx, second), s.InsertRegistration(ctx, other))
		if err != nil {
			return err
		}
		claim(s, first, true, "a.example", "b.example")
		claim(s, second, false, "b.example")
		claim(s, other, true, "b.example")
		claim(s, first, true, "c.example", "b.example") // instead of a
		claim(s, second, true, "a.example")
		if err := s.FreeClaims(ctx, first.ID); err != nil {
			return err
		}
		claim(s, second, true, "a.example", "b.example", "c.example")
		return nil
	})
}

func TestOverdue_AreFoundByDayAndByClaim(t *testing.T) {
	db, ctx := open(t), system(t)
	r := approvedRegistration(t, "dre_1", "softcat")
	tx(ctx, t, db, func(s *postgres.Store) error {
		err := errors.Join(s.InsertPartner(ctx, reseller("softcat")), insertApproved(ctx, s, version("cod_1", "2024-01-01")),
			s.InsertRegistration(ctx, r))
		if err != nil {
			return err
		}
		_, err = s.Claim(ctx, r, claimed("a.example"))
		return err
	})
	tests := []struct {
		today  string
		claims []registrations.Claim
		family string
		all    int
		inWay  int
		open   int
	}{
		{"2026-05-30", claimed("a.example"), "email-security", 0, 0, 1},
		{"2026-05-31", claimed("a.example"), "email-security", 1, 1, 0},
		{"2026-05-31", claimed("b.example"), "email-security", 1, 0, 0},
		{"2026-05-31", claimed("a.example"), "archiving", 1, 0, 0},
	}
	for _, tt := range tests {
		tx(ctx, t, db, func(s *postgres.Store) error {
			all, err1 := s.OverdueRegistrations(ctx, day(tt.today), 5)
			inWay, err2 := s.OverdueHolders(ctx, tt.claims, tt.family, day(tt.today))
			open, err3 := s.ClaimHolders(ctx, tt.claims, tt.family, day(tt.today))
			if len(all) != tt.all || len(inWay) != tt.inWay || len(open) != tt.open {
				t.Errorf("%+v: got %d, %d, %d", tt, len(all), len(inWay), len(open))
			}
			return errors.Join(err1, err2, err3)
		})
	}
}

func TestOneOrder_ConvertsOneRegistration(t *testing.T) {
	db, ctx := open(t), system(t)
	err := db.InTx(ctx, func(s *postgres.Store) error {
		err := errors.Join(s.InsertPartner(ctx, reseller("softcat")), insertApproved(ctx, s, version("cod_1", "2024-01-01")))
		for _, id := range []registrations.ID{"dre_1", "dre_2"} {
			converted, bad := approvedRegistration(t, id, "softcat").Convert("sbm_1")
			err = errors.Join(err, bad, s.InsertRegistration(ctx, converted))
		}
		return err
	})
	if pg.Constraint(err) != "deal_registrations_one_per_order" {
		t.Errorf("got %v", err)
	}
}
