package billing

import (
	"fmt"
	"slices"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Tell adds a fact to the invoice, with what falls to each line, and returns it.
// A payment that is taken back has all of that payment's parts.
func (i *Invoice) Tell(f Fact, today calendar.Date) (Fact, error) {
	if f.On.After(today) {
		return f, ErrInFuture.Because(fmt.Sprintf("%s lies in the future; today is %s in UTC", f.On, today)).On(f.dateField())
	}
	if f.Kind != PaymentReversal && f.Currency != i.Currency {
		return f, money.ErrMismatch.Because(fmt.Sprintf("the amount is in %s, and invoice %s in %s", f.Currency, i.ID, i.Currency)).On("amount")
	}
	var err error
	switch f.Kind {
	case Payment:
		err = i.pay(&f)
	case PaymentReversal:
		err = i.takeBack(&f)
	case CreditNote:
		err = i.credit(&f)
	}
	if err == nil {
		i.Facts = append(i.Facts, f)
	}
	return f, err
}

func (f Fact) dateField() string {
	if f.Kind == CreditNote {
		return "issue_date"
	}
	return "value_date"
}

// open is what of a line is neither paid nor credited.
func (i *Invoice) open(l Line) int64 {
	return l.Amount - i.sum(l.Number, func(f Fact) bool { return f.Kind == CreditNote || f.Kind == Payment && !i.undone(f.ID) })
}

func (i *Invoice) pay(f *Fact) error {
	if err := i.positive(f.Amount); err != nil {
		return err
	}
	open := make([]int64, len(i.Lines))
	for n, l := range i.Lines {
		open[n] = max(i.open(l), 0) // what was credited after it was paid is owed to the customer
	}
	if outstanding := total(open); f.Amount > outstanding {
		return ErrPaysTooMuch.Because(
			fmt.Sprintf("%s is paid, but only %s of invoice %s is outstanding", i.Money(f.Amount), i.Money(outstanding), i.ID),
			"outstanding", i.Money(outstanding).Decimal(), "currency", string(i.Currency)).On("amount")
	}
	return i.divide(f, open)
}

func (i *Invoice) takeBack(f *Fact) error {
	at := slices.IndexFunc(i.Facts, func(p Fact) bool { return p.Kind == Payment && p.ID == f.Reverses })
	switch {
	case at < 0:
		return ErrNoPayment.On("payment_id")
	case i.undone(f.Reverses):
		return ErrTakenBack.Because(fmt.Sprintf("payment %s was taken back already", f.Reverses), "payment_id", f.Reverses).On("payment_id")
	case f.On.Before(i.Facts[at].On):
		return ErrInFuture.Because(fmt.Sprintf("payment %s was made on %s; it can't be taken back before", f.Reverses, i.Facts[at].On)).On("value_date")
	}
	f.Amount, f.Parts = i.Facts[at].Amount, i.Facts[at].Parts
	return nil
}

func (i *Invoice) credit(f *Fact) error {
	if err := i.positive(f.Amount); err != nil {
		return err
	}
	left := make([]int64, len(i.Lines))
	for n, l := range i.Lines {
		if f.LineNumber == 0 || f.LineNumber == l.Number {
			left[n] = l.Amount - i.sum(l.Number, func(f Fact) bool { return f.Kind == CreditNote })
		}
	}
	if creditable := total(left); f.Amount > creditable {
		return ErrCreditsTooMuch.Because(
			fmt.Sprintf("%s is credited, but only %s of it is left of invoice %s", i.Money(f.Amount), i.Money(creditable), i.ID),
			"creditable", i.Money(creditable).Decimal(), "currency", string(i.Currency)).On("amount")
	}
	if err := i.divide(f, left); err != nil {
		return err
	}
	if f.Cause == Correction {
		i.void(*f)
	}
	return nil
}

// void marks the lines of which a correction leaves nothing: their instalments
// may be invoiced again.
func (i *Invoice) void(f Fact) {
	for n, l := range i.Lines {
		credited := i.sum(l.Number, func(f Fact) bool { return f.Kind == CreditNote })
		for _, p := range f.Parts {
			if p.LineNumber == l.Number && credited+p.Amount == l.Amount {
				i.Lines[n].Voided = true
			}
		}
	}
}

// divide divides a fact among the lines in proportion to weights.
func (i *Invoice) divide(f *Fact, weights []int64) error {
	amounts, err := money.Allocate(i.Money(f.Amount), weights)
	if err != nil {
		return err
	}
	f.Parts = nil
	for n, a := range amounts {
		if a.Minor > 0 {
			f.Parts = append(f.Parts, Part{LineNumber: i.Lines[n].Number, Amount: a.Minor})
		}
	}
	return nil
}

func (i *Invoice) positive(minor int64) error {
	if minor > 0 {
		return nil
	}
	return ErrNotPositive.Because(fmt.Sprintf("the amount is %s; it must be above zero", i.Money(minor))).On("amount")
}

func total(list []int64) (sum int64) {
	for _, n := range list {
		sum += n
	}
	return sum
}
