package earnings

import (
	"fmt"
	"slices"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/commission/internal/selling"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Refusals of invoices.
var (
	ErrUnknown  = fault.New("INSTALMENT_UNKNOWN", "nothing was booked or imported that has this instalment")
	ErrInvoiced = fault.New("INSTALMENT_ALREADY_INVOICED", "the instalment is on an invoice already")
	ErrAmount   = fault.New("INVOICE_AMOUNT_MISMATCH", "the line is not the amount of its instalment")
)

// Kind is what an earning is.
type Kind string

// The kinds of earnings.
const (
	Margin     Kind = "MARGIN"
	Reward     Kind = "REWARD"
	Adjustment Kind = "ADJUSTMENT"
)

// Source is what was booked for a term, or imported, with what has become of it.
// Shares are those that stand, of this source; Withholdings those of the source,
// of its shares and of its reward.
type Source struct {
	ID               string
	SubscriptionID   string
	PartnerID        string
	RelationshipID   string
	CalculationID    string // empty for what was imported
	CustomerID       string
	CustomerName     string
	ProductID        string
	FamilyID         string
	Segment          string
	PartnerReference string
	Calculation      margin.Calculation
	Shares           []records.TermShare
	Withholdings     []records.Withholding
}

// Earning is what one relationship earns by an instalment.
type Earning struct {
	Kind           Kind
	PartnerID      string
	RelationshipID string
	Mode           margin.Mode
	Rate           money.Bps
	Net            int64         // of the relationship's part of the instalment
	Start          calendar.Date // first day that the part pays for
	Claim          ledger.Claim  // without its day and cause
}

// Currency is that of all its amounts.
func (s *Source) Currency() money.Currency { return s.Calculation.Net.Currency }

// Instalment returns an instalment as it was calculated, or ErrUnknown.
func (s *Source) Instalment(number int) (margin.Instalment, error) {
	at := slices.IndexFunc(s.Calculation.Instalments, func(i margin.Instalment) bool { return i.Number == number })
	if at < 0 {
		return margin.Instalment{}, ErrUnknown.Because(
			fmt.Sprintf("%s has %d instalments, and no number %d", s.ID, len(s.Calculation.Instalments), number), "source_id", s.ID).On("instalment")
	}
	return s.Calculation.Instalments[at], nil
}

// part is one relationship's part of an instalment.
type part struct {
	margin.Instalment
	sourceID, partnerID, relationshipID string
	mode                                margin.Mode
	rate                                money.Bps
	all                                 []margin.Instalment // of the booking or share
	booked                              money.Amount        // margin of the booking or share
}

// parts returns an instalment's parts in the order of their days.
func (s *Source) parts(number int) []part {
	if len(s.Shares) == 0 {
		whole, err := s.Instalment(number)
		if err != nil {
			return nil
		}
		return []part{{whole, s.ID, s.PartnerID, s.RelationshipID, s.Calculation.Mode, s.Calculation.Effective, s.Calculation.Instalments, s.Calculation.Margin}}
	}
	var parts []part
	for _, share := range s.Shares {
		for _, i := range share.Instalments {
			if i.Number == number {
				parts = append(parts, part{i, share.ID, share.PartnerID, share.RelationshipID, share.Mode, share.Effective, share.Instalments, share.Margin})
			}
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int { return a.Start.Compare(b.Start) })
	return parts
}

// Unlocked reports whether a partner serves the subscription whose margin is not
// locked yet, so that nobody knows what it earns.
func (s *Source) Unlocked() bool {
	return s.RelationshipID == "" && len(s.Shares) == 0 && s.PartnerID != "" && s.PartnerID != selling.Direct
}

// CheckAmount returns ErrAmount unless the instalment may be invoiced with an
// amount: its net or, less what RESALE partners keep of it, the buy price.
func (s *Source) CheckAmount(number int, amount money.Amount) error {
	whole, err := s.Instalment(number)
	if err != nil {
		return err
	}
	if _, err := amount.Cmp(whole.Net); err != nil {
		return fault.At("amount", err)
	}
	buy := whole.Net
	for _, p := range s.parts(number) {
		if p.mode == margin.Resale {
			buy.Minor -= p.Margin.Minor
		}
	}
	if amount == whole.Net || amount == buy {
		return nil
	}
	message := fmt.Sprintf("instalment %d of %s comes to %s, not %s", number, s.ID, whole.Net, amount)
	if buy != whole.Net {
		message = fmt.Sprintf("instalment %d of %s comes to %s, or %s less the margin, not %s", number, s.ID, whole.Net, buy, amount)
	}
	return ErrAmount.Because(message, "net", whole.Net.Decimal(), "currency", string(whole.Net.Currency)).On("amount")
}

// Earns returns who earns what by an instalment that was invoiced with an
// amount.
func (s *Source) Earns(number int, amount int64) ([]Earning, error) {
	parts := s.parts(number)
	spans, err := spansOf(parts, amount, s.Currency())
	if err != nil {
		return nil, err
	}
	var list []Earning
	first := int64(0)
	for i, p := range parts {
		e, err := s.earning(p)
		if err != nil {
			return nil, err
		}
		e.Claim.First, e.Claim.Span = first, spans[i]
		first += spans[i]
		list = append(list, e)
	}
	if reward, there, err := s.reward(number, amount); err != nil {
		return nil, err
	} else if there {
		list = append(list, reward)
	}
	return list, nil
}

// spansOf divides the line's amount among the parts in proportion to their nets.
func spansOf(parts []part, amount int64, c money.Currency) ([]int64, error) {
	if len(parts) == 0 {
		return nil, nil
	}
	weights := make([]int64, len(parts))
	net := int64(0)
	for i, p := range parts {
		weights[i] = p.Net.Minor
		net += p.Net.Minor
	}
	if net == 0 {
		return weights, nil
	}
	amounts, err := money.Allocate(money.Amount{Minor: amount, Currency: c}, weights)
	if err != nil {
		return nil, err
	}
	for i, a := range amounts {
		weights[i] = a.Minor
	}
	return weights, nil
}

// earning returns what a part earns by its margin.
func (s *Source) earning(p part) (Earning, error) {
	e := Earning{
		Kind: Margin, PartnerID: p.partnerID, RelationshipID: p.relationshipID, Mode: p.mode, Rate: p.rate, Net: p.Net.Minor, Start: p.Start,
	}
	earned, held, err := s.withheld(p)
	if err != nil {
		return e, err
	}
	e.Claim.Earned, e.Claim.Held = earned, held
	if p.mode == margin.Resale { // the margin as booked is in the price
		e.Kind = Adjustment
		e.Claim.Earned, e.Claim.Held = earned-p.Margin.Minor, 0
		if held != 0 { // a memo until the verdict stands
			e.Claim.Earned = 0
		}
	}
	return e, nil
}

// withheld returns what a verdict leaves of a part's margin, and what of it is
// held.
func (s *Source) withheld(p part) (earned, held int64, err error) {
	w, there := s.withholding(p.sourceID)
	if !there || w.Amount().IsZero() {
		return p.Margin.Minor, 0, nil
	}
	uncapped := p.booked == w.Agreed // the cap came after the booking
	weights := make([]int64, len(p.all))
	for i, one := range p.all {
		if weights[i] = one.Net.Minor; uncapped {
			weights[i] = one.Margin.Minor
		}
	}
	parts, err := money.Allocate(w.Amount(), weights)
	if err != nil {
		return 0, 0, err
	}
	difference := parts[slices.IndexFunc(p.all, func(i margin.Instalment) bool { return i.Number == p.Number })].Minor
	capped := p.Margin.Minor
	if uncapped {
		capped -= difference
	}
	switch w.State {
	case records.Released:
		return capped + difference, 0, nil
	case records.Held:
		return capped, difference, nil
	}
	return capped, 0, nil
}

func (s *Source) withholding(sourceID string) (records.Withholding, bool) {
	at := slices.IndexFunc(s.Withholdings, func(w records.Withholding) bool { return w.SourceID == sourceID })
	if at < 0 {
		return records.Withholding{}, false
	}
	return s.Withholdings[at], true
}
