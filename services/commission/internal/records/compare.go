package records

import (
	"strconv"
	"strings"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Difference is what two calculations do not agree on: a field such as
// "margin", or an input of a step such as "lock.locked_bps".
type Difference struct {
	Field, Left, Right, Sentence string
}

// Compare returns the differences between two calculations, results first, then
// the inputs of the steps in the order of the explanation. Equal calculations
// have none.
func Compare(left, right margin.Calculation) []Difference {
	var list []Difference
	one, other := facts(left), facts(right)
	for _, name := range merged(one.names, other.names) {
		if a, b := one.values[name], other.values[name]; a != b {
			list = append(list, Difference{Field: name, Left: a, Right: b, Sentence: sentence(name, a, b)})
		}
	}
	return list
}

func sentence(name, left, right string) string {
	words := strings.NewReplacer("_", " ", ".", ": ").Replace(name)
	switch {
	case left == "":
		return "Only the right calculation has " + words + ": " + right + "."
	case right == "":
		return "Only the left calculation has " + words + ": " + left + "."
	}
	return "The " + words + " is " + left + " in the left calculation and " + right + " in the right."
}

// flat is a calculation as names and values, in order.
type flat struct {
	names  []string
	values map[string]string
}

func (f *flat) add(name, value string) {
	f.names = append(f.names, name)
	f.values[name] = value
}

func facts(c margin.Calculation) flat {
	f := flat{values: map[string]string{}}
	f.add("margin", amount(c.Margin))
	f.add("effective_bps", bps(c.Effective))
	f.add("locked_bps", bps(c.Locked))
	f.add("cap_bps", "")
	if c.Cap != nil {
		f.values["cap_bps"] = bps(*c.Cap)
	}
	f.add("net", amount(c.Net))
	f.add("buy_price", amount(c.BuyPrice))
	f.add("settlement_mode", string(c.Mode))
	f.add("billing", string(c.Billing))
	f.add("term_months", strconv.Itoa(c.Months))
	f.add("term_start_date", c.Term.Start.String())
	f.add("term_end_date", c.Term.End.String())
	for _, step := range c.Steps {
		for _, input := range step.Inputs {
			f.add(step.Rule+"."+input.Name, input.Value)
		}
		if step.PolicyVersion != "" {
			f.add(step.Rule+".policy_version", step.PolicyVersion)
		}
	}
	return f
}

// merged returns the names of both, those of the first in their order, then
// what only the second has.
func merged(first, second []string) []string {
	seen := map[string]bool{}
	var all []string
	for _, names := range [...][]string{first, second} {
		for _, name := range names {
			if !seen[name] {
				seen[name] = true
				all = append(all, name)
			}
		}
	}
	return all
}

func amount(a money.Amount) string {
	if a.Currency == "" {
		return ""
	}
	return a.String()
}

func bps(b money.Bps) string { return strconv.Itoa(int(b)) }
