package partners_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

var (
	noon     = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	softcat  = partners.Partner{ID: "softcat", DisplayName: "Softcat", Type: partners.Reseller, Country: "GB"}
	enrolled = must(partners.Enrol(softcat, noon))
)

func must(p partners.Partner, err error) partners.Partner {
	if err != nil {
		panic(err)
	}
	return p
}

func TestEnrol_ReturnsAnActivePartnerAtItsFirstRevision(t *testing.T) {
	given := softcat
	given.State, given.Cause, given.Revision = partners.Suspended, partners.Insolvent, 9
	got, err := partners.Enrol(given, noon)
	if err != nil {
		t.Fatal(err)
	}
	want := softcat
	want.State, want.Revision, want.CreateTime, want.UpdateTime = partners.Active, 1, noon, noon
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEnrol_NamesTheFieldAtFault(t *testing.T) {
	tests := []struct {
		name   string
		change func(*partners.Partner)
		want   error
		field  string
	}{
		{"blank name", func(p *partners.Partner) { p.DisplayName = " " }, partners.ErrInvalid, "partner.display_name"},
		{"long name", func(p *partners.Partner) { p.DisplayName = strings.Repeat("é", 201) }, partners.ErrInvalid, "partner.display_name"},
		{"long legal name", func(p *partners.Partner) { p.LegalName = strings.Repeat("é", 201) }, partners.ErrInvalid, "partner.legal_name"},
		{"no such country", func(p *partners.Partner) { p.Country = "UK" }, partners.ErrCountryUnknown, "partner.country_code"},
		{"country in small letters", func(p *partners.Partner) { p.Country = "gb" }, partners.ErrCountryUnknown, "partner.country_code"},
		{"letters of two countries", func(p *partners.Partner) { p.Country = "B " }, partners.ErrCountryUnknown, "partner.country_code"},
		{"a second vendor", func(p *partners.Partner) { p.Type = partners.DirectSales }, partners.ErrInvalid, "partner.type"},
		{"the vendor as a reseller", func(p *partners.Partner) { p.ID = partners.Direct }, partners.ErrInvalid, "partner.type"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := softcat
			tt.change(&p)
			_, err := partners.Enrol(p, noon)
			refusal, _ := fault.Of(err)
			if !errors.Is(err, tt.want) || refusal.Field != tt.field {
				t.Errorf("got %v, want %v on %s", err, tt.want, tt.field)
			}
		})
	}
}

func TestSelling_HoldsForTheTypesThatMayEarnMargin(t *testing.T) {
	for kind, want := range map[partners.Type]bool{
		partners.Reseller: true, partners.SystemsIntegrator: true, partners.ManagedServiceProvider: true,
		partners.IndependentSoftwareVendor: true, partners.SalesAgent: true, partners.Distributor: true, partners.DirectSales: true,
		partners.Supplier: false, partners.CyberResilience: false, partners.StrategicAlliance: false, "": false,
	} {
		if kind.Selling() != want {
			t.Errorf("%q sells: %v, want %v", kind, kind.Selling(), want)
		}
	}
}

func TestSuspend_AndReinstateAreOpposites(t *testing.T) {
	day := calendar.On(2026, time.March, 1)
	suspended, err := enrolled.Suspend(partners.Suspension{Cause: partners.Insolvent, On: day, At: noon})
	if err != nil || suspended.State != partners.Suspended || suspended.Cause != partners.Insolvent || suspended.SuspendDate != day {
		t.Fatalf("suspended: %+v, %v", suspended, err)
	}
	if _, err := suspended.Suspend(partners.Suspension{Cause: partners.Inquiry, On: day, At: noon}); !errors.Is(err, partners.ErrStateInvalid) {
		t.Errorf("suspended twice: %v", err)
	}
	back, err := suspended.Reinstate(noon)
	if err != nil {
		t.Fatal(err)
	}
	want := enrolled
	want.Revision = 3
	if diff := cmp.Diff(want, back); diff != "" {
		t.Error(diff)
	}
	if _, err := back.Reinstate(noon); !errors.Is(err, partners.ErrStateInvalid) {
		t.Errorf("reinstated twice: %v", err)
	}
}

func TestSuspend_RefusesTheVendorItself(t *testing.T) {
	direct := partners.Partner{ID: partners.Direct, Type: partners.DirectSales, State: partners.Active}
	if _, err := direct.Suspend(partners.Suspension{Cause: partners.Inquiry}); !errors.Is(err, partners.ErrStateInvalid) {
		t.Errorf("got %v", err)
	}
}

func TestUpdate_ChangesTheNamedFieldsOnly(t *testing.T) {
	later := noon.Add(time.Hour)
	got, err := enrolled.Update(partners.Update{
		Fields: []string{"legal_name", "country_code"}, DisplayName: "ignored", LegalName: "Softcat plc", Country: "IE", At: later,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := enrolled
	want.LegalName, want.Country, want.UpdateTime, want.Revision = "Softcat plc", "IE", later, 2
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUpdate_RefusesOtherFieldsAndBadValues(t *testing.T) {
	tests := map[string]struct {
		update partners.Update
		want   error
	}{
		"no field":        {partners.Update{}, partners.ErrMaskInvalid},
		"type is fixed":   {partners.Update{Fields: []string{"type"}}, partners.ErrMaskInvalid},
		"name emptied":    {partners.Update{Fields: []string{"display_name"}}, partners.ErrInvalid},
		"country cleared": {partners.Update{Fields: []string{"country_code"}}, partners.ErrCountryUnknown},
	}
	for name, tt := range tests {
		if _, err := enrolled.Update(tt.update); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", name, err, tt.want)
		}
	}
}
