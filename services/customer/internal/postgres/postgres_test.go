package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

var (
	started = calendar.On(2025, time.January, 1)
	at      = time.Date(2025, time.January, 1, 9, 0, 0, 0, time.UTC)
)

// open returns a store with a customer, a product and its subscription.
func open(t *testing.T) (context.Context, *pg.DB, subscriptions.Subscription) {
	t.Helper()
	db := pgtest.New(t, pgtest.Schema{Name: "customer", Migrations: postgres.Migrations()})
	ctx := pg.WithScope(t.Context(), pg.System())
	s := subscription(t, "sub_1", acme("cus_1", "acme.example"))
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		return errors.Join(
			tx.InsertFamily(ctx, catalogue.Family{ID: "email-security", Name: "Email security"}),
			tx.InsertProduct(ctx, catalogue.Product{ID: "gateway", Name: "Gateway", Family: "email-security", CreateTime: at}),
			tx.InsertCustomer(ctx, acme("cus_1", "acme.example")),
			tx.InsertSubscription(ctx, s),
		)
	})
	return ctx, db, s
}

// within runs fn in a transaction that must end as wanted.
func within(ctx context.Context, t *testing.T, db *pg.DB, want error, fn func(tx *postgres.Store) error) {
	t.Helper()
	err := postgres.New(db).InTx(ctx, fn)
	if !errors.Is(err, want) || (want == nil && err != nil) {
		t.Fatalf("got %v, want %v", err, want)
	}
}

func acme(id customers.ID, domain string) customers.Customer {
	c, err := customers.Register(id, customers.Draft{
		Name: "Acme", PrimaryDomain: domain, Segment: customers.Enterprise, Country: "GB", TimeZone: "Europe/London", ExternalID: "crm-" + domain,
	}, at)
	if err != nil {
		panic(err) // it is right
	}
	return c
}

