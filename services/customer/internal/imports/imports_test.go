package imports_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/imports"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

var now = time.Date(2026, time.April, 1, 9, 0, 0, 0, time.UTC)

func customer(id, domain string) imports.Row {
	return imports.Row{ExternalID: id, Customer: &customers.Draft{
		Name: "Customer " + id, PrimaryDomain: domain, Segment: customers.Global, Country: "GB", TimeZone: "Europe/London",
	}}
}

func subscription(id, of string) imports.Row {
	return imports.Row{ExternalID: id, Subscription: &imports.Subscription{
		Customer: of, Product: "gateway", Partner: "softcat", Seats: 10, UnitPrice: money.Amount{Minor: 100, Currency: "GBP"}, Months: 12, Billing: "ANNUAL",
		FirstStart: calendar.On(2024, time.May, 1), Start: calendar.On(2025, time.May, 1),
	}}
}

func batch(rows ...imports.Row) *imports.Batch {
	n := 0
	return imports.NewBatch(100, rows, now, func(prefix string) string {
		n++
		return fmt.Sprintf("%s%d", prefix, n)
	})
}

// reasons says which rows were refused, and why.
func reasons(list []imports.Refusal) (got []string) {
	for _, r := range list {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%d %s %s", r.Row, r.Reason, r.Field)))
	}
	return got
}

func TestNewBatch_RefusesBadRowsAndKeepsGoodOnes(t *testing.T) {
	broken := subscription("s-9", "c-1")
	broken.Broken = money.ErrInvalid.On("unit_price")
	b := batch(
		customer("c-1", "one.example"), customer("c-1", "two.example"), customer("c-3", "ONE.example"), customer("c-4", "nonsense"),
		customer("", "five.example"), imports.Row{ExternalID: "x"}, broken, customer("c-\x00", "eight.example"), customer("c-3", "three.example"),
	)
	want := []string{
		"101 ALREADY_EXISTS external_id", "102 DOMAIN_TAKEN primary_domain", "103 DOMAIN_INVALID primary_domain", "104 REQUEST_INVALID external_id",
		"105 REQUEST_INVALID", "106 AMOUNT_INVALID unit_price", "107 REQUEST_INVALID external_id",
	}
	if diff := cmp.Diff(want, reasons(b.Refusals)); diff != "" {
		t.Error(diff)
	}
	if len(b.Customers) != 2 || b.Customers[1].ExternalID != "c-3" || b.Customers[1].Row != 108 {
		t.Errorf("customers %+v", b.Customers)
	}
	if b.Refusals[6].ExternalID != "c-" {
		t.Errorf("external id %q would not be stored", b.Refusals[6].ExternalID)
	}
}

func TestResolve_FindsCustomerAndProduct(t *testing.T) {
	unknown, elsewhere, off := subscription("s-2", "c-9"), subscription("s-3", "c-1"), subscription("s-4", "c-1")
	elsewhere.Subscription.Product = "other"
	off.Subscription.Start = calendar.On(2025, time.May, 2)
	merged, doubled := subscription("s-5", "c-2"), subscription("s-1", "c-1")
	b := batch(subscription("s-1", "c-1"), unknown, elsewhere, off, merged, doubled)
	known := map[string]customers.Customer{
		"c-1": {ID: "cus_1", TimeZone: "Europe/London"}, "c-2": {ID: "cus_2", MergedInto: "cus_1"},
	}
	got, refused := b.Resolve(known, map[catalogue.ProductID]catalogue.Product{"gateway": {ID: "gateway", Family: "email"}})
	want := []string{"101 NOT_FOUND customer_external_id", "102 PRODUCT_UNKNOWN product_id", "103 DATE_INVALID term_start_date", "104 CUSTOMER_MERGED"}
	if diff := cmp.Diff(want, reasons(refused)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"105 ALREADY_EXISTS external_id"}, reasons(b.Refusals)); diff != "" {
		t.Error(diff)
	}
	if len(got) != 1 || got[0].Value.Customer.ID != "cus_1" || got[0].Value.Family != "email" || got[0].Value.Partners[0].From != calendar.On(2024, time.May, 1) {
		t.Errorf("got %+v", got)
	}
}

func TestAdmit_WantsTheNextRow(t *testing.T) {
	i := imports.Import{ID: "imp_1"}.Advance(7, 3)
	if i.NextRow != 10 || i.Admit(10) != nil {
		t.Errorf("next row %d, %v", i.NextRow, i.Admit(10))
	}
	for _, first := range []int64{0, 9, 11} {
		if err := i.Admit(first); !errors.Is(err, imports.ErrOutOfOrder) {
			t.Errorf("row %d: got %v", first, err)
		}
	}
	if err := i.Finish().Admit(10); !errors.Is(err, imports.ErrClosed) {
		t.Errorf("finished: got %v", err)
	}
}
