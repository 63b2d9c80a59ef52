package margin

import "github.com/holdfast-channel/holdfast/services/platform/money"

// Withholding is the difference that a cap makes of a booked margin.
type Withholding struct {
	Agreed money.Amount // the margin at the agreed rate
	Capped money.Amount // the margin at the cap
	Amount money.Amount // the difference
}

// Withheld returns what a cap at this rate withholds of a booked margin.
func (c Calculation) Withheld(limit money.Bps) (Withholding, error) {
	return withheld(c.Net, c.Margin, c.Locked, c.Effective, limit)
}

// Withheld returns what a cap at this rate withholds of the share's margin.
func (s Share) Withheld(limit money.Bps) (Withholding, error) {
	return withheld(s.Net, s.Margin, s.Agreed, s.Effective, limit)
}

// withheld returns the difference between the agreed rate and the cap. The one
// at whose rate the margin was booked is the booked margin, to the last unit;
// the other is calculated. A cap that is not below the agreed rate withholds
// nothing.
func withheld(net, booked money.Amount, agreed, effective, limit money.Bps) (w Withholding, err error) {
	if err := money.CheckBps(limit); err != nil {
		return w, onField(err, "cap_bps")
	}
	w = Withholding{Agreed: booked, Capped: booked}
	if effective < agreed {
		if w.Agreed, err = net.Portion(agreed); err != nil {
			return w, err
		}
		w.Agreed.Minor = max(w.Agreed.Minor, booked.Minor)
	}
	switch {
	case limit >= agreed:
		w.Capped = w.Agreed
	case limit != effective:
		if w.Capped, err = net.Portion(limit); err != nil {
			return w, err
		}
		w.Capped.Minor = min(w.Capped.Minor, w.Agreed.Minor)
	}
	w.Amount = money.Amount{Minor: w.Agreed.Minor - w.Capped.Minor, Currency: net.Currency}
	return w, nil
}
