package document

import (
	"fmt"
	"strconv"

	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
)

// written writes an amount of the statement for people, without its currency.
func written(s statement.Statement, minor int64) string { return grouped(s.Amount(minor)) }

func sums(s statement.Statement) []sum {
	return []sum{
		{Name: "Opening", Amount: written(s, s.OpeningMinor)},
		{Name: s.Month.Words(), Amount: written(s, s.LinesMinor-s.PriorMinor)},
		{Name: "Prior periods", Amount: written(s, s.PriorMinor)},
		{Name: "Closing", Amount: written(s, s.ClosingMinor), Total: true},
	}
}

// outcome says in one line what becomes of the closing balance.
func outcome(s statement.Statement) verdict {
	with := func(words string, minor int64) verdict {
		return verdict{words, written(s, minor) + " " + string(s.Currency)}
	}
	switch {
	case s.State == statement.Paid:
		return with("Paid", s.PaidMinor)
	case s.State == statement.Paying:
		return with("On its way to the partner's account", s.PaidMinor)
	case s.State == statement.Carried && s.PaidMinor > 0:
		return with("The payment came back and is on the open statement", s.PaidMinor)
	case s.PayableMinor() > 0:
		return with("To be paid", s.PayableMinor())
	case s.HeldMinor != 0:
		return with("Too little is left to be paid while lines are disputed", s.ClosingMinor-s.HeldMinor)
	case s.ClosingMinor < 0:
		return with("Owed by the partner and set off against the next statement", s.ClosingMinor)
	case s.ClosingMinor > 0 && s.ClosingMinor < s.MinimumMinor:
		return with("Below the minimum, and so carried to the next statement", s.ClosingMinor)
	case s.ClosingMinor == 0:
		return with("Nothing is owed either way", 0)
	}
	return with("Carried to the next statement", s.ClosingMinor)
}

// reckoning is the way from the opening to what is left.
func reckoning(s statement.Statement) []sum {
	list := sums(s)
	list[0].Name, list[1].Name, list[2].Name, list[3].Name = "Opening balance", "Lines of "+s.Month.Words(), "Lines of prior periods", "Closing balance"
	if s.HeldMinor != 0 {
		list = append(list, sum{Name: "Held by disputes", Amount: written(s, -s.HeldMinor)}, sum{Name: "Payable", Amount: written(s, s.PayableMinor()), Total: true})
	}
	if s.PaidMinor != 0 {
		list = append(list, sum{Name: "Paid", Amount: written(s, -s.PaidMinor)}, sum{Name: "Next opening balance", Amount: written(s, s.LeftMinor()), Total: true})
	}
	return list
}

// sections are the lines of the month, and those of prior periods if there are
// any.
func sections(s statement.Statement, lines []statement.Line) []section {
	current := section{Title: s.Month.Words(), SumName: "Sum of " + s.Month.Words(), Sum: written(s, s.LinesMinor-s.PriorMinor)}
	prior := section{Title: "Prior periods", SumName: "Sum of prior periods", Sum: written(s, s.PriorMinor)}
	for _, l := range lines {
		to := &current
		if s.Month.Section(l.Effective) == statement.PriorPeriods {
			to = &prior
		}
		to.Lines = append(to.Lines, entryOf(l))
	}
	if len(prior.Lines) == 0 {
		return []section{current}
	}
	return []section{current, prior}
}

func entryOf(l statement.Line) entry {
	e := entry{
		Date: short(l.Effective), Title: title(l), Subject: l.CustomerName, Sentence: l.Note, Amount: grouped(l.Amount), Disputed: l.DisputeID != "",
	}
	if l.AccrualID == "" {
		return e
	}
	e.Net, e.Rate = grouped(l.Net), percent(l.Rate)
	if e.Subject != "" && l.ProductID != "" {
		e.Subject += " \u00b7 "
	}
	e.Subject += l.ProductID
	add := func(name, value string) {
		if value != "" {
			e.References = append(e.References, fact{Name: name, Value: value})
		}
	}
	add("Invoice", l.InvoiceID)
	add("Instalment", strconv.Itoa(l.Instalment))
	add("Service from", short(l.Service))
	add("Yours", l.PartnerReference)
	return e
}

// notes are what a reader must know beside the figures.
func notes(s statement.Statement, lines []statement.Line, v Vendor) []string {
	list := []string{"All amounts are in " + string(s.Currency) + " and before tax."}
	if s.SelfBilled() {
		list = append(list,
			fmt.Sprintf("Self-billing: %s issues this document in the name and on behalf of %s under agreement %s; the partner issues no invoice of its own for these supplies.",
				v.Name, partner(s), s.AgreementID),
			fmt.Sprintf("The supplies on this document come to %s %s. Lines about payments and disputes are no supplies.", written(s, supplied(lines)), s.Currency))
	} else {
		list = append(list, "This statement is no invoice.")
	}
	if s.PriorMinor != 0 || len(sections(s, lines)) > 1 {
		list = append(list, "Lines of prior periods became known after those months were closed. They keep the dates for which they hold.")
	}
	if s.MinimumMinor > 0 {
		list = append(list, fmt.Sprintf("A balance of less than %s %s is carried to the next statement, and never forfeited.", written(s, s.MinimumMinor), s.Currency))
	}
	if s.HeldMinor != 0 {
		list = append(list, fmt.Sprintf("%s %s is held until disputes are decided. The rest is paid.", written(s, s.HeldMinor), s.Currency))
	}
	return append(list, fmt.Sprintf("Lines of this statement can be disputed until %s, UTC.", day(s.DisputeUntil)))
}

// supplied is what of the lines is earned, and not the settlement of it.
func supplied(lines []statement.Line) (minor int64) {
	for _, l := range lines {
		if !l.Settles() {
			minor += l.Amount.Minor
		}
	}
	return minor
}
