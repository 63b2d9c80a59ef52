package margin

import (
	"math"
	"math/bits"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// equally divides into parts of the same weight.
var equally = func() (weights [maxMonths]int64) {
	for i := range weights {
		weights[i] = 1
	}
	return weights
}()

// every is how many months an instalment pays for.
func (b Billing) every(months int) int {
	switch b {
	case Monthly:
		return 1
	case Annual:
		return min(months, monthsAYear)
	}
	return months
}

// instalments divides net and margin among the invoices of the term: the net of
// each year by months, and that of a term that is priced by days by them.
func (s *Sale) instalments(years []year, net, margin money.Amount) ([]Instalment, error) {
	var list []Instalment
	var err error
	switch {
	case s.sold() == 0:
		return nil, nil // seats that fall away are not invoiced
	case s.byDays():
		list, err = s.invoicedByDays(years, net)
	default:
		list, err = s.invoiced(years, net)
	}
	if err != nil {
		return nil, err
	}
	return list, earn(list, margin)
}

// invoiced returns the instalments of a whole term, without their margins.
func (s *Sale) invoiced(years []year, net money.Amount) ([]Instalment, error) {
	var nets [maxMonths]money.Amount
	every := s.Billing.every(s.Months)
	count := s.Months / every
	parts, err := instalmentNets(nets[:0], years, net, every, count)
	if err != nil {
		return nil, err
	}
	elapsed := s.Anchor.MonthsUntil(s.Start) // nothing, and undated, without a contract
	list := make([]Instalment, count)
	for i := range list {
		list[i] = Instalment{Number: i + 1, Start: s.Anchor.AddMonths(elapsed + i*every), Net: parts[i]}
	}
	return list, nil
}

func instalmentNets(dst []money.Amount, years []year, net money.Amount, every, count int) ([]money.Amount, error) {
	if count == 1 || len(years) == 0 {
		return money.AppendAllocated(dst, net, equally[:count])
	}
	var err error
	for _, y := range years {
		if dst, err = money.AppendAllocated(dst, y.net, equally[:y.months/every]); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// invoicedByDays returns the instalments of a stub or of the rest of a term,
// without their margins: the first may begin within a month or year of the
// term, and the last end within one. The net is divided in proportion to unit
// price × days ÷ days of the year.
func (s *Sale) invoicedByDays(years []year, net money.Amount) ([]Instalment, error) {
	var starts [maxMonths]calendar.Date
	var prices [maxMonths]int64
	var nets [maxMonths]money.Amount
	count := 0
	for _, y := range years {
		every := s.Billing.every(monthsAYear)
		for n := y.first; n < y.first+monthsAYear; n += every {
			part := s.part(n, every)
			if part.Empty() {
				continue
			}
			hi, price := bits.Mul64(uint64(y.unit.Minor), uint64(part.Days()*(dayUnits/y.of)))
			if hi > 0 || price > math.MaxInt64 {
				_, err := money.New(money.MaxMinor+1, net.Currency)
				return nil, onField(err, "unit_price")
			}
			starts[count], prices[count] = part.Start, int64(price)
			count++
		}
	}
	if s.Billing == Prepaid || s.UnitPrice.IsZero() && !s.netGiven() {
		prices = equally
	}
	if s.Billing == Prepaid {
		count = 1
	}
	parts, err := money.AppendAllocated(nets[:0], net, prices[:count])
	if err != nil {
		return nil, onField(err, "unit_price")
	}
	list := make([]Instalment, count)
	for i := range list {
		list[i] = Instalment{Number: i + 1, Start: starts[i], Net: parts[i]}
	}
	return list, nil
}

// earn divides a margin among instalments in proportion to their nets, so that
// it adds up whatever was rounded.
func earn(list []Instalment, margin money.Amount) error {
	var nets [maxMonths]int64
	var parts [maxMonths]money.Amount
	weights := inProportion(nets[:0], list)
	earned, err := money.AppendAllocated(parts[:0], margin, weights)
	if err != nil {
		return err
	}
	for i := range list {
		list[i].Margin = earned[i]
	}
	return nil
}

// inProportion appends the nets as weights, or equal ones if all are zero.
func inProportion(weights []int64, list []Instalment) []int64 {
	sum := int64(0)
	for i := range list {
		weights = append(weights, list[i].Net.Minor)
		sum += list[i].Net.Minor
	}
	if sum == 0 {
		for i := range weights {
			weights[i] = 1
		}
	}
	return weights
}
