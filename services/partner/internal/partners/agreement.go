package partners

import (
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// Refusals about agreements.
var (
	ErrAgreementNotFound = fault.New("NOT_FOUND", "there is no such agreement")
	ErrAgreementOverlaps = fault.New("AGREEMENT_OVERLAPS", "another agreement is in force in that period")
	ErrRangeEmpty        = fault.New("RANGE_EMPTY", "the agreement would have no day")
	ErrDateInvalid       = fault.New("DATE_INVALID", "the date can't be used here")
)

// AgreementID names an agreement.
type AgreementID string

// SettlementMode is who invoices the customer.
type SettlementMode string

// The settlement modes.
const (
	// Resale: the partner buys at net less margin; margin is never paid out.
	Resale SettlementMode = "RESALE"
	// Agency: the vendor invoices the customer and owes the partner the margin.
	Agency SettlementMode = "AGENCY"
)

// Agreement is what vendor and partner have agreed for the days [From, Until).
type Agreement struct {
	ID             AgreementID     `json:"id"`
	PartnerID      ID              `json:"partner_id"`
	SettlementMode SettlementMode  `json:"settlement_mode"`
	Tier           string          `json:"tier"`
	From           calendar.Date   `json:"from"`
	Until          calendar.Date   `json:"until"`         // no date while it goes on
	AcceptedCode   string          `json:"accepted_code"` // id of a code version, or empty
	SelfBilling    bool            `json:"self_billing"`  // the vendor's statements are the partner's invoices
	TaxID          string          `json:"tax_id"`        // printed on them; may be empty without self-billing
	Revision       revision.Number `json:"revision"`
	CreateTime     time.Time       `json:"create_time"`
}

// Agree returns the agreement a of p with the vendor, given p's others, or
// ErrNotSelling, ErrInvalid, ErrRangeEmpty or ErrAgreementOverlaps.
func (p Partner) Agree(a Agreement, others []Agreement) (Agreement, error) {
	if !p.Type.Selling() {
		return Agreement{}, ErrNotSelling.Because(
			fmt.Sprintf("partner %s is of type %s, which does not sell", p.ID, p.Type), "type", string(p.Type))
	}
	if utf8.RuneCountInString(a.Tier) > 40 {
		return Agreement{}, ErrInvalid.Because("tier must have at most 40 characters").On("agreement.tier")
	}
	if err := a.checkTax(); err != nil {
		return Agreement{}, err
	}
	if err := a.checkRange("agreement.until_date"); err != nil {
		return Agreement{}, err
	}
	a.PartnerID, a.Revision = p.ID, 1
	return a, a.checkAlone(others)
}

// taxNumber is the widest form of a tax registration number.
var taxNumber = regexp.MustCompile(`^[0-9A-Z][0-9A-Z ./-]{3,29}$`)

// checkTax returns ErrInvalid for an invoice that could not say whose it is.
func (a Agreement) checkTax() error {
	const field = "agreement.tax_id"
	switch {
	case a.TaxID != "" && !taxNumber.MatchString(a.TaxID):
		return ErrInvalid.Because("tax_id must have 4 to 30 capitals and digits, such as GB123456789").On(field)
	case a.SelfBilling && a.TaxID == "":
		return ErrInvalid.Because("self-billed invoices show the partner's tax registration number; give tax_id").On(field)
	}
	return nil
}

// Ending is the deed of ending an agreement.
type Ending struct {
	Until calendar.Date // the day after its last
	Today calendar.Date
}

// End returns a with another end, given the partner's other agreements. The
// end may be moved either way until it has come (ErrStateInvalid). A day
// before today is ErrDateInvalid, one that leaves no day ErrRangeEmpty, one
// beyond the next agreement's start ErrAgreementOverlaps.
func (a Agreement) End(e Ending, others []Agreement) (Agreement, error) {
	if !a.Until.IsZero() && !a.Until.After(e.Today) {
		return Agreement{}, ErrStateInvalid.Because(
			fmt.Sprintf("agreement %s ended on %s", a.ID, a.Until), "until_date", a.Until.String())
	}
	if e.Until.Before(e.Today) {
		return Agreement{}, ErrDateInvalid.Because(
			fmt.Sprintf("an agreement ends today, %s, at the earliest", e.Today), "earliest", e.Today.String()).On("until_date")
	}
	a.Until = e.Until
	if err := a.checkRange("until_date"); err != nil {
		return Agreement{}, err
	}
	a.Revision++
	return a, a.checkAlone(others)
}

// Overlaps reports whether a and b share a day.
func (a Agreement) Overlaps(b Agreement) bool {
	return a.beginsBeforeEndOf(b) && b.beginsBeforeEndOf(a)
}

func (a Agreement) beginsBeforeEndOf(b Agreement) bool {
	return b.Until.IsZero() || a.From.Before(b.Until)
}

func (a Agreement) checkRange(field string) error {
	if a.Until.IsZero() || a.From.Before(a.Until) {
		return nil
	}
	return ErrRangeEmpty.Because(
		fmt.Sprintf("the agreement from %s until %s has no day; until_date is the day after its last", a.From, a.Until),
		"from_date", a.From.String(), "until_date", a.Until.String()).On(field)
}

func (a Agreement) checkAlone(others []Agreement) error {
	for _, other := range others {
		if other.ID != a.ID && a.Overlaps(other) {
			return ErrAgreementOverlaps.Because(
				fmt.Sprintf("agreement %s is in force from %s until %s", other.ID, other.From, orOpen(other.Until)),
				"agreement_id", string(other.ID))
		}
	}
	return nil
}

func orOpen(d calendar.Date) string {
	if d.IsZero() {
		return "further notice"
	}
	return d.String()
}

// AgreementQuery says which of a partner's agreements to list, newest first.
type AgreementQuery struct {
	Partner ID
	Before  calendar.Date // those that begin earlier; no date for all
	Limit   int
}
