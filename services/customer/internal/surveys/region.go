package surveys

import (
	"golang.org/x/text/language"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
)

// Region is the part of the world that a customer is served in.
type Region string

// The regions.
const (
	EMEA     Region = "EMEA"
	Americas Region = "AMERICAS"
	APAC     Region = "APAC"
)

// Areas of the United Nations' M49.
var (
	europe, africa, westernAsia = area(150), area(2), area(145)
	americas                    = area(19)
)

func area(m49 int) language.Region {
	r, err := language.EncodeM49(m49)
	if err != nil {
		panic(err) // the number is a constant
	}
	return r
}

// RegionOf returns the region of a country, or "" for none.
func RegionOf(c customers.Country) Region {
	country, err := language.ParseRegion(string(c))
	switch {
	case err != nil:
		return ""
	case europe.Contains(country), africa.Contains(country), westernAsia.Contains(country):
		return EMEA
	case americas.Contains(country):
		return Americas
	}
	return APAC
}
