package division

import (
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Handover is a change of partner. Relationships are all of the subscription,
// oldest first, and New, which need not be stored yet, is the one that begins.
type Handover struct {
	TransferID    string
	Relationships []records.Relationship
	New           records.Relationship
}

// Division is what a booking becomes. A part without days is nil, and so is the
// old one where no margin was ever locked. Replaces is the part of an earlier
// division that this one divides again.
type Division struct {
	Old, New *records.TermShare
	Replaces string
}

// Parts returns the parts that there are.
func (d Division) Parts() []records.TermShare {
	var parts []records.TermShare
	for _, p := range []*records.TermShare{d.Old, d.New} {
		if p != nil {
			parts = append(parts, *p)
		}
	}
	return parts
}

// Old returns the relationship that serves until the transfer takes effect; not
// ok where its margin was never locked.
func (h Handover) Old() (records.Relationship, bool) {
	eve := h.New.From.AddDays(-1)
	for _, r := range h.Relationships {
		if !eve.Before(r.From) && (r.Until.IsZero() || eve.Before(r.Until)) {
			return r, true
		}
	}
	return records.Relationship{}, false
}

// Divide divides a booking, of which standing are the parts by earlier
// transfers. It returns false where there is nothing to divide: the booking has
// no days from the transfer on, is the new partner's own or a later one's, or
// was divided by this transfer already. Errors are those of Share.Split.
func (h Handover) Divide(b records.Booking, standing []records.TermShare) (Division, bool, error) {
	var d Division
	part, holder, found := h.standing(b, standing)
	if !found {
		return d, false, nil
	}
	d.Replaces = part.ID
	rate, err := h.New.RateOn(calendar.Max(h.New.From, b.Term.Start))
	if err != nil {
		return d, false, err
	}
	old, next, err := shareOf(part).Split(h.New.From, rate, h.New.Mode)
	if err != nil {
		return d, false, err
	}
	if holder.ID != "" {
		d.Old = h.share(b, holder, old)
	}
	d.New = h.share(b, h.New, next)
	return d, true, nil
}

// standing finds the part of a booking that has days from the transfer on and is
// an older relationship's, and that relationship, which has no id where no
// margin was locked.
func (h Handover) standing(b records.Booking, parts []records.TermShare) (records.TermShare, records.Relationship, bool) {
	if !h.New.From.Before(b.Term.End) {
		return records.TermShare{}, records.Relationship{}, false
	}
	divided := false
	for _, p := range parts {
		if p.SourceID != b.SourceID {
			continue
		}
		divided = true
		if holder, known := h.held(p.RelationshipID); known && holder.From.Before(h.New.From) && h.New.From.Before(p.Span.End) {
			return p, holder, true
		}
	}
	holder, known := h.held(b.RelationshipID)
	whole := b.Calculation.Share()
	return records.TermShare{
		Span: whole.Span, Net: whole.Net, Margin: whole.Margin, Agreed: whole.Agreed, Cap: whole.Cap, Effective: whole.Effective, Mode: whole.Mode,
		Instalments: whole.Instalments,
	}, holder, !divided && (!known || holder.From.Before(h.New.From))
}

func (h Handover) held(id string) (records.Relationship, bool) {
	for _, r := range h.Relationships {
		if r.ID == id {
			return r, true
		}
	}
	return records.Relationship{}, false
}

func shareOf(p records.TermShare) margin.Share {
	return margin.Share{
		Span: p.Span, Net: p.Net, Margin: p.Margin, Agreed: p.Agreed, Cap: p.Cap, Effective: p.Effective, Mode: p.Mode, Instalments: p.Instalments,
	}
}

// share is nil for a part without days.
func (h Handover) share(b records.Booking, of records.Relationship, s margin.Share) *records.TermShare {
	if s.Span.Empty() {
		return nil
	}
	return &records.TermShare{
		SourceID: b.SourceID, SubscriptionID: of.SubscriptionID, PartnerID: of.PartnerID, RelationshipID: of.ID, TransferID: h.TransferID,
		Term: b.Term, Span: s.Span, Net: s.Net, Margin: s.Margin, Agreed: s.Agreed, Cap: s.Cap, Effective: s.Effective, Mode: s.Mode,
		Instalments: s.Instalments,
	}
}
