package transfers

import (
	"slices"
	"strings"
)

// Contact is a person at a customer: personal data, which goes into no log and
// no event.
type Contact struct {
	ID, Email  string
	Authorised bool // may consent to a change of partner
}

// ChooseContact returns whom to ask: the contact with the wanted address if
// that one may consent, or else the first by address who may. Not ok if nobody
// may.
func ChooseContact(all []Contact, domains []string, wanted string) (Contact, bool) {
	var chosen Contact
	for _, c := range all {
		if c.Check(domains) != nil {
			continue
		}
		if strings.EqualFold(c.Email, strings.TrimSpace(wanted)) {
			return c, true
		}
		if chosen.ID == "" || c.Email < chosen.Email {
			chosen = c
		}
	}
	return chosen, chosen.ID != ""
}

// Check returns ErrContactAuthorised or ErrContactDomain unless the contact may
// consent for a customer with these domains. The zero Contact, one who is gone,
// may not.
func (c Contact) Check(domains []string) error {
	if !c.Authorised {
		return ErrContactAuthorised.Because("you are not among those who may consent for your organisation; a colleague who is may")
	}
	host := c.Email[strings.LastIndex(c.Email, "@")+1:]
	if !slices.ContainsFunc(domains, func(d string) bool { return strings.EqualFold(d, host) }) {
		return ErrContactDomain.Because("your address is in none of the domains that your organisation has verified")
	}
	return nil
}