func subscription(t *testing.T, id subscriptions.ID, c customers.Customer) subscriptions.Subscription {
	t.Helper()
	s, err := subscriptions.Create(subscriptions.Order{
		ID: id, TermID: "trm_" + string(id), Customer: c, Product: catalogue.Product{ID: "gateway", Family: "email-security"}, Partner: "softcat",
		Seats: 10, UnitPrice: money.Amount{Minor: 100_00, Currency: "GBP"}, Months: 12, Billing: subscriptions.Annual, Start: started,
		ExternalID: "ext-" + string(id), BookedBy: "ord-" + string(id), At: at,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTenancy_HasNoHole(t *testing.T) {
	_, db, _ := open(t)
	pgtest.CheckTenancy(t, db)
}

func TestTenancy_ShowsPartnersTheirRowsOnly(t *testing.T) {
	ctx, db, _ := open(t)
	other := subscription(t, "sub_2", acme("cus_2", "other.example"))
	other.Partners[0].Partner = "northwind"
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		return errors.Join(tx.InsertCustomer(ctx, acme("cus_2", "other.example")), tx.InsertSubscription(ctx, other))
	})
	for _, tt := range []struct {
		scope pg.Scope
		want  int
	}{
		{pg.System(), 2}, {pg.Partner("softcat"), 1}, {pg.Partner("northwind", "third"), 1}, {pg.Partner("third"), 0}, {pg.Partner(), 0}, {pg.Scope{}, 0},
	} {
		scoped := pg.WithScope(t.Context(), tt.scope)
		for _, table := range []string{"customers", "customer_domains", "subscriptions", "terms", "partners_of_record"} {
			var n int
			err := db.InReadTx(scoped, func(tx pgx.Tx) error { return tx.QueryRow(scoped, "SELECT count(*) FROM "+table).Scan(&n) })
			if err != nil || n != tt.want {
				t.Errorf("%s sees %d rows of %s, %v; want %d", tt.scope, n, table, err, tt.want)
			}
		}
	}
}

func TestTenancy_PartnersChangeNothing(t *testing.T) {
	_, db, _ := open(t)
	scoped := pg.WithScope(t.Context(), pg.Partner("softcat"))
	for _, sql := range []string{
		"UPDATE subscriptions SET seats = 1", "DELETE FROM terms", "UPDATE customers SET display_name = 'x'",
		"INSERT INTO partners_of_record SELECT * FROM partners_of_record", "DELETE FROM products", "SELECT FROM contacts", "SELECT FROM bookings",
		"SELECT FROM imports", "SELECT FROM import_errors", "SELECT FROM customer_groups",
	} {
		err := db.InTx(scoped, func(tx pgx.Tx) error { _, err := tx.Exec(scoped, sql); return err })
		var state interface{ SQLState() string }
		if !errors.As(err, &state) || state.SQLState() != "42501" {
			t.Errorf("%s: got %v, want insufficient privilege", sql, err)
		}
	}
}

func TestSubscription_IsReadAsItWasStored(t *testing.T) {
	ctx, db, s := open(t)
	renewed, err := s.Renew(subscriptions.Renewal{
		TermID: "trm_2", Expected: "softcat", Start: s.Current.End, Months: 24, Seats: 12, UnitPrice: s.UnitPrice, Billing: subscriptions.Prepaid, BookedBy: "sbm_1", At: at,
	})
	if err != nil {
		t.Fatal(err)
	}
	moved, err := renewed.Reassign(subscriptions.Reassignment{Expected: "softcat", Partner: "northwind", From: started.AddDays(40), Transfer: "tra_1", At: at})
	if err != nil {
		t.Fatal(err)
	}
	quoted, err := moved.RecordQuote(subscriptions.Quote{Partner: "northwind", On: started.AddDays(41), At: at})
	if err != nil {
		t.Fatal(err)
	}
	cancelled, err := quoted.Cancel(subscriptions.Cancellation{From: s.Current.End, Cause: subscriptions.CauseVendorFault, At: at})
	if err != nil {
		t.Fatal(err)
	}
	before := s
	for _, after := range []subscriptions.Subscription{s, renewed, moved, quoted, cancelled} {
		within(ctx, t, db, nil, func(tx *postgres.Store) error {
			if after.Revision > 1 {
				if err := tx.UpdateSubscription(ctx, before, after); err != nil {
					return err
				}
			}
			got, err := tx.SubscriptionForUpdate(ctx, s.ID)
			if diff := cmp.Diff(after, got, cmp.Comparer(calendar.Date.Equal)); diff != "" {
				t.Errorf("revision %d: %s", after.Revision, diff)
			}
			return err
		})
		before = after
	}
}

func TestConstraints_AreTheLastWall(t *testing.T) {
	ctx, db, s := open(t)
	fresh := func(spoil func(*subscriptions.Subscription)) func(tx *postgres.Store) error {
		return func(tx *postgres.Store) error {
			other := subscription(t, "sub_2", acme("cus_1", "acme.example"))
			spoil(&other)
			return tx.InsertSubscription(ctx, other)
		}
	}
	exec := func(sql string) func(tx *postgres.Store) error {
		return func(tx *postgres.Store) error { _, err := tx.Tx().Exec(ctx, sql); return err }
	}
	for name, tt := range map[string]struct {
		want error
		do   func(tx *postgres.Store) error
	}{
		"an external id twice": {subscriptions.ErrTaken, fresh(func(o *subscriptions.Subscription) { o.ExternalID = s.ExternalID })},
		"an unknown product":   {catalogue.ErrProductUnknown, fresh(func(o *subscriptions.Subscription) { o.Product = "none" })},
		"an unknown customer":  {customers.ErrNotFound, fresh(func(o *subscriptions.Subscription) { o.Customer.ID = "cus_0" })},
		"an order twice":       {postgres.ErrBooked, fresh(func(o *subscriptions.Subscription) { o.Terms[0].BookedBy = s.Terms[0].BookedBy })},
		"a domain twice": {customers.ErrDomainTaken, func(tx *postgres.Store) error {
			return tx.InsertCustomer(ctx, func() customers.Customer { c := acme("cus_2", "acme.example"); c.ExternalID = ""; return c }())
		}},
		"a customer's external id twice": {customers.ErrTaken, func(tx *postgres.Store) error {
			c := acme("cus_2", "other.example")
			c.ExternalID = "crm-acme.example"
			return tx.InsertCustomer(ctx, c)
		}},
		"a start twice": {subscriptions.ErrAlreadyRenewed, func(tx *postgres.Store) error {
			again := s
			again.Terms = append(again.Terms[:1:1], again.Terms[0])
			again.Terms[1].ID, again.Terms[1].BookedBy = "trm_2", "sbm_2"
			return tx.UpdateSubscription(ctx, s, again)
		}},
	} {
		t.Run(name, func(t *testing.T) { within(ctx, t, db, tt.want, tt.do) })
	}
	for name, sql := range map[string]string{
		"partners_of_record_one_at_a_time": `INSERT INTO partners_of_record (subscription_id, partner_id, from_date, until_date, begins_at, ends_at)
			VALUES ('sub_1', 'other', '2025-06-01', '2025-07-01', now(), now())`,
		"subscriptions_cancelled_with_date_and_cause": "UPDATE subscriptions SET state = 'CANCELLED'",
		"terms_not_empty":              "UPDATE terms SET end_date = start_date",
		"subscriptions_seats_positive": "UPDATE subscriptions SET seats = 0",
		"customers_segment_known":      "UPDATE customers SET segment = 'TINY'",
	} {
		if err := postgres.New(db).InTx(ctx, exec(sql)); pg.Constraint(err) != name {
			t.Errorf("got %v, want a violation of %s", err, name)
		}
	}
}

func TestBooking_IsMadeOnce(t *testing.T) {
	ctx, db, s := open(t)
	b := postgres.Booking{RequestID: "sbm_1", Method: "Renew", Fingerprint: []byte{1}, Subscription: s.ID, Revision: 1, Effective: started}
	within(ctx, t, db, nil, func(tx *postgres.Store) error { return tx.Book(ctx, b) })
	within(ctx, t, db, postgres.ErrBooked, func(tx *postgres.Store) error { return tx.Book(ctx, b) })
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		got, ok, err := tx.Booking(ctx, "sbm_1")
		if diff := cmp.Diff(b, got, cmp.Comparer(calendar.Date.Equal)); !ok || diff != "" {
			t.Error(diff)
		}
		if _, ok, err := tx.Booking(ctx, "sbm_2"); ok || err != nil {
			t.Errorf("a booking that is none: %v, %v", ok, err)
		}
		return err
	})
	within(ctx, t, db, subscriptions.ErrNotFound, func(tx *postgres.Store) error {
		_, err := tx.SubscriptionAt(ctx, s.ID, 7)
		return err
	})
}

