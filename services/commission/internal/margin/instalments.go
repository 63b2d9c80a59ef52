package margin

import "github.com/holdfast-channel/holdfast/services/platform/money"

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

// instalments divides net and margin among the invoices of the term. The net
// of each year is divided by months; the margin is divided in proportion to
// the nets, so that it adds up whatever was rounded.
func (s *Sale) instalments(years []year, net, margin money.Amount) ([]Instalment, error) {
	var nets, margins [maxMonths]money.Amount
	every := s.Billing.every(s.Months)
	count := s.Months / every
	parts, err := instalmentNets(nets[:0], years, net, every, count)
	if err != nil {
		return nil, err
	}
	var weights [maxMonths]int64
	for i, part := range parts {
		weights[i] = part.Minor
	}
	if net.IsZero() {
		weights = equally
	}
	earned, err := money.AppendAllocated(margins[:0], margin, weights[:count])
	if err != nil {
		return nil, err
	}
	elapsed := s.Anchor.MonthsUntil(s.Start) // nothing, and undated, without a contract
	list := make([]Instalment, count)
	for i := range list {
		list[i] = Instalment{Number: i + 1, Start: s.Anchor.AddMonths(elapsed + i*every), Net: parts[i], Margin: earned[i]}
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
