package moneymodel

import "slices"

// Agreement is what a partner has agreed from a day on, until the next one begins.
// Under one about self-billing, the vendor writes the partner's invoices.
type Agreement struct {
	ID          string
	From        Day
	SelfBilling bool
}

// Agree adds an agreement, in the place of one from the same day.
func (b *Book) Agree(partner string, a Agreement) {
	list := slices.DeleteFunc(b.Agreements[partner], func(other Agreement) bool { return other.From == a.From })
	list = append(list, a)
	slices.SortFunc(list, func(one, other Agreement) int { return int(one.From - other.From) })
	b.Agreements[partner] = list
}

// Agreed is the agreement in force on a day, or none.
func (b *Book) Agreed(partner string, day Day) (current Agreement) {
	for _, a := range b.Agreements[partner] {
		if a.From <= day {
			current = a
		}
	}
	return current
}
