package app

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/imports"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

// Rows that only the database refuses must be found by halving: nothing that
// is looked up explains them.
func TestSieve_IsolatesWhatOnlyTheDatabaseRefuses(t *testing.T) {
	store := postgres.New(pgtest.New(t, pgtest.Schema{Name: "customer", Migrations: postgres.Migrations()}))
	ctx := pg.WithScope(t.Context(), pg.System())
	rows := make([]imports.Numbered[customers.Customer], 40)
	for i := range rows {
		c, err := customers.Register(customers.ID(fmt.Sprintf("cus_%d", i)), customers.Draft{
			Name: "C", PrimaryDomain: fmt.Sprintf("c%d.example", i), Segment: customers.Global, Country: "GB", TimeZone: "UTC", ExternalID: fmt.Sprintf("c-%d", i),
		}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		rows[i] = imports.Numbered[customers.Customer]{Row: int64(i), ExternalID: c.ExternalID, Value: c}
	}
	for _, bad := range []int{0, 17, 18, 39} {
		rows[bad].Value.Country = "TOO LONG"
	}
	rows[5].Value.Group = "grp_0"

	var refused []int64
	var stored []imports.Numbered[customers.Customer]
	err := store.InTx(ctx, func(tx *postgres.Store) (err error) {
		refused = nil
		s := sieve[customers.Customer]{
			tx: tx, copy: (*postgres.Store).CopyCustomers, refuse: func(row int64, _ string, _ error) { refused = append(refused, row) },
			known: func(_ context.Context, _ *postgres.Store, rows []imports.Numbered[customers.Customer]) ([]error, error) {
				return make([]error, len(rows)), nil
			},
		}
		stored, err = s.pass(ctx, rows)
		return err
	})
	if diff := cmp.Diff([]int64{0, 5, 17, 18, 39}, refused); err != nil || diff != "" || len(stored) != 35 {
		t.Errorf("stored %d, %v\n%s", len(stored), err, diff)
	}
	got, err := New(store, time.Now).ListCustomers(ctx, CustomerQuery{Limit: 100})
	if err != nil || len(got) != 35 {
		t.Errorf("there are %d customers, %v", len(got), err)
	}
}
