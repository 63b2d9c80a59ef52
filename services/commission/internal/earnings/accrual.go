package earnings

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// ErrNoAccrual is returned for an accrual that is not there, or not the
// caller's.
var ErrNoAccrual = fault.New("NOT_FOUND", "there is no such accrual")

// Accrual is an earning of an invoiced instalment as the ledger keeps it. Who
// earns what for which sale never changes; Claims, Standing and Next do. Amounts
// are in minor units of Currency.
type Accrual struct {
	ID               string         `json:"id"`
	Kind             Kind           `json:"kind"`
	InvoiceID        string         `json:"invoice_id"`
	LineNumber       int            `json:"line_number"`
	RelationshipID   string         `json:"relationship_id"`
	PartnerID        string         `json:"partner_id"`
	SubscriptionID   string         `json:"subscription_id"`
	SourceID         string         `json:"source_id"`
	Instalment       int            `json:"instalment"`
	CalculationID    string         `json:"calculation_id,omitempty"`
	CustomerID       string         `json:"customer_id"`
	CustomerName     string         `json:"customer_name"`
	ProductID        string         `json:"product_id"`
	FamilyID         string         `json:"family_id"`
	Segment          string         `json:"segment"`
	PartnerReference string         `json:"partner_reference,omitempty"`
	ServiceDate      calendar.Date  `json:"service_date"`
	Mode             margin.Mode    `json:"mode"`
	Currency         money.Currency `json:"currency"`
	Net              int64          `json:"net"`
	Rate             money.Bps      `json:"rate"`
	FxSetID          string         `json:"fx_set_id,omitempty"`
	ledger.Standing
	Next       calendar.Date   `json:"next,omitzero"`
	Revision   revision.Number `json:"revision"`
	CreateTime time.Time       `json:"create_time"`

	Claims    []ledger.Claim  `json:"-"`
	NewClaims int             `json:"-"` // of them, how many are not stored
	Posted    []ledger.Posted `json:"-"`
	Open      int64           `json:"-"` // on Payable, and on no closed statement
}

// Accrue returns the accrual of an earning, without its id and time.
func (s *Source) Accrue(e Earning, invoiceID string, line, instalment int, from calendar.Date) Accrual {
	claim := e.Claim
	claim.From, claim.Cause = from, "invoice:"+invoiceID
	calculation := s.CalculationID
	if e.RelationshipID != s.RelationshipID { // a share's, of which its own partner reads
		calculation = ""
	}
	return Accrual{
		Kind: e.Kind, InvoiceID: invoiceID, LineNumber: line, RelationshipID: e.RelationshipID, PartnerID: e.PartnerID,
		SubscriptionID: s.SubscriptionID, SourceID: s.ID, Instalment: instalment, CalculationID: calculation, CustomerID: s.CustomerID,
		CustomerName: s.CustomerName, ProductID: s.ProductID, FamilyID: s.FamilyID, Segment: s.Segment, PartnerReference: s.PartnerReference,
		ServiceDate: e.Start, Mode: e.Mode, Currency: s.Currency(), Net: e.Net, Rate: e.Rate, Claims: []ledger.Claim{claim}, NewClaims: 1,
	}
}

// Earns reports whether the claim of an earning is worth an accrual.
func (e Earning) Earns() bool { return e.Claim.Earned != 0 || e.Claim.Held != 0 }

// For reports whether an earning is this accrual's.
func (a *Accrual) For(e Earning) bool {
	return a.Kind == e.Kind && a.RelationshipID == e.RelationshipID
}

// Restate gives the accrual a claim that holds from a day on, unless it is the
// one that it has. No claim comes before the last one.
func (a *Accrual) Restate(c ledger.Claim, from calendar.Date, cause string) {
	last := a.Claims[len(a.Claims)-1]
	c.From, c.Cause = last.From, last.Cause
	if c == last {
		return
	}
	c.From, c.Cause = calendar.Max(from, last.From), cause
	a.Claims = append(a.Claims, c)
	a.NewClaims++
}

// Settle brings the accrual up to date with its invoice line by a day, and
// returns the entries that this takes, without ids, times and actor; none if
// nothing was missing.
func (a *Accrual) Settle(line ledger.Line, today calendar.Date) []ledger.Entry {
	missing, next := ledger.Settlement{Line: line, Claims: a.Claims, Posted: a.Posted, Open: a.Open}.Settle(today)
	if len(missing) == 0 && next == a.Next && a.NewClaims == 0 {
		return nil
	}
	for i := range missing {
		e := &missing[i]
		e.PartnerID, e.Currency, e.AccrualID, e.FxSetID = a.PartnerID, a.Currency, a.ID, a.FxSetID
		a.Standing = a.Standing.Plus(e.Standing())
	}
	a.Next = next
	a.Revision++
	return missing
}
