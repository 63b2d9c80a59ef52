package earnings

import (
	"strings"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
)

// Explained is an entry with what explains it. Of is what its accrual is, and
// CalculationID the calculation that it follows; both are empty for an entry
// without an accrual, the latter also for what was imported.
type Explained struct {
	ledger.Entry
	Of            Kind   `json:"of,omitempty"`
	CalculationID string `json:"calculation_id,omitempty"`
}

// Clause returns the clause of the code of practice that the entry rests on.
func (e Explained) Clause() string { return Clause(e.Kind, e.Cause, e.Of) }

// Clause returns the clause of the code of practice that an entry of a kind and
// with a cause rests on, by what its accrual is. What is earned rests on the clause
// that grants it, what a verdict holds or a transfer moves on that about changes of
// partner, and what is taken back otherwise on the one by which the vendor makes it
// low risk and simple. What people decided, and how it is all settled, rests on none.
func Clause(kind ledger.Kind, cause string, of Kind) string {
	switch kind {
	case ledger.Hold, ledger.Release, ledger.Forfeit:
		return margin.EthicalEcosystem
	case ledger.Clawback:
		if strings.HasPrefix(cause, "transfer:") {
			return margin.EthicalEcosystem
		}
		return margin.Reliability
	case ledger.Accrual, ledger.Maturity, ledger.Unwinding:
		switch of {
		case Margin:
			return margin.PredictableRevenue
		case Reward:
			return margin.NewBusiness
		case Adjustment:
			return margin.EthicalEcosystem
		}
	}
	return ""
}
