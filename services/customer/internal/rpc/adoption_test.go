package rpc_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
)

func TestGetAdoption_CountsFamiliesByMonth(t *testing.T) {
	h := start(t)
	h.stock()
	c := h.catalogue(admin)
	_, err := c.CreateProductFamily(h.ctx, &customerv1.CreateProductFamilyRequest{
		ProductFamily: &customerv1.ProductFamily{FamilyId: "archiving", DisplayName: "Archiving"}, RequestId: rid(),
	})
	must(t, err)
	_, err = c.CreateProduct(h.ctx, &customerv1.CreateProductRequest{
		Product: &customerv1.Product{ProductId: "archive", DisplayName: "Archive", FamilyId: "archiving"}, RequestId: rid(),
	})
	must(t, err)

	one := h.year2024(10, nil)
	h.year2024(10, func(r *customerv1.CreateSubscriptionRequest) { r.CustomerId = one.GetCustomerId() }) // the same family again
	two := h.year2024(10, nil)
	h.year2024(10, func(r *customerv1.CreateSubscriptionRequest) {
		r.CustomerId, r.ProductId, r.StartDate, r.PartnerId = two.GetCustomerId(), "archive", "2024-02-02", "northwind"
	})

	average := func(bps int32) *int32 { return &bps }
	month := func(name string, bps int32, families int64, counts ...*customerv1.AdoptionCount) *customerv1.AdoptionMonth {
		customers := int64(0)
		for _, c := range counts {
			customers += c.GetCustomers()
		}
		return &customerv1.AdoptionMonth{Month: name, Customers: customers, Families: families, AverageBps: average(bps), Distribution: counts}
	}
	for _, tt := range []struct {
		who  auth.Caller
		want []*customerv1.AdoptionMonth
	}{
		{experience, []*customerv1.AdoptionMonth{
			{Month: "2023-12"}, month("2024-01", 10000, 2, &customerv1.AdoptionCount{Families: 1, Customers: 2}),
			month("2024-02", 10000, 2, &customerv1.AdoptionCount{Families: 1, Customers: 2}),
			month("2024-03", 15000, 3, &customerv1.AdoptionCount{Families: 1, Customers: 1}, &customerv1.AdoptionCount{Families: 2, Customers: 1}),
		}},
		{northwind, []*customerv1.AdoptionMonth{
			{Month: "2023-12"}, {Month: "2024-01"}, {Month: "2024-02"}, month("2024-03", 10000, 1, &customerv1.AdoptionCount{Families: 1, Customers: 1}),
		}},
	} {
		got, err := h.retention(tt.who).GetAdoption(h.ctx, &customerv1.GetAdoptionRequest{FromMonth: "2023-12", UntilMonth: "2024-03"})
		must(t, err)
		if diff := cmp.Diff(&customerv1.Adoption{Months: tt.want}, got, protocmp.Transform()); diff != "" {
			t.Errorf("%s: %s", tt.who, diff)
		}
	}

	var got []string
	request := &customerv1.ListAdoptionCustomersRequest{Month: "2024-03", PageSize: 1}
	for {
		page, err := h.retention(bi).ListAdoptionCustomers(h.ctx, request)
		must(t, err)
		for _, u := range page.GetCustomers() {
			got = append(append(got, u.GetCustomerId()), u.GetFamilyIds()...)
			if u.GetCustomerName() == "" {
				t.Errorf("got %v", u)
			}
		}
		if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
			break
		}
	}
	want := []string{one.GetCustomerId(), "email-security", two.GetCustomerId(), "archiving", "email-security"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	other, err := h.retention(northwind).ListAdoptionCustomers(h.ctx, &customerv1.ListAdoptionCustomersRequest{Month: "2024-03", PartnerId: "softcat"})
	if must(t, err); len(other.GetCustomers()) != 0 {
		t.Errorf("northwind sees %v of softcat", other)
	}
}
