package moneymodel

import "slices"

// Invoice is an invoice with all that was told of it, in the order of telling.
type Invoice struct {
	ID          string
	Currency    string
	Issued, Due Day
	Lines       []*Line
	Facts       []Fact
}

// Line is an instalment that was invoiced. Voided says that a correction has left
// nothing of it.
type Line struct {
	Of       *Invoice
	Source   *Source
	Number   int // of the instalment
	Amount   int64
	Voided   bool
	accruals map[key]*accrual
}

// Fact is a payment, one taken back, or a credit. Parts are what falls to each
// line; Gone is the day on which a payment was taken back.
type Fact struct {
	Kind    string // PAYMENT, PAYMENT_REVERSAL or CREDIT_NOTE
	ID      string
	On      Day
	Amount  int64
	Cause   string // of a credit: CUSTOMER, VENDOR_FAULT or CORRECTION
	Line    int    // of a credit of one line only; they are counted from 1
	Parts   []int64
	Gone    Day
	Reverse string // the payment that was taken back
}

// never is later than all days.
const never = Day(1 << 40)

// Issue records an invoice, and returns why it can't be, or "".
func (b *Book) Issue(i *Invoice) string {
	for n, l := range i.Lines {
		twice := slices.ContainsFunc(i.Lines[:n], func(other *Line) bool { return other.Source == l.Source && other.Number == l.Number })
		switch net, price := l.Source.Net(l.Number); {
		case i.Issued > b.Today || i.Due < i.Issued:
			return "DATE_INVALID"
		case l.Number > l.Source.Instalments():
			return "INSTALMENT_UNKNOWN"
		case l.Source.Currency != i.Currency:
			return "CURRENCY_MISMATCH"
		case l.Amount != net && l.Amount != price:
			return "INVOICE_AMOUNT_MISMATCH"
		case l.Source.Invoiced[l.Number] != "" || twice:
			return "INSTALMENT_ALREADY_INVOICED"
		}
	}
	for _, l := range i.Lines {
		l.Of, l.accruals = i, map[key]*accrual{}
		l.Source.Invoiced[l.Number] = i.ID
		for k, c := range l.Source.claims(l.Number, l.Amount) {
			if c.From = i.Issued; c.worth() {
				l.accruals[k] = &accrual{line: l, claims: []Claim{c}}
			}
		}
	}
	b.Invoices = append(b.Invoices, i)
	return ""
}

// Tell records a fact about an invoice, and returns why it can't be, or "".
func (b *Book) Tell(i *Invoice, f Fact) string {
	f.Gone = never
	switch {
	case f.On > b.Today:
		return "DATE_INVALID"
	case f.Kind == "PAYMENT_REVERSAL":
		return i.takeBack(f)
	case f.Amount <= 0:
		return "AMOUNT_INVALID"
	}
	room := make([]int64, len(i.Lines))
	for n, l := range i.Lines {
		switch {
		case f.Kind == "PAYMENT":
			room[n] = max(l.Amount-i.total(n, "PAYMENT")-i.total(n, "CREDIT_NOTE"), 0)
		case f.Line == 0 || f.Line == n+1:
			room[n] = l.Amount - i.total(n, "CREDIT_NOTE")
		}
	}
	switch {
	case f.Amount > sum(room) && f.Kind == "PAYMENT":
		return "PAYMENT_EXCEEDS_INVOICE"
	case f.Amount > sum(room):
		return "CREDIT_EXCEEDS_INVOICE"
	}
	f.Parts = divided(f.Amount, room)
	i.Facts = append(i.Facts, f)
	if f.Cause == "CORRECTION" {
		for n, l := range i.Lines {
			if f.Parts[n] > 0 && i.total(n, "CREDIT_NOTE") == l.Amount {
				l.Voided = true
				delete(l.Source.Invoiced, l.Number)
			}
		}
	}
	return ""
}

func (i *Invoice) takeBack(r Fact) string {
	for n := range i.Facts {
		f := &i.Facts[n]
		if f.Kind != "PAYMENT" || f.ID != r.Reverse {
			continue
		}
		switch {
		case f.Gone != never:
			return "ALREADY_REVERSED"
		case r.On < f.On:
			return "DATE_INVALID"
		}
		f.Gone = r.On
		i.Facts = append(i.Facts, Fact{Kind: r.Kind, ID: r.ID, On: r.On})
		return ""
	}
	return "NOT_FOUND"
}

// total is what facts of a kind come to on a line, without payments that were
// taken back.
func (i *Invoice) total(line int, kind string) (all int64) {
	for _, f := range i.Facts {
		if f.Kind == kind && f.Gone == never {
			all += f.Parts[line]
		}
	}
	return all
}

// Open is what nobody has paid of the invoice, and Creditable what may still be
// credited.
func (i *Invoice) Open() (open, creditable int64) {
	for n, l := range i.Lines {
		creditable += l.Amount - i.total(n, "CREDIT_NOTE")
		open += max(l.Amount-i.total(n, "CREDIT_NOTE")-i.total(n, "PAYMENT"), 0)
	}
	return open, creditable
}
