package customers_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

var (
	morning = time.Date(2026, time.April, 1, 9, 0, 0, 0, time.UTC)
	noon    = morning.Add(3 * time.Hour)
)

func draft() customers.Draft {
	return customers.Draft{
		Name: " Acme Legal LLP ", PrimaryDomain: "Acme-Legal.Example.", Domains: []string{"acme.example", "ACME-legal.example"},
		Segment: customers.MidMarket, Sector: "LEGAL", Country: "GB", TimeZone: "Europe/London", ExternalID: "crm-1",
	}
}

func registered(t *testing.T, id customers.ID, domains ...string) customers.Customer {
	t.Helper()
	d := draft()
	d.PrimaryDomain, d.Domains = domains[0], domains[1:]
	c, err := customers.Register(id, d, morning)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRegister_NormalisesWhatIsWritten(t *testing.T) {
	got, err := customers.Register("cus_1", draft(), morning)
	want := customers.Customer{
		ID: "cus_1", Name: "Acme Legal LLP", PrimaryDomain: "acme-legal.example", Domains: []customers.Domain{"acme-legal.example", "acme.example"},
		Segment: "MID_MARKET", Sector: "LEGAL", Country: "GB", TimeZone: "Europe/London", ExternalID: "crm-1",
		Revision: 1, CreateTime: morning, UpdateTime: morning,
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestRegister_NamesTheFieldAtFault(t *testing.T) {
	tests := map[string]func(*customers.Draft){
		"REQUEST_INVALID display_name":   func(d *customers.Draft) { d.Name = " " },
		"REQUEST_INVALID display_name ":  func(d *customers.Draft) { d.Name = "two\nlines" },
		"REQUEST_INVALID display_name  ": func(d *customers.Draft) { d.Name = strings.Repeat("é", 201) },
		"DOMAIN_INVALID primary_domain":  func(d *customers.Draft) { d.PrimaryDomain = "https://acme.example" },
		"DOMAIN_INVALID domains[1]":      func(d *customers.Draft) { d.Domains[1] = "co.uk" },
		"REQUEST_INVALID segment":        func(d *customers.Draft) { d.Segment = "" },
		"REQUEST_INVALID sector":         func(d *customers.Draft) { d.Sector = "PIRACY" },
		"COUNTRY_UNKNOWN country_code":   func(d *customers.Draft) { d.Country = "UK" },
		"TIME_ZONE_INVALID time_zone":    func(d *customers.Draft) { d.TimeZone = "Europe/Atlantis" },
		"REQUEST_INVALID external_id":    func(d *customers.Draft) { d.ExternalID = "a\x00b" },
	}
	for want, spoil := range tests {
		d := draft()
		spoil(&d)
		_, err := customers.Register("cus_1", d, morning)
		refusal, ok := fault.Of(err)
		if !ok || string(refusal.Reason)+" "+refusal.Field != strings.TrimRight(want, " ") {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestParseCountry_KnowsAllAssignedCodes(t *testing.T) {
	n := 0
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			if _, err := customers.ParseCountry(string(a) + string(b)); err == nil {
				n++
			} else if !errors.Is(err, customers.ErrCountryUnknown) {
				t.Fatal(err)
			}
		}
	}
	if n != 249 {
		t.Errorf("there are %d countries, want 249", n)
	}
	if _, err := customers.ParseCountry("gb"); err == nil || !strings.Contains(err.Error(), "write GB") {
		t.Errorf("gb: %v", err)
	}
}

func TestAmend_ChangesTheNamedFieldsOnly(t *testing.T) {
	c := registered(t, "cus_1", "acme.example")
	got, err := c.Amend(customers.Draft{Name: "New", Country: "FR", Domains: []string{"acme.fr"}}, []string{"display_name", "domains"}, nil, noon)
	want := c
	want.Name, want.Domains, want.Revision, want.UpdateTime = "New", []customers.Domain{"acme.example", "acme.fr"}, 2, noon
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if got.Etag() == c.Etag() || got.Expect(c.Etag()) == nil || got.Expect("") != nil || got.Expect(got.Etag()) != nil {
		t.Errorf("etags %q and %q", c.Etag(), got.Etag())
	}
}

func TestAmend_Refuses(t *testing.T) {
	c := registered(t, "cus_1", "acme.example", "acme.fr")
	merged := c
	merged.MergedInto = "cus_2"
	contact, err := c.Introduce(customers.Contact{Name: "Anna", Email: "anna@acme.fr"})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		c      customers.Customer
		fields []string
		want   error
	}{
		{"an empty mask", c, nil, customers.ErrMaskInvalid},
		{"what it does not know", c, []string{"etag"}, customers.ErrMaskInvalid},
		{"another primary domain", c, []string{"primary_domain"}, customers.ErrMaskInvalid},
		{"a merged customer", merged, []string{"domains"}, customers.ErrMerged},
		{"the domain of a contact to go", c, []string{"domains"}, customers.ErrContactDomain},
	}
	for _, tt := range tests {
		if _, err := tt.c.Amend(customers.Draft{}, tt.fields, []customers.Contact{contact}, noon); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestIntroduce_TakesAddressesInTheCustomersDomains(t *testing.T) {
	c := registered(t, "cus_1", "acme.example", "bücher.example")
	for written, want := range map[string]string{
		"Anna@Acme.Example":      "anna@acme.example",
		"anna@mail.acme.example": "anna@mail.acme.example",
		"a@bücher.example":       "a@xn--bcher-kva.example",
		"\"a@b\"@acme.example":   "\"a@b\"@acme.example",
	} {
		if got, err := c.Introduce(customers.Contact{Email: written}); got.Email != want || err != nil {
			t.Errorf("%s: got %q, %v", written, got.Email, err)
		}
	}
	for written, want := range map[string]error{
		"anna@notacme.example": customers.ErrContactDomain, "anna@example": customers.ErrInvalid, "acme.example": customers.ErrInvalid, "@acme.example": customers.ErrInvalid,
	} {
		if _, err := c.Introduce(customers.Contact{Email: written}); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", written, err, want)
		}
	}
}

func TestMerge_MovesDomainsAndPointsOn(t *testing.T) {
	a, b := registered(t, "cus_a", "a.example", "z.example"), registered(t, "cus_b", "m.example")
	ended, lasting, err := customers.Merge(a, b, noon)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]customers.Domain{"m.example", "a.example", "z.example"}, lasting.Domains); diff != "" {
		t.Error(diff)
	}
	if ended.MergedInto != "cus_b" || len(ended.Domains) != 0 || ended.PrimaryDomain != "a.example" || ended.Revision != 2 || lasting.Revision != 2 {
		t.Errorf("got %+v", ended)
	}
	if len(b.Domains) != 1 {
		t.Error("Merge changed its argument")
	}
	for _, pair := range [][2]customers.Customer{{ended, lasting}, {lasting, ended}} {
		if _, _, err := customers.Merge(pair[0], pair[1], noon); !errors.Is(err, customers.ErrMerged) {
			t.Errorf("merging a merged customer: %v", err)
		}
	}
	if _, _, err := customers.Merge(b, b, noon); !errors.Is(err, customers.ErrInvalid) {
		t.Errorf("merging a customer into itself: %v", err)
	}
}
