package postgres_test

import (
	"errors"
	"testing"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/surveys"
	"github.com/holdfast-channel/holdfast/services/customer/internal/touchpoints"
)

func TestContactOf_FindsByIdOrAddress(t *testing.T) {
	ctx, db, _ := open(t)
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		return tx.InsertContact(ctx, customers.Contact{ID: "con_1", Customer: "cus_1", Name: "Ann", Email: "ann@acme.example", CreateTime: at})
	})
	for name, c := range map[string]struct {
		customer  customers.ID
		id, email string
		want      error
	}{
		"by id":              {"cus_1", "con_1", "", nil},
		"by address":         {"cus_1", "", "Ann@Acme.example", nil},
		"the id goes first":  {"cus_1", "con_2", "ann@acme.example", customers.ErrContactNotFound},
		"another customer's": {"cus_2", "con_1", "", customers.ErrContactNotFound},
		"nobody":             {"cus_1", "", "bob@acme.example", customers.ErrContactNotFound},
	} {
		within(ctx, t, db, c.want, func(tx *postgres.Store) error {
			found, err := tx.ContactOf(ctx, c.customer, c.id, c.email)
			if err == nil && found != "con_1" {
				t.Errorf("%s: %s", name, found)
			}
			return err
		})
	}
}

func TestEnsurePerson_KnowsAnAddressAgain(t *testing.T) {
	ctx, db, _ := open(t)
	pat := surveys.Person{ID: "per_1", Audience: touchpoints.Partners, Partner: "softcat", Email: "Pat@softcat.example", TimeZone: "Europe/London", CreateTime: at}
	for _, c := range []struct {
		as     surveys.Person
		change func(*surveys.Person)
		want   string
	}{
		{pat, func(*surveys.Person) {}, "per_1"},
		{pat, func(p *surveys.Person) { p.ID, p.Email, p.TimeZone = "per_2", "pat@SOFTCAT.example", "Europe/Paris" }, "per_1"},
		{pat, func(p *surveys.Person) { p.ID, p.Partner = "per_3", "northwind" }, "per_3"},
		{pat, func(p *surveys.Person) { p.ID, p.Partner, p.Audience = "per_4", "", touchpoints.Staff }, "per_4"},
		{pat, func(p *surveys.Person) { p.ID, p.Partner, p.Audience = "per_5", "", touchpoints.Staff }, "per_4"},
	} {
		c.change(&c.as)
		within(ctx, t, db, nil, func(tx *postgres.Store) error {
			id, err := tx.EnsurePerson(ctx, c.as)
			address, err2 := tx.AddressOf(ctx, id)
			if id != c.want || address != "pat@softcat.example" {
				t.Errorf("%+v is %s at %s, want %s", c.as, id, address, c.want)
			}
			return errors.Join(err, err2)
		})
	}
}

func TestOptOuts_AreKeptForWhoIsGone(t *testing.T) {
	ctx, db, _ := open(t)
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		address, err := tx.AddressOf(ctx, "con_gone")
		before, err2 := tx.OptedOut(ctx, "con_gone")
		if err := errors.Join(err, err2, tx.SaveOptOut(ctx, "con_gone", "ada", at), tx.SaveOptOut(ctx, "con_gone", "bob", at)); err != nil {
			return err
		}
		out, err := tx.OptedOut(ctx, "con_gone")
		dropped := tx.DropOptOut(ctx, "con_gone")
		after, err2 := tx.OptedOut(ctx, "con_gone")
		if address != "" || before || !out || after {
			t.Errorf("at %q; before %t, out %t, after %t", address, before, out, after)
		}
		return errors.Join(err, err2, dropped)
	})
}
