package statement

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/earnings"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// ErrNoLine is returned for a line that is not there, or not the caller's.
var ErrNoLine = fault.New("NOT_FOUND", "there is no such line")

// Section is where on its statement a line is.
type Section string

// The sections.
const (
	Current      Section = "CURRENT"
	PriorPeriods Section = "PRIOR_PERIODS"
)

// Section returns where a line that is effective on a day is on the statement of
// a month.
func (m Month) Section(effective calendar.Date) Section {
	if effective.Before(m.first) {
		return PriorPeriods
	}
	return Current
}

// Line is a line of a statement with what a partner needs to find it in its own
// books. Earning is empty for what no instalment earned.
type Line struct {
	ID          string // of its entry
	StatementID string // empty on the open one
	PartnerID   string
	Kind        ledger.Kind
	Amount      money.Amount
	Effective   calendar.Date
	Posted      time.Time
	Cause, Note string
	DisputeID   string // of the open dispute about it
	Earning
}

// Earning is the accrual that a line comes of.
type Earning struct {
	AccrualID        string
	Kind             string // MARGIN, REWARD or ADJUSTMENT
	CalculationID    string
	SourceID         string
	SubscriptionID   string
	CustomerID       string
	CustomerName     string
	ProductID        string
	PartnerReference string
	InvoiceID        string
	Instalment       int
	Net              money.Amount
	Rate             money.Bps
	Service          calendar.Date
}

// Clause is what of the code of practice a line rests on; empty for what people
// decided and what was paid.
func (l Line) Clause() string { return earnings.Clause(l.Kind, l.Cause, earnings.Kind(l.Earning.Kind)) }

// Settles reports whether a line is about a payment or a dispute, and so no part
// of what is invoiced.
func (l Line) Settles() bool {
	return l.Kind == ledger.DisputeHold || l.Kind == ledger.DisputeRelease || l.Kind == ledger.PayoutReturned
}
