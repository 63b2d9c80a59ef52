package rpc

import (
	"strings"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

func calculationProto(c *records.Calculation) *commissionv1.Calculation {
	amounts := amountsOf(c)
	return &commissionv1.Calculation{
		CalculationId:  c.ID,
		PartnerId:      c.PartnerID,
		SubscriptionId: c.SubscriptionID,
		RelationshipId: c.RelationshipID,
		TermStartDate:  c.Term.Start.String(),
		TermEndDate:    c.Term.End.String(),
		Net:            amounts.proto(c.Net),
		LockedBps:      int32(c.Locked),
		CapBps:         bpsProto(c.Cap),
		EffectiveBps:   int32(c.Effective),
		Margin:         amounts.proto(c.Margin),
		BuyPrice:       amounts.proto(c.BuyPrice),
		SettlementMode: modeProto(c.Mode),
		Lines:          linesProto(amounts, c.Lines),
		Instalments:    instalmentsProto(amounts, c.Instalments),
		Steps:          stepsProto(amounts, c.Steps),
		Fingerprint:    c.Fingerprint,
		CreateTime:     instant(c.CreateTime),
		Reward:         rewardProto(amounts, c.Reward),
	}
}

func rewardProto(amounts *amounts, r *margin.Rewarded) *commissionv1.Reward {
	if r == nil {
		return nil
	}
	return &commissionv1.Reward{
		Base: amounts.proto(r.Base), Bps: int32(r.Rate), Amount: amounts.proto(r.Amount), DealRegistrationId: r.RegistrationID,
		CodeVersionId: r.CodeVersionID,
	}
}

func linesProto(amounts *amounts, lines []margin.Line) []*commissionv1.CalculationLine {
	list := make([]*commissionv1.CalculationLine, len(lines))
	for i := range lines {
		l := &lines[i]
		list[i] = &commissionv1.CalculationLine{
			Kind: lineKindProto(l.Kind), Seats: l.Seats, UnitPrice: amounts.proto(l.UnitPrice), Net: amounts.proto(l.Net), Margin: amounts.proto(l.Margin),
		}
	}
	return list
}

func instalmentsProto(amounts *amounts, instalments []margin.Instalment) []*commissionv1.Instalment {
	list := make([]*commissionv1.Instalment, len(instalments))
	for i := range instalments {
		part := &instalments[i]
		list[i] = &commissionv1.Instalment{
			Number: int32(part.Number), StartDate: part.Start.String(), Net: amounts.proto(part.Net), Margin: amounts.proto(part.Margin),
			Reward: amounts.proto(part.Reward),
		}
	}
	return list
}

func stepsProto(amounts *amounts, steps []margin.Step) []*commissionv1.Step {
	facts := 0
	for i := range steps {
		facts += len(steps[i].Inputs)
	}
	inputs, pointers := make([]commissionv1.StepInput, facts), make([]*commissionv1.StepInput, facts)
	list, made := make([]*commissionv1.Step, len(steps)), make([]commissionv1.Step, len(steps))
	for i := range steps {
		s, p := &steps[i], &made[i]
		n := len(s.Inputs)
		for j := range s.Inputs {
			inputs[j].Name, inputs[j].Value = s.Inputs[j].Name, s.Inputs[j].Value
			pointers[j] = &inputs[j]
		}
		p.Number, p.Rule, p.Clause, p.PolicyVersion = int32(s.Number), s.Rule, s.Clause, s.PolicyVersion
		p.Inputs, p.BpsBefore, p.BpsAfter = pointers[:n:n], bpsProto(s.RateBefore), bpsProto(s.RateAfter)
		p.AmountBefore, p.AmountAfter, p.Sentence = amounts.proto(s.AmountBefore), amounts.proto(s.AmountAfter), s.Sentence
		list[i], inputs, pointers = p, inputs[n:], pointers[n:]
	}
	return list
}

// amounts makes the many amounts of a calculation of two pieces of memory: this
// is the method that the whole book is run through.
type amounts struct {
	made []typev1.Money
	text strings.Builder
}

// digits of an amount, as most are.
const usualDigits = 10

func amountsOf(c *records.Calculation) *amounts {
	most := 5 + 3*len(c.Lines) + 3*len(c.Instalments) + 2*len(c.Steps)
	a := &amounts{made: make([]typev1.Money, most)}
	a.text.Grow(most * usualDigits)
	return a
}

// proto leaves the zero value, which is no amount, out.
func (a *amounts) proto(of money.Amount) *typev1.Money {
	if of.Currency == "" {
		return nil
	}
	var digits [24]byte
	start := a.text.Len()
	a.text.Write(of.AppendDecimal(digits[:0]))
	m := &a.made[0]
	a.made = a.made[1:]
	m.CurrencyCode, m.Amount = string(of.Currency), a.text.String()[start:]
	return m
}
