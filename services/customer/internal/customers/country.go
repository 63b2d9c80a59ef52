package customers

import (
	"fmt"
	"strings"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// ErrCountryUnknown is returned for a code that ISO 3166-1 does not assign.
var ErrCountryUnknown = fault.New("COUNTRY_UNKNOWN", "the country is not in ISO 3166-1")

// Country is an ISO 3166-1 alpha-2 code, such as "GB".
type Country string

// iso3166 are all officially assigned codes.
const iso3166 = `
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL
BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV
CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM
IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK
LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR
PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS
ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
`

var countries = readCountries(iso3166)

func readCountries(codes string) map[Country]bool {
	known := make(map[Country]bool, 256)
	for code := range strings.FieldsSeq(codes) {
		known[Country(code)] = true
	}
	return known
}

// ParseCountry returns the country with this code, or ErrCountryUnknown.
func ParseCountry(code string) (Country, error) {
	if countries[Country(code)] {
		return Country(code), nil
	}
	hint := "use an ISO 3166-1 alpha-2 code in capitals, such as GB"
	switch upper := Country(strings.ToUpper(code)); {
	case upper == "UK":
		hint = "write GB"
	case countries[upper]:
		hint = "write " + string(upper)
	}
	return "", ErrCountryUnknown.Because(fmt.Sprintf("%.16q is no country code; %s", code, hint), "country_code", fmt.Sprintf("%.16s", code))
}
