// Package selling decides whether a partner may sell on a day, and so earn.
//
// Partners of a selling type may, while they are active and an agreement is in
// force; the agreement says who invoices the customer. Suppliers,
// cyber-resilience partners and strategic allies work with the vendor but sell
// nothing. The vendor's own field sales is the partner "direct": it sells
// without an agreement and earns no margin, always at 0 basis points.
//
// For example, a reseller suspended on 2026-03-01 may not sell from that day
// on, while what it has earned stays its own.
package selling

import (
	"fmt"
	"strings"

	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Refusals of sellers.
var (
	ErrNoPartner        = fault.New("NOT_FOUND", "there is no such partner")
	ErrNotSelling       = fault.New("PARTNER_NOT_SELLING", "the partner does not sell")
	ErrAgreementMissing = fault.New("AGREEMENT_MISSING", "the partner has no agreement in force on this date")
)

// TypeDirect is the partner type of the vendor's own field sales.
const TypeDirect = "DIRECT"

// Direct is the id of the partner that they are.
const Direct = "direct"

// earning are the partner types that earn margin.
var earning = map[string]bool{
	"RESELLER": true, "SYSTEMS_INTEGRATOR": true, "MANAGED_SERVICE_PROVIDER": true,
	"INDEPENDENT_SOFTWARE_VENDOR": true, "SALES_AGENT": true, "DISTRIBUTOR": true,
}

// Earns reports whether partners of this type may earn margin.
func Earns(partnerType string) bool { return earning[partnerType] }

// Terms are what a sale of a partner depends on, as of a day.
type Terms struct {
	PartnerID   string
	Type        string        // such as "RESELLER"
	Suspended   bool          // and since when
	SuspendedOn calendar.Date // no date where it is not known
	AgreementID string        // empty if none is in force
	Mode        margin.Mode   // of the agreement; AGENCY for direct
}

// IsDirect reports whether the vendor sells itself.
func (t Terms) IsDirect() bool { return t.Type == TypeDirect }

// Check returns ErrNotSelling or ErrAgreementMissing unless the partner may
// sell on the day of the terms.
func (t Terms) Check(on calendar.Date) error {
	if err := t.CheckHolding(on); err != nil || !t.Suspended {
		return err
	}
	since := ""
	if !t.SuspendedOn.IsZero() {
		since = " since " + t.SuspendedOn.String()
	}
	return ErrNotSelling.Because(
		fmt.Sprintf("partner %s is suspended%s and can't sell; the customer renews with the vendor or a partner of its choice", t.PartnerID, since),
		"partner_id", t.PartnerID, "state", "SUSPENDED").On("partner_id")
}

// CheckHolding is Check for a relationship that goes on while the partner is
// suspended: its margin can be locked, as what was agreed stays agreed.
func (t Terms) CheckHolding(on calendar.Date) error {
	switch {
	case t.IsDirect():
		return nil
	case !Earns(t.Type):
		return ErrNotSelling.Because(
			fmt.Sprintf("partner %s is of type %s, which earns no margin; resellers, systems integrators, managed service providers, independent software vendors, sales agents and distributors do",
				t.PartnerID, strings.ReplaceAll(strings.ToLower(t.Type), "_", " ")),
			"partner_id", t.PartnerID, "type", t.Type).On("partner_id")
	case t.AgreementID == "":
		return ErrAgreementMissing.Because(
			fmt.Sprintf("partner %s has no agreement in force on %s; channel operations must create one", t.PartnerID, on),
			"partner_id", t.PartnerID, "date", on.String()).On("partner_id")
	}
	return nil
}

// CheckRate returns ErrNotSelling for a rate above zero that would be agreed
// with the vendor itself.
func (t Terms) CheckRate(rate money.Bps) error {
	if !t.IsDirect() || rate == 0 {
		return nil
	}
	return ErrNotSelling.Because("the vendor's own sales earn no margin; leave the row out, or give 0 basis points",
		"partner_id", t.PartnerID).On("locked_bps")
}
