package balance

import (
	"maps"
	"slices"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Change is what the postings of one day add to an account, credits less debits,
// in minor units.
type Change struct {
	Account ledger.Account
	On      calendar.Date
	Minor   int64
}

// Month is the balance of an account by the end of each day of a month, whose
// first day is First.
type Month struct {
	Account ledger.Account
	First   calendar.Date
	Days    []int64
}

// Sheet is what is known of all accounts. The zero Sheet knows of nothing.
type Sheet struct {
	changes map[ledger.Account]map[calendar.Date]int64
}

// Open returns the sheet that was kept as months, each account's in their order.
func Open(months []Month) Sheet {
	var s Sheet
	before := map[ledger.Account]int64{}
	for _, m := range months {
		for i, balance := range m.Days {
			s.Add(Change{m.Account, m.First.AddDays(i), balance - before[m.Account]})
			before[m.Account] = balance
		}
	}
	return s
}

// Add adds changes.
func (s *Sheet) Add(changes ...Change) {
	if s.changes == nil {
		s.changes = map[ledger.Account]map[calendar.Date]int64{}
	}
	for _, c := range changes {
		if s.changes[c.Account] == nil {
			s.changes[c.Account] = map[calendar.Date]int64{}
		}
		s.changes[c.Account][c.On] += c.Minor
	}
}

// Months returns the sheet as it is kept: the months in which an account has
// changed, in the order of accounts and months. Equal sheets are kept alike.
func (s *Sheet) Months() []Month {
	var months []Month
	for _, account := range slices.Sorted(maps.Keys(s.changes)) {
		months = append(months, monthsOf(account, s.changes[account])...)
	}
	return months
}

func monthsOf(account ledger.Account, changes map[calendar.Date]int64) []Month {
	var months []Month
	var balance int64
	for _, on := range slices.SortedFunc(maps.Keys(changes), calendar.Date.Compare) {
		if changes[on] == 0 {
			continue
		}
		first := firstOf(on)
		if n := len(months); n == 0 || months[n-1].First != first {
			months = append(months, Month{account, first, make([]int64, first.DaysUntil(first.AddMonths(1)))})
			fill(months[len(months)-1].Days, balance)
		}
		balance += changes[on]
		fill(months[len(months)-1].Days[first.DaysUntil(on):], balance)
	}
	return months
}

// fill sets all days to a balance.
func fill(days []int64, balance int64) {
	for i := range days {
		days[i] = balance
	}
}

// Differ returns the first month in which two sheets, as they are kept, differ, and
// whether there is one. Of it, account and first day count.
func Differ(a, b []Month) (Month, bool) {
	for i, m := range a {
		if i == len(b) || m.Account != b[i].Account || m.First != b[i].First || !slices.Equal(m.Days, b[i].Days) {
			return m, true
		}
	}
	if len(b) > len(a) {
		return b[len(a)], true
	}
	return Month{}, false
}

// firstOf is the first day of a date's month.
func firstOf(d calendar.Date) calendar.Date {
	year, month, _ := d.Civil()
	return calendar.On(year, month, 1)
}
