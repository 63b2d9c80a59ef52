package customers_test

import (
	"testing"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
)

func TestRegions_DivideTheCountriesOfTheWorld(t *testing.T) {
	listed := 0
	for _, region := range []customers.Region{
		customers.Africa, customers.Americas, customers.Antarctica, customers.Asia, customers.Europe, customers.Oceania,
	} {
		for _, country := range region.Countries() {
			if _, err := customers.ParseCountry(string(country)); err != nil || country.Region() != region {
				t.Errorf("%s lies in %q and in %q: %v", country, region, country.Region(), err)
			}
			listed++
		}
	}
	const assigned = 249 // by ISO 3166-1
	if listed != assigned {
		t.Errorf("%d countries are in a region, want %d", listed, assigned)
	}
	for country, want := range map[customers.Country]customers.Region{"GB": customers.Europe, "ZA": customers.Africa, "AU": customers.Oceania, "US": customers.Americas, "AE": customers.Asia, "XX": ""} {
		if got := country.Region(); got != want {
			t.Errorf("%s lies in %q, want %q", country, got, want)
		}
	}
}
