package customers

import (
	"fmt"
	"slices"
	"strings"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Region is a part of the world, as the United Nations divide it (M49).
type Region string

// The regions.
const (
	Africa     Region = "AFRICA"
	Americas   Region = "AMERICAS"
	Antarctica Region = "ANTARCTICA"
	Asia       Region = "ASIA"
	Europe     Region = "EUROPE"
	Oceania    Region = "OCEANIA"
)

// m49 are the countries of each region. Taiwan, which M49 does not list, is
// with its neighbours.
var m49 = map[Region]string{
	Africa: `
AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW IO KE KM
LR LS LY MA MG ML MR MU MW MZ NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TF
TG TN TZ UG YT ZA ZM ZW`,
	Americas: `
AG AI AR AW BB BL BM BO BQ BR BS BV BZ CA CL CO CR CU CW DM DO EC FK GD GF GL
GP GS GT GY HN HT JM KN KY LC MF MQ MS MX NI PA PE PM PR PY SR SV SX TC TT US
UY VC VE VG VI`,
	Antarctica: `AQ`,
	Asia: `
AE AF AM AZ BD BH BN BT CN CY GE HK ID IL IN IQ IR JO JP KG KH KP KR KW KZ LA
LB LK MM MN MO MV MY NP OM PH PK PS QA SA SG SY TH TJ TL TM TR TW UZ VN YE`,
	Europe: `
AD AL AT AX BA BE BG BY CH CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS
IT JE LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA`,
	Oceania: `
AS AU CC CK CX FJ FM GU HM KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM
VU WF WS`,
}

var regions = readRegions(m49)

func readRegions(lists map[Region]string) map[Country]Region {
	byCountry := make(map[Country]Region, 256)
	for region, codes := range lists {
		for code := range strings.FieldsSeq(codes) {
			byCountry[Country(code)] = region
		}
	}
	return byCountry
}

// ErrRegionUnknown is returned for what is no region.
var ErrRegionUnknown = fault.New("REQUEST_INVALID", "there is no such region")

// Check returns ErrRegionUnknown unless r is a region.
func (r Region) Check() error {
	if _, known := m49[r]; known {
		return nil
	}
	return ErrRegionUnknown.Because(fmt.Sprintf("there is no region %.24q; use AFRICA, AMERICAS, ANTARCTICA, ASIA, EUROPE or OCEANIA", string(r)))
}

// Region returns where the country lies, or "" for what is no country.
func (c Country) Region() Region { return regions[c] }

// Countries returns the region's countries in the order of their codes.
func (r Region) Countries() []Country {
	var list []Country
	for code := range strings.FieldsSeq(m49[r]) {
		list = append(list, Country(code))
	}
	slices.Sort(list)
	return list
}
