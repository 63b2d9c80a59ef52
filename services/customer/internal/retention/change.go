package retention

import (
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Movement is what became of a customer.
type Movement string

// The movements, in the order in which they are shown.
const (
	Retained      Movement = "RETAINED"
	Expanded      Movement = "EXPANDED"
	Contracted    Movement = "CONTRACTED"
	Churned       Movement = "CHURNED"
	LostToPartner Movement = "LOST_TO_PARTNER"
)

var movements = []Movement{Retained, Expanded, Contracted, Churned, LostToPartner}

// left reports whether customers with the movement are not active any more.
func (m Movement) left() bool { return m == Churned || m == LostToPartner }

// Change is a customer of the cohort on both days.
type Change struct {
	Customer customers.ID
	Name     string
	Segment  customers.Segment
	Country  customers.Country
	Start    money.Amount
	End      money.Amount
	Active   bool // at the end, in this slice
	Moved    bool // something that was the partner's is another one's at the end
}

// Movement tells what became of the customer. One that is active for nothing has
// not left.
func (c Change) Movement() Movement {
	switch {
	case !c.Active && c.Moved:
		return LostToPartner
	case !c.Active:
		return Churned
	case c.End.Minor < c.Start.Minor:
		return Contracted
	case c.End.Minor > c.Start.Minor:
		return Expanded
	}
	return Retained
}

// Value is by how much the customer's value changed, in minor units.
func (c Change) Value() int64 { return c.End.Minor - c.Start.Minor }
