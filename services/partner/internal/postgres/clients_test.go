package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-channel/holdfast/services/partner/internal/clients"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
)

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
	tx(ctx, t, db, func(s *postgres.Store) error {
		return errors.Join(s.InsertPartner(ctx, reseller("softcat")), s.InsertClient(ctx, want), s.InsertClient(ctx, service))
	})
	want, err := want.Rotate(clients.Rotation{Secret: "second secret", Overlap: time.Hour, At: noon.Add(time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	tx(ctx, t, db, func(s *postgres.Store) error { return s.UpdateClient(ctx, want) })
	tx(ctx, t, db, func(s *postgres.Store) error {
		got, err := s.ClientForUpdate(ctx, "cli_1")
		if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(0)); diff != "" {
			t.Error(diff)
		}
		if err != nil {
			return err
		}
		all, err := s.Clients(ctx, clients.Query{Limit: 5})
		if diff := cmp.Diff([]clients.Client{service, want}, all, cmpopts.EquateApproxTime(0), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("list:\n%s", diff)
		}
		if err != nil {
			return err
		}
		own, err := s.Clients(ctx, clients.Query{Partner: "softcat", Limit: 5})
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
	tx(ctx, t, db, func(s *postgres.Store) error {
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
