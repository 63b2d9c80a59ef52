package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
)

// Syllables of invented family and place names.
var (
	heads = []string{"Ald", "Ash", "Bar", "Bex", "Bram", "Cal", "Carr", "Chel", "Cor", "Dal", "Den", "Dray", "Els", "Fal", "Fen", "Gar", "Hal", "Har", "Hex", "Hol", "Ing", "Kel", "Ken", "Kir", "Lang", "Lin", "Lor", "Mal", "Mar", "Mel", "Mor", "Nor", "Oak", "Or", "Pem", "Pen", "Quen", "Rad", "Ren", "Ros", "Sal", "Sed", "Shel", "Stan", "Tal", "Thorn", "Tor", "Vel", "Wald", "Wes", "Win", "Yar"}
	tails = []string{"bourne", "bridge", "bury", "by", "combe", "cote", "croft", "dale", "den", "don", "field", "ford", "gate", "grave", "ham", "holm", "hurst", "land", "leigh", "low", "mere", "mont", "more", "ney", "ridge", "sey", "shaw", "stead", "stoke", "ton", "vale", "wick", "win", "worth", "yard"}
)

// What follows the name says what the organisation does.
var suffixes = map[customerv1.Sector][]string{
	customerv1.Sector_SECTOR_BANKING:               {"Bank", "Private Bank", "Savings Bank", "Bancorp", "Building Society"},
	customerv1.Sector_SECTOR_FINANCIAL_SERVICES:    {"Capital", "Asset Management", "Insurance", "Wealth", "Brokers", "Pensions", "Partners"},
	customerv1.Sector_SECTOR_LEGAL:                 {"LLP", "Solicitors", "Law", "Chambers", "Attorneys", "& Co Solicitors"},
	customerv1.Sector_SECTOR_MEDIA:                 {"Media", "Broadcasting", "Publishing", "Studios", "Press"},
	customerv1.Sector_SECTOR_PROFESSIONAL_SERVICES: {"Consulting", "Accountants", "Engineering", "Advisory", "Surveyors", "Architects"},
	customerv1.Sector_SECTOR_HEALTHCARE:            {"Health", "Hospitals", "Care", "Biosciences", "Clinics"},
	customerv1.Sector_SECTOR_EDUCATION:             {"College", "Academy Trust", "University", "Schools"},
	customerv1.Sector_SECTOR_PUBLIC_SECTOR:         {"Council", "County", "Housing Association", "Municipality"},
	customerv1.Sector_SECTOR_MANUFACTURING:         {"Manufacturing", "Industries", "Foods", "Steel", "Plastics", "Instruments"},
	customerv1.Sector_SECTOR_RETAIL:                {"Stores", "Retail", "Hotels", "Travel", "Outfitters"},
	customerv1.Sector_SECTOR_TECHNOLOGY:            {"Software", "Systems", "Networks", "Digital", "Telecom"},
	customerv1.Sector_SECTOR_ENERGY:                {"Energy", "Mining", "Power", "Water", "Resources"},
	customerv1.Sector_SECTOR_PROPERTY:              {"Property", "Construction", "Homes", "Estates"},
	customerv1.Sector_SECTOR_TRANSPORT:             {"Logistics", "Shipping", "Freight", "Airways", "Rail"},
	customerv1.Sector_SECTOR_NON_PROFIT:            {"Foundation", "Trust", "Society", "Relief"},
}

// How often each sector occurs, in hundredths.
var sectorWeights = []struct {
	sector customerv1.Sector
	weight int
}{
	{customerv1.Sector_SECTOR_FINANCIAL_SERVICES, 15}, {customerv1.Sector_SECTOR_LEGAL, 14},
	{customerv1.Sector_SECTOR_PROFESSIONAL_SERVICES, 13}, {customerv1.Sector_SECTOR_MANUFACTURING, 10},
	{customerv1.Sector_SECTOR_TECHNOLOGY, 8}, {customerv1.Sector_SECTOR_MEDIA, 7}, {customerv1.Sector_SECTOR_BANKING, 6},
	{customerv1.Sector_SECTOR_RETAIL, 5}, {customerv1.Sector_SECTOR_HEALTHCARE, 5}, {customerv1.Sector_SECTOR_EDUCATION, 4},
	{customerv1.Sector_SECTOR_PROPERTY, 4}, {customerv1.Sector_SECTOR_TRANSPORT, 3}, {customerv1.Sector_SECTOR_PUBLIC_SECTOR, 2},
	{customerv1.Sector_SECTOR_ENERGY, 2}, {customerv1.Sector_SECTOR_NON_PROFIT, 2},
}

// A namer invents names and domains, none of them twice.
type namer struct {
	rnd   *rand.Rand
	taken map[string]bool
}

func (n *namer) word() string {
	return heads[n.rnd.IntN(len(heads))] + tails[n.rnd.IntN(len(tails))]
}

// organisation invents a name for an organisation of a sector, and its domain.
func (n *namer) organisation(sector customerv1.Sector) (name, domain string) {
	kind := suffixes[sector][n.rnd.IntN(len(suffixes[sector]))]
	for {
		switch n.rnd.IntN(4) {
		case 0:
			name = fmt.Sprintf("%s & %s %s", n.word(), n.word(), strings.TrimPrefix(kind, "& Co "))
		case 1:
			name = fmt.Sprintf("%s %s %s", n.word(), n.word(), kind)
		default:
			name = fmt.Sprintf("%s %s", n.word(), kind)
		}
		if domain = domainOf(name); !n.taken[domain] {
			n.taken[domain] = true
			return name, domain
		}
	}
}

// domainOf makes a domain of a name, under the reserved top-level domain.
func domainOf(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		}
	}
	return b.String() + ".example"
}
