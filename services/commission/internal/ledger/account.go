package ledger

// Account is where a posting goes. Each partner has its own of every kind, in
// every currency.
type Account string

// The accounts. What the partner sees of them are Payable and Receivable; their
// difference is the balance of its statement.
const (
	Expense    Account = "EXPENSE"    // what partners have cost the vendor
	Accrued    Account = "ACCRUED"    // earned, and waiting for the customer's payment and its hold
	Held       Account = "HELD"       // earned unless the verdict stays as it is
	Payable    Account = "PAYABLE"    // due to the partner
	Disputed   Account = "DISPUTED"   // on a line that the partner disputes
	Receivable Account = "RECEIVABLE" // owed by the partner, set off against its next statements
	InTransit  Account = "IN_TRANSIT" // instructed to the bank
	Cash       Account = "CASH"       // paid
)

// Accounts are all accounts, in the order in which balances show them.
func Accounts() []Account {
	return []Account{Expense, Accrued, Held, Payable, Disputed, Receivable, InTransit, Cash}
}

// Stated reports whether postings to the account are shown on statements.
func (a Account) Stated() bool { return a == Payable || a == Receivable }

// Kind is why an entry was made.
type Kind string

// The kinds of entries.
const (
	Accrual        Kind = "ACCRUAL"         // an instalment was invoiced, or paid after all
	Maturity       Kind = "MATURITY"        // a payment's hold is over
	Unwinding      Kind = "UNWINDING"       // a payment was taken back
	Clawback       Kind = "CLAWBACK"        // a credit, a customer that does not pay, another partner's days
	Hold           Kind = "HOLD"            // a verdict may still turn
	Release        Kind = "RELEASE"         // it turned in the partner's favour
	Forfeit        Kind = "FORFEIT"         // it did not
	Adjustment     Kind = "ADJUSTMENT"      // decided by people
	Reversal       Kind = "REVERSAL"        // of one earlier entry, whole
	DisputeHold    Kind = "DISPUTE_HOLD"    // a line is disputed
	DisputeRelease Kind = "DISPUTE_RELEASE" // the dispute is over
	SetOff         Kind = "SET_OFF"         // what is owed either way, at the close of a statement
	Payout         Kind = "PAYOUT"          // a payment to the partner was approved
	PayoutPaid     Kind = "PAYOUT_PAID"     // the bank has paid it
	PayoutReturned Kind = "PAYOUT_RETURNED" // the bank has not
)

// settles reports whether entries of the kind settle what statements have
// stated, and so are no lines of theirs.
func (k Kind) settles() bool { return k == SetOff || k == Payout || k == PayoutPaid }
