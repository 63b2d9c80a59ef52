package matching

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/statement"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// ErrNoReconciliation is returned for a reconciliation that is not there, or not
// the caller's.
var ErrNoReconciliation = fault.New("NOT_FOUND", "there is no such reconciliation")

// Reconciliation is a partner's file compared with its statement of a month, or
// with the lines of that month that were on none. It never changes.
type Reconciliation struct {
	ID          string          `json:"id"`
	PartnerID   string          `json:"partner_id"`
	Currency    money.Currency  `json:"currency"`
	Month       statement.Month `json:"month"`
	StatementID string          `json:"statement_id,omitempty"` // empty if the month was not closed
	FileName    string          `json:"file_name,omitempty"`
	Digest      []byte          `json:"digest"` // the SHA-256 of the file's content
	Ignored     []string        `json:"ignored,omitempty"`
	Sums        Sums            `json:"sums"`
	Actor       string          `json:"actor"`
	CreateTime  time.Time       `json:"create_time"`
}

// ReconciliationRow is a row of the file with its line, or either alone.
type ReconciliationRow struct {
	Number      int
	Outcome     Outcome
	Differences []Difference
	File        *Row
	Line        *statement.Line
}

// DifferenceMinor is the file's amount less the line's, in minor units; what is
// not there is nothing.
func (r ReconciliationRow) DifferenceMinor() (minor int64) {
	if r.File != nil {
		minor += r.File.Amount
	}
	if r.Line != nil {
		minor -= r.Line.Amount.Minor
	}
	return minor
}
