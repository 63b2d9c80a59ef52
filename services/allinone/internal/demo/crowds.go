package demo

import "math/rand/v2"

// crowd is who answers: about which moments, and in which words.
type crowd struct {
	prefix  string // of the ids of what happened
	share   int    // one answer for every so many customers of the book
	moments []moment
	words   map[bool][]string // by whether they are content
}

// moment is a touchpoint: how often there are answers about it, and how content
// people are, from 1 to 5.
type moment struct {
	touchpoint string
	weight     int
	content    float64
}

// atCustomers answer about the thirteen moments of the journey. People like to be
// helped and trained; they like neither the day of the cut-over nor invoices.
var atCustomers = crowd{
	prefix: "answer", share: 4,
	moments: []moment{
		{"discover", 4, 3.9}, {"proof-of-value", 5, 4.2}, {"quote-and-order", 6, 3.7}, {"kick-off", 6, 4.4}, {"mail-flow-cut-over", 6, 3.2},
		{"administrator-training", 7, 4.5}, {"administration-console", 9, 3.6}, {"end-user-experience", 10, 3.9}, {"support-case", 25, 4.3},
		{"incident-communication", 4, 3.4}, {"success-review", 7, 4.2}, {"billing-and-changes", 7, 3.1}, {"renewal-decision", 4, 4.0},
	},
	words: map[bool][]string{
		true: {
			"Quick, friendly and right the first time.", "The engineer knew our set-up before we had explained it.", "Clear plan, no surprises.",
			"It just works, and our people noticed nothing.", "Good training, we could use it the same day.", "You listened to what we asked for last time.",
		},
		false: {
			"We had to explain the same thing three times.", "The invoice did not match the order, again.", "The cut-over took a weekend longer than planned.",
			"The console is slow when we search the archive.", "Nobody told us that the case was closed.", "Too many steps to release one message.",
		},
	},
}

// atPartners answer about how it is to sell for the vendor.
var atPartners = crowd{
	prefix: "partner-answer", share: 60,
	moments: []moment{
		{"partner-onboarding", 3, 4.0}, {"partner-deal-registration", 6, 3.8}, {"partner-renewal", 7, 4.3}, {"partner-statement", 6, 3.6},
	},
	words: map[bool][]string{
		true:  {"The renewal took two minutes.", "The explanation of the margin saved us a call.", "Approved within the day."},
		false: {"We still wait for an answer to our registration.", "We had to look for our own order number."},
	},
}

// atVendor are the vendor's own people.
var atVendor = crowd{
	prefix: "staff-answer", share: 80,
	moments: []moment{{"staff-onboarding", 2, 4.3}, {"staff-training", 4, 4.2}, {"staff-internal-support", 5, 3.7}},
	words: map[bool][]string{
		true:  {"My first week was planned to the hour.", "The colleague stayed until it worked."},
		false: {"Three teams sent me to one another.", "The training was about the release before."},
	},
}

// pick is a moment by chance.
func (c crowd) pick(rnd *rand.Rand) moment {
	total := 0
	for _, m := range c.moments {
		total += m.weight
	}
	n := rnd.IntN(total)
	for _, m := range c.moments {
		if n < m.weight {
			return m
		}
		n -= m.weight
	}
	return c.moments[len(c.moments)-1]
}
