package seal

// Fault is what is wrong at one place of the ledger.
type Fault string

// The faults.
const (
	EntryChanged    Fault = "ENTRY_CHANGED"    // the entry or a posting of it is not what was written
	EntryMissing    Fault = "ENTRY_MISSING"    // what was sealed, or told, is not there
	EntryAdded      Fault = "ENTRY_ADDED"      // the service did not write it, or not then
	EntryUnbalanced Fault = "ENTRY_UNBALANCED" // debits and credits are not equal
	Broken          Fault = "SEAL_BROKEN"      // the seal is not that of its entries
	Missing         Fault = "SEAL_MISSING"     // the seal is not there
	BalanceWrong    Fault = "BALANCE_WRONG"    // a stored balance is not that of the entries
	LineWrong       Fault = "LINE_WRONG"       // statements do not show what the entries say
)

// Finding is one difference, and where it is. Subject is the accrual, the
// statement or the partner, where it is about one of those.
type Finding struct {
	Fault   Fault
	EntryID string // where it is about one
	Seal    int64  // where it is about one, or lies within one
	Subject string
	Detail  string
}
