package rpc

import (
	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
)

func calculationProto(c *records.Calculation) *commissionv1.Calculation {
	return &commissionv1.Calculation{
		CalculationId:  c.ID,
		PartnerId:      c.PartnerID,
		SubscriptionId: c.SubscriptionID,
		RelationshipId: c.RelationshipID,
		TermStartDate:  c.Term.Start.String(),
		TermEndDate:    c.Term.End.String(),
		Net:            moneyProto(c.Net),
		LockedBps:      int32(c.Locked),
		CapBps:         bpsProto(c.Cap),
		EffectiveBps:   int32(c.Effective),
		Margin:         moneyProto(c.Margin),
		BuyPrice:       moneyProto(c.BuyPrice),
		SettlementMode: modeProto(c.Mode),
		Lines:          linesProto(c.Lines),
		Instalments:    instalmentsProto(c.Instalments),
		Steps:          stepsProto(c.Steps),
		Fingerprint:    c.Fingerprint,
		CreateTime:     instant(c.CreateTime),
	}
}

func linesProto(lines []margin.Line) []*commissionv1.CalculationLine {
	list := make([]*commissionv1.CalculationLine, len(lines))
	for i := range lines {
		l := &lines[i]
		list[i] = &commissionv1.CalculationLine{
			Kind: lineKindProto(l.Kind), Seats: l.Seats, UnitPrice: moneyProto(l.UnitPrice), Net: moneyProto(l.Net), Margin: moneyProto(l.Margin),
		}
	}
	return list
}

func instalmentsProto(instalments []margin.Instalment) []*commissionv1.Instalment {
	list := make([]*commissionv1.Instalment, len(instalments))
	for i := range instalments {
		part := &instalments[i]
		list[i] = &commissionv1.Instalment{
			Number: int32(part.Number), StartDate: part.Start.String(), Net: moneyProto(part.Net), Margin: moneyProto(part.Margin),
		}
	}
	return list
}

func stepsProto(steps []margin.Step) []*commissionv1.Step {
	list := make([]*commissionv1.Step, len(steps))
	made := make([]commissionv1.Step, len(steps))
	for i := range steps {
		s := &steps[i]
		p := &made[i]
		p.Number, p.Rule, p.Clause, p.PolicyVersion = int32(s.Number), s.Rule, s.Clause, s.PolicyVersion
		p.Inputs, p.BpsBefore, p.BpsAfter = inputsProto(s.Inputs), bpsProto(s.RateBefore), bpsProto(s.RateAfter)
		p.AmountBefore, p.AmountAfter, p.Sentence = moneyProto(s.AmountBefore), moneyProto(s.AmountAfter), s.Sentence
		list[i] = p
	}
	return list
}

func inputsProto(inputs []margin.Input) []*commissionv1.StepInput {
	list := make([]*commissionv1.StepInput, len(inputs))
	made := make([]commissionv1.StepInput, len(inputs))
	for i := range inputs {
		made[i].Name, made[i].Value = inputs[i].Name, inputs[i].Value
		list[i] = &made[i]
	}
	return list
}
