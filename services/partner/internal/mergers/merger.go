package mergers

import (
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// Refusals about mergers.
var (
	ErrNotFound     = fault.New("NOT_FOUND", "there is no such merger")
	ErrSamePartner  = fault.New("SAME_PARTNER", "a partner can't be merged into itself")
	ErrStateInvalid = fault.New("STATE_INVALID", "the partners are not in a state that allows this")
	ErrRevertClosed = fault.New("MERGER_REVERT_CLOSED", "the time to revert the merger is over")
)

// ID names a merger.
type ID string

// State is whether a merger is in force.
type State string

// The states.
const (
	InForce  State = "IN_FORCE"
	Reverted State = "REVERTED"
)

// Merger is a partner that acts for another.
type Merger struct {
	ID         ID              `json:"id"`
	PartnerID  partners.ID     `json:"partner_id"` // goes on
	AbsorbedID partners.ID     `json:"absorbed_id"`
	State      State           `json:"state"`
	MergeDate  calendar.Date   `json:"merge_date"`
	RevertBy   calendar.Date   `json:"revert_by"`
	RevertDate calendar.Date   `json:"revert_date"` // no date while in force
	Actor      string          `json:"actor"`
	Revision   revision.Number `json:"revision"`
	CreateTime time.Time       `json:"create_time"`
}

// Proposal is the deed of merging a partner into another.
type Proposal struct {
	Survivor, Absorbed partners.Partner
	RevertDays         int32 // for which it can be reverted
	By                 string
	On                 calendar.Date
	At                 time.Time
}

// Make returns the merger that is proposed, without an id. ErrSamePartner,
// partners.ErrNotSelling, or ErrStateInvalid if one of the two is the vendor's
// own field sales or is absorbed already.
func (n Names) Make(p Proposal) (Merger, error) {
	if p.Survivor.ID == p.Absorbed.ID {
		return Merger{}, ErrSamePartner.Because(
			fmt.Sprintf("partner %s can't be merged into itself; name the partner that is absorbed", p.Survivor.ID)).On("absorbed_partner_id")
	}
	for _, side := range []struct {
		partner partners.Partner
		field   string
	}{{p.Survivor, "partner_id"}, {p.Absorbed, "absorbed_partner_id"}} {
		if err := n.checkSide(side.partner); err != nil {
			return Merger{}, fault.At(side.field, err)
		}
	}
	return Merger{
		PartnerID: p.Survivor.ID, AbsorbedID: p.Absorbed.ID, State: InForce,
		MergeDate: p.On, RevertBy: p.On.AddDays(int(p.RevertDays)), Actor: p.By, Revision: 1, CreateTime: p.At,
	}, nil
}

func (n Names) checkSide(p partners.Partner) error {
	switch {
	case p.ID == partners.Direct:
		return ErrStateInvalid.Because("the vendor's own field sales neither absorbs a partner nor is absorbed by one")
	case !p.Type.Selling():
		return partners.ErrNotSelling.Because(
			fmt.Sprintf("partner %s is a %s and sells nothing that another could act for", p.ID, p.Type), "type", string(p.Type))
	}
	if survivor, absorbed := n[p.ID]; absorbed {
		return ErrStateInvalid.Because(
			fmt.Sprintf("partner %s was absorbed by %s; merge with the one that acts for it, %s", p.ID, survivor, n.Root(p.ID)),
			"partner_id", string(p.ID), "merged_into", string(n.Root(p.ID)))
	}
	return nil
}

// Revert ends m on a day. ErrStateInvalid if it ended before, ErrRevertClosed
// after its last day for that.
func (m Merger) Revert(today calendar.Date) (Merger, error) {
	if m.State != InForce {
		return Merger{}, ErrStateInvalid.Because(
			fmt.Sprintf("merger %s is %s since %s; it would have to be %s", m.ID, m.State, m.RevertDate, InForce),
			"state", string(m.State), "required_state", string(InForce))
	}
	if today.After(m.RevertBy) {
		return Merger{}, ErrRevertClosed.Because(
			fmt.Sprintf("merger %s could be reverted until %s; partner %s goes on acting for %s", m.ID, m.RevertBy, m.PartnerID, m.AbsorbedID),
			"revert_by_date", m.RevertBy.String())
	}
	m.State, m.RevertDate = Reverted, today
	m.Revision++
	return m, nil
}

// Query says which mergers to list: those before an id, which is newest first.
// An empty filter matches all; a partner is looked for on both sides.
type Query struct {
	Before  ID
	Partner partners.ID
	State   State
	Limit   int
}
