package payouts

import (
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Payout is what a destination is wanted for.
type Payout struct {
	PartnerID partners.ID
	Currency  money.Currency
	On        calendar.Date
	Zone      *time.Location // where the vendor's days begin and end
}

// Find returns where p goes, given all accounts of its partner in its currency:
// to the one approved last that is usable by then. ErrMissing if there is none,
// or if that one is closed.
func (p Payout) Find(accounts []Destination) (Destination, error) {
	var current Destination
	for _, d := range accounts {
		if p.replaces(d.Account) && newer(d.Account, current.Account) {
			current = d
		}
	}
	if current.State == Approved {
		return current, nil
	}
	return Destination{}, p.missing(accounts, current.Account)
}

// replaces reports whether an account is in use by the day of p, or was, and so
// took the place of those before it.
func (p Payout) replaces(a Account) bool {
	switch a.State {
	case Approved:
		return !a.UsableFrom.After(p.On)
	case Closed:
		return !a.UsableFrom.After(p.On) && !calendar.DateOf(a.EndTime, p.Zone).Before(a.UsableFrom)
	}
	return false
}

// newer reports whether a was approved after b. Ids made later sort later.
func newer(a, b Account) bool {
	if order := a.ApproveTime.Compare(b.ApproveTime); order != 0 {
		return order > 0
	}
	return a.ID > b.ID
}

// missing says what is to be done, by the account that is nearest to being
// usable.
func (p Payout) missing(accounts []Destination, closed Account) error {
	const approve = "another person than the one who proposed it must approve it"
	var cooling, proposed Account
	for _, d := range accounts {
		switch {
		case d.State == Approved && d.UsableFrom.After(p.On) && (cooling.ID == "" || d.UsableFrom.Before(cooling.UsableFrom)):
			cooling = d.Account
		case d.State == Proposed && d.ID > proposed.ID:
			proposed = d.Account
		}
	}
	facts := []string{"partner_id", string(p.PartnerID), "currency_code", string(p.Currency), "on_date", p.On.String()}
	because := func(why string, more ...string) error {
		return ErrMissing.Because(fmt.Sprintf("nothing can be paid to partner %s in %s on %s: %s", p.PartnerID, p.Currency, p.On, why),
			append(facts, more...)...)
	}
	switch {
	case cooling.ID != "":
		return because(fmt.Sprintf("account %s is usable from %s; pay on that day or later", cooling.ID, cooling.UsableFrom),
			"payout_account_id", string(cooling.ID), "usable_from_date", cooling.UsableFrom.String())
	case proposed.ID != "":
		return because(fmt.Sprintf("account %s waits for its approval; %s", proposed.ID, approve), "payout_account_id", string(proposed.ID))
	case closed.ID != "":
		return because(fmt.Sprintf("account %s was closed; propose another", closed.ID), "payout_account_id", string(closed.ID))
	}
	return because("it has no account there; propose one, and " + approve)
}
