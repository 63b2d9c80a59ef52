package demo

import (
	"math/rand/v2"
	"strings"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
)

const (
	reseller   = partnerv1.PartnerType_PARTNER_TYPE_RESELLER
	integrator = partnerv1.PartnerType_PARTNER_TYPE_SYSTEMS_INTEGRATOR
	managed    = partnerv1.PartnerType_PARTNER_TYPE_MANAGED_SERVICE_PROVIDER
	software   = partnerv1.PartnerType_PARTNER_TYPE_INDEPENDENT_SOFTWARE_VENDOR
	agent      = partnerv1.PartnerType_PARTNER_TYPE_SALES_AGENT
	distri     = partnerv1.PartnerType_PARTNER_TYPE_DISTRIBUTOR
	supplier   = partnerv1.PartnerType_PARTNER_TYPE_SUPPLIER
	resilience = partnerv1.PartnerType_PARTNER_TYPE_CYBER_RESILIENCE
	alliance   = partnerv1.PartnerType_PARTNER_TYPE_STRATEGIC_ALLIANCE

	resale = partnerv1.SettlementMode_SETTLEMENT_MODE_RESALE
	agency = partnerv1.SettlementMode_SETTLEMENT_MODE_AGENCY
)

// A Partner of the book, with the settlement mode of its agreement if it sells.
type Partner struct {
	ID, Name, Country string
	Type              partnerv1.PartnerType
	Settlement        partnerv1.SettlementMode
}

// The ids of the three partners that the journey in the README plays with.
const (
	Softcat = "softcat"
	Bytes   = "bytes"
	Agent   = "harbour-street-agents"
	direct  = "direct"
)

// The well-known partners, in the roles in which the vendor named them.
var wellKnown = []Partner{
	{Softcat, "Softcat", "GB", reseller, resale},
	{"shi", "SHI", "US", reseller, resale},
	{"cdw", "CDW", "US", reseller, resale},
	{"softchoice", "Softchoice", "CA", managed, resale},
	{Bytes, "Bytes Technology Group", "GB", managed, resale},
	{"hewlett-packard", "Hewlett Packard", "US", integrator, resale},
	{"dimension-data", "Dimension Data", "ZA", integrator, agency},
	{"avanade", "Avanade", "US", integrator, agency},
	{"phishme", "PhishMe", "US", resilience, 0},
	{"zerofox", "ZeroFox", "US", resilience, 0},
	{"archive360", "Archive360", "US", resilience, 0},
	{Agent, "Harbour Street Agents", "GB", agent, agency},
	{"quarrymere-data-centres", "Quarrymere Data Centres", "GB", supplier, 0},
	{"lanternworth-alliance", "Lanternworth", "US", alliance, 0},
}

// Where invented regional partners come from and how many there are.
var regional = []struct {
	country string
	count   int
}{{"GB", 34}, {"US", 40}, {"ZA", 18}, {"AU", 12}, {"CA", 6}, {"DE", 6}, {"NL", 5}, {"AE", 4}, {"NZ", 3}, {"SG", 3}, {"KE", 3}, {"IE", 3}, {"HK", 2}, {"FR", 2}}

// inventPartners makes up the regional partners.
func inventPartners(n *namer) []Partner {
	kinds := []struct {
		kind       partnerv1.PartnerType
		settlement partnerv1.SettlementMode
		word       string
	}{
		{reseller, resale, "IT"}, {reseller, resale, "Technology"}, {reseller, resale, "Computing"}, {reseller, resale, "Networks"},
		{managed, resale, "Managed Services"}, {managed, resale, "Cloud"}, {agent, agency, "Agents"},
		{integrator, resale, "Integration"}, {software, resale, "Applications"}, {distri, resale, "Distribution"},
	}
	var partners []Partner
	for _, region := range regional {
		for i := range region.count {
			kind := kinds[i%len(kinds)]
			name := n.partnerName(kind.word)
			partners = append(partners, Partner{
				ID: strings.ReplaceAll(strings.ToLower(name), " ", "-"), Name: name,
				Country: region.country, Type: kind.kind, Settlement: kind.settlement,
			})
		}
	}
	return partners
}

func (n *namer) partnerName(word string) string {
	for {
		name := n.word() + " " + word
		if domain := domainOf(name); !n.taken[domain] {
			n.taken[domain] = true
			return name
		}
	}
}

// A choice is a partner and how likely it is to serve a customer.
type choice struct {
	partner string
	weight  int
}

// Who serves whom: large customers go through integrators, small and mid-sized
// ones through resellers and managed-service providers, some are the vendor's
// own.
var (
	large = []choice{{"hewlett-packard", 26}, {"dimension-data", 22}, {"avanade", 16}, {direct, 22}, {"cdw", 7}, {"shi", 7}}
	small = map[string][]choice{
		"GB": {{Softcat, 500}, {Bytes, 120}, {"cdw", 30}, {Agent, 40}, {direct, 60}, {"", 250}},
		"IE": {{Softcat, 250}, {Bytes, 100}, {direct, 100}, {"", 550}},
		"US": {{"shi", 240}, {"cdw", 270}, {"softchoice", 60}, {direct, 130}, {"", 300}},
		"CA": {{"softchoice", 560}, {"cdw", 120}, {direct, 100}, {"", 220}},
		"ZA": {{Bytes, 170}, {"dimension-data", 120}, {direct, 110}, {"", 600}},
		"":   {{direct, 160}, {"", 840}},
	}
)

// pick chooses who serves a customer of a country: a named partner, or one of
// the regional ones for the empty name.
func pick(rnd *rand.Rand, choices []choice) string {
	total := 0
	for _, c := range choices {
		total += c.weight
	}
	at := rnd.IntN(total)
	for _, c := range choices {
		if at -= c.weight; at < 0 {
			return c.partner
		}
	}
	return direct
}
