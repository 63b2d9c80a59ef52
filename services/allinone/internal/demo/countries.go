package demo

import "github.com/holdfast-channel/holdfast/services/platform/money"

// A country is where customers are served: what they pay in, which clock their
// dates follow, and how large its share of the book is.
type country struct {
	code     string
	zone     string
	currency money.Currency
	weight   int
}

// The vendor's home markets weigh most; the rest of the world makes up the
// hundred countries.
var countries = []country{
	{"GB", "Europe/London", "GBP", 3600}, {"US", "America/New_York", "USD", 3300},
	{"ZA", "Africa/Johannesburg", "ZAR", 1250}, {"AU", "Australia/Sydney", "AUD", 700},
	{"IE", "Europe/Dublin", "EUR", 130}, {"JE", "Europe/Jersey", "GBP", 40},
	{"GG", "Europe/Guernsey", "GBP", 20}, {"IM", "Europe/Isle_of_Man", "GBP", 16},
	{"CA", "America/Toronto", "CAD", 160}, {"NZ", "Pacific/Auckland", "NZD", 80},
	{"DE", "Europe/Berlin", "EUR", 130}, {"NL", "Europe/Amsterdam", "EUR", 110},
	{"FR", "Europe/Paris", "EUR", 60}, {"BE", "Europe/Brussels", "EUR", 45},
	{"LU", "Europe/Luxembourg", "EUR", 20}, {"CH", "Europe/Zurich", "CHF", 45},
	{"AT", "Europe/Vienna", "EUR", 18}, {"ES", "Europe/Madrid", "EUR", 25},
	{"PT", "Europe/Lisbon", "EUR", 12}, {"IT", "Europe/Rome", "EUR", 22},
	{"SE", "Europe/Stockholm", "SEK", 30}, {"NO", "Europe/Oslo", "NOK", 22},
	{"DK", "Europe/Copenhagen", "DKK", 24}, {"FI", "Europe/Helsinki", "EUR", 14},
	{"IS", "Atlantic/Reykjavik", "USD", 4}, {"PL", "Europe/Warsaw", "EUR", 16},
	{"CZ", "Europe/Prague", "EUR", 10}, {"SK", "Europe/Bratislava", "EUR", 4},
	{"HU", "Europe/Budapest", "EUR", 6}, {"RO", "Europe/Bucharest", "EUR", 7},
	{"BG", "Europe/Sofia", "EUR", 5}, {"GR", "Europe/Athens", "EUR", 8},
	{"CY", "Asia/Nicosia", "EUR", 9}, {"MT", "Europe/Malta", "EUR", 10},
	{"HR", "Europe/Zagreb", "EUR", 3}, {"SI", "Europe/Ljubljana", "EUR", 3},
	{"EE", "Europe/Tallinn", "EUR", 3}, {"LV", "Europe/Riga", "EUR", 3},
	{"LT", "Europe/Vilnius", "EUR", 3}, {"GI", "Europe/Gibraltar", "GBP", 8},
	{"TR", "Europe/Istanbul", "USD", 6}, {"IL", "Asia/Jerusalem", "ILS", 14},
	{"AE", "Asia/Dubai", "AED", 75}, {"SA", "Asia/Riyadh", "SAR", 16},
	{"QA", "Asia/Qatar", "USD", 9}, {"KW", "Asia/Kuwait", "KWD", 9},
	{"BH", "Asia/Bahrain", "BHD", 9}, {"OM", "Asia/Muscat", "USD", 6},
	{"JO", "Asia/Amman", "USD", 4}, {"LB", "Asia/Beirut", "USD", 3},
	{"EG", "Africa/Cairo", "USD", 6}, {"MA", "Africa/Casablanca", "EUR", 3},
	{"TN", "Africa/Tunis", "EUR", 2}, {"NG", "Africa/Lagos", "USD", 28},
	{"GH", "Africa/Accra", "USD", 12}, {"KE", "Africa/Nairobi", "USD", 34},
	{"UG", "Africa/Kampala", "USD", 10}, {"TZ", "Africa/Dar_es_Salaam", "USD", 9},
	{"RW", "Africa/Kigali", "USD", 4}, {"ET", "Africa/Addis_Ababa", "USD", 3},
	{"ZM", "Africa/Lusaka", "ZAR", 16}, {"ZW", "Africa/Harare", "USD", 18},
	{"BW", "Africa/Gaborone", "ZAR", 32}, {"NA", "Africa/Windhoek", "ZAR", 36},
	{"MZ", "Africa/Maputo", "ZAR", 8}, {"SZ", "Africa/Mbabane", "ZAR", 7},
	{"LS", "Africa/Maseru", "ZAR", 5}, {"MW", "Africa/Blantyre", "USD", 5},
	{"MU", "Indian/Mauritius", "USD", 18}, {"SC", "Indian/Mahe", "USD", 3},
	{"AO", "Africa/Luanda", "USD", 3}, {"CI", "Africa/Abidjan", "EUR", 2},
	{"SN", "Africa/Dakar", "EUR", 2}, {"MG", "Indian/Antananarivo", "EUR", 2},
	{"IN", "Asia/Kolkata", "USD", 40}, {"LK", "Asia/Colombo", "USD", 4},
	{"BD", "Asia/Dhaka", "USD", 3}, {"PK", "Asia/Karachi", "USD", 4},
	{"SG", "Asia/Singapore", "SGD", 55}, {"MY", "Asia/Kuala_Lumpur", "USD", 14},
	{"TH", "Asia/Bangkok", "USD", 7}, {"ID", "Asia/Jakarta", "USD", 6},
	{"PH", "Asia/Manila", "USD", 9}, {"VN", "Asia/Ho_Chi_Minh", "USD", 4},
	{"HK", "Asia/Hong_Kong", "HKD", 50}, {"TW", "Asia/Taipei", "USD", 5},
	{"KR", "Asia/Seoul", "USD", 5}, {"JP", "Asia/Tokyo", "JPY", 26},
	{"FJ", "Pacific/Fiji", "AUD", 4}, {"PG", "Pacific/Port_Moresby", "AUD", 6},
	{"MX", "America/Mexico_City", "USD", 12}, {"BR", "America/Sao_Paulo", "USD", 12},
	{"AR", "America/Argentina/Buenos_Aires", "USD", 5}, {"CL", "America/Santiago", "USD", 5},
	{"CO", "America/Bogota", "USD", 5}, {"PE", "America/Lima", "USD", 3},
	{"PA", "America/Panama", "USD", 4}, {"CR", "America/Costa_Rica", "USD", 3},
	{"JM", "America/Jamaica", "USD", 5}, {"TT", "America/Port_of_Spain", "USD", 5},
	{"BB", "America/Barbados", "USD", 5}, {"BS", "America/Nassau", "USD", 6},
	{"BM", "Atlantic/Bermuda", "USD", 18}, {"KY", "America/Cayman", "USD", 18},
}

// Rates are dollars for one unit of the currency, rounded, as of 2026. They
// make the book add up and are no market data.
var rates = map[money.Currency]string{
	"GBP": "1.31", "EUR": "1.15", "ZAR": "0.058", "AUD": "0.65", "CAD": "0.71", "NZD": "0.57",
	"CHF": "1.24", "SEK": "0.105", "NOK": "0.099", "DKK": "0.154", "ILS": "0.3", "AED": "0.2723",
	"SAR": "0.2667", "KWD": "3.25", "BHD": "2.65", "SGD": "0.77", "HKD": "0.1285", "JPY": "0.0065",
}
