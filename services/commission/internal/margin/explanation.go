package margin

import (
	"slices"
	"strconv"
	"strings"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// explanation collects the steps of a calculation. Steps, inputs and rates lie
// in one block and all text in another, so that explaining costs two
// allocations however many steps there are. The sizes are those of the longest
// explanation that is usual; a longer one only costs more.
type explanation struct {
	buffer strings.Builder
	steps  []Step
	facts  []Input
	rates  []money.Bps

	block struct {
		steps [9]Step
		facts [28]Input
		rates [6]money.Bps

		reward Rewarded
	}
}

// How much text an explanation has, and at most.
const (
	usualText = 1024
	longText  = 1536 // of what is counted by days, or capped for told reasons
)

func newExplanation(s *Sale) *explanation {
	e := new(explanation)
	e.steps, e.facts, e.rates = e.block.steps[:0], e.block.facts[:0], e.block.rates[:0]
	room := usualText
	if s.byDays() || s.Rate.Cap != nil {
		room = longText
	}
	e.buffer.Grow(room)
	return e
}

// step begins the next step; what it returns is valid until the next call.
func (e *explanation) step(rule, clause string) *Step {
	n := len(e.steps)
	e.steps = slices.Grow(e.steps, 1)[:n+1]
	step := &e.steps[n]
	step.Number, step.Rule, step.Clause = n+1, rule, clause
	return step
}

// rate keeps a rate that a step may point to.
func (e *explanation) rate(r money.Bps) *money.Bps {
	e.rates = append(e.rates, r)
	return &e.rates[len(e.rates)-1]
}

// duration is a number of months, written with its unit.
type duration int

func (d duration) append(b []byte) []byte {
	if d == 1 {
		return append(b, "1 month"...)
	}
	return append(strconv.AppendInt(b, int64(d), 10), " months"...)
}

// byDays are the days that are sold of each contract year.
type byDays []year

func (years byDays) append(b []byte) []byte {
	for i, y := range years {
		if i > 0 {
			b = append(b, " and "...)
		}
		b = append(strconv.AppendInt(b, int64(y.days), 10), " of "...)
		b = strconv.AppendInt(b, int64(y.of), 10)
	}
	return b
}

// clause is a sentence that becomes the end of another: without its capital
// and full stop.
type clause string

func (c clause) write(b *strings.Builder) {
	text := strings.TrimSuffix(string(c), ".")
	if text != "" && 'A' <= text[0] && text[0] <= 'Z' {
		b.WriteByte(text[0] + 'a' - 'A')
		text = text[1:]
	}
	b.WriteString(text)
}

// text writes a sentence of strings, numbers, amounts (with thousands
// separated), rates (as percentages) and dates.
func (e *explanation) text(parts ...any) string {
	start := e.buffer.Len()
	var digits [48]byte
	for _, part := range parts {
		switch v := part.(type) {
		case string:
			e.buffer.WriteString(v)
		case money.Amount:
			e.buffer.Write(appendGrouped(digits[:0], v))
		case money.Bps:
			e.buffer.Write(append(v.AppendPercent(digits[:0]), " %"...))
		case duration:
			e.buffer.Write(v.append(digits[:0]))
		case byDays:
			e.buffer.Write(v.append(digits[:0]))
		case clause:
			v.write(&e.buffer)
		default:
			e.buffer.Write(appendValue(digits[:0], v))
		}
	}
	return e.buffer.String()[start:]
}

// inputs writes facts given as name, value, name, value, as programs read
// them: amounts with their currency, rates in basis points. Dates that are
// none are left out.
func (e *explanation) inputs(pairs ...any) []Input {
	first := len(e.facts)
	var digits [48]byte
	for i := 0; i < len(pairs); i += 2 {
		start := e.buffer.Len()
		e.buffer.Write(appendValue(digits[:0], pairs[i+1]))
		if value := e.buffer.String()[start:]; value != "" {
			e.facts = append(e.facts, Input{Name: pairs[i].(string), Value: value})
		}
	}
	return e.facts[first:len(e.facts):len(e.facts)]
}

// inputsAnd writes facts as inputs does, and lets others follow.
func (e *explanation) inputsAnd(others []Input, pairs ...any) []Input {
	first := len(e.facts)
	e.inputs(pairs...)
	e.facts = append(e.facts, others...)
	return e.facts[first:len(e.facts):len(e.facts)]
}

func appendValue(b []byte, value any) []byte {
	switch v := value.(type) {
	case string:
		return append(b, v...)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case money.Bps:
		return strconv.AppendInt(b, int64(v), 10)
	case money.Amount:
		return append(append(v.AppendDecimal(b), ' '), v.Currency...)
	case calendar.Date:
		return v.Append(b)
	}
	panic("margin: an explanation can't write this type")
}

// appendGrouped writes an amount for people: 24,000.00 GBP.
func appendGrouped(b []byte, a money.Amount) []byte {
	var digits [24]byte
	text := a.AppendDecimal(digits[:0])
	whole := len(text)
	if a.Currency.Digits() > 0 {
		whole -= a.Currency.Digits() + 1
	}
	for i, digit := range text {
		if i > 0 && i < whole && (whole-i)%3 == 0 && text[i-1] != '-' {
			b = append(b, ',')
		}
		b = append(b, digit)
	}
	return append(append(b, ' '), a.Currency...)
}
