package retention

import (
	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Adoption is how many product families customers use on a month's first day.
type Adoption struct {
	Month  calendar.Date
	Counts []Count // by the number of families
}

// Count are the customers that use so many families.
type Count struct {
	Families  int
	Customers int64
}

// Customers are those that are active.
func (a Adoption) Customers() (n int64) {
	for _, c := range a.Counts {
		n += c.Customers
	}
	return n
}

// Families are those of all customers, added up.
func (a Adoption) Families() (n int64) {
	for _, c := range a.Counts {
		n += int64(c.Families) * c.Customers
	}
	return n
}

// Average is families ÷ customers in basis points, half away from zero; not ok
// without a customer.
func (a Adoption) Average() (money.Bps, bool) { return share(a.Families(), a.Customers()) }

// User is a customer with the families that it uses.
type User struct {
	Customer customers.ID
	Name     string
	Segment  customers.Segment
	Country  customers.Country
	Families []catalogue.FamilyID
}

// Days are the first days of the months.
func (m Months) Days() []calendar.Date {
	days := make([]calendar.Date, 0, m.First.MonthsUntil(m.Last)+1)
	for day := m.First; !day.After(m.Last); day = day.AddMonths(1) {
		days = append(days, day)
	}
	return days
}

// Filled returns the adoption of every month, where found leaves out those
// without a customer.
func (m Months) Filled(found []Adoption) []Adoption {
	days := m.Days()
	all := make([]Adoption, len(days))
	for i, day := range days {
		all[i].Month = day
		if len(found) > 0 && found[0].Month == day {
			all[i], found = found[0], found[1:]
		}
	}
	return all
}