func TestStore_RefusesWhatTheDatabaseCannotHold(t *testing.T) {
	ctx, db, _ := open(t)
	err := postgres.New(db).InReadTx(ctx, func(tx *postgres.Store) error { _, err := tx.Customer(ctx, "cus_\x00"); return err })
	if refusal, ok := fault.Of(err); !ok || refusal.Reason != "REQUEST_INVALID" {
		t.Errorf("got %v", err)
	}
}

func TestSavepoint_TakesBackItsOwnOnly(t *testing.T) {
	ctx, db, _ := open(t)
	within(ctx, t, db, nil, func(tx *postgres.Store) error {
		if err := tx.InsertCustomer(ctx, acme("cus_2", "two.example")); err != nil {
			return err
		}
		err := tx.Savepoint(ctx, func(tx *postgres.Store) error {
			return errors.Join(tx.InsertCustomer(ctx, acme("cus_3", "three.example")), tx.CopyCustomers(ctx, []customers.Customer{acme("cus_4", "acme.example")}))
		})
		if !errors.Is(err, customers.ErrTaken) && !errors.Is(err, customers.ErrDomainTaken) {
			t.Errorf("got %v", err)
		}
		found, err := tx.CustomersByID(ctx, []customers.ID{"cus_2", "cus_3"})
		if len(found) != 1 {
			t.Errorf("got %v", found)
		}
		return err
	})
}
