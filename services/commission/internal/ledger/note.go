package ledger

import "strings"

// note says an entry in one sentence.
func note(kind Kind, cause string) string {
	what, id, _ := strings.Cut(cause, ":")
	switch kind {
	case Accrual:
		if what == "invoice" {
			return "Invoice " + id + " was issued: the instalment is earned, and waits for the customer's payment."
		}
		return "The instalment is earned again, after " + said(what, id) + "."
	case Maturity:
		return "What is settled of the instalment is due, after " + said(what, id) + " and its hold."
	case Unwinding:
		return "What was due waits again, after " + said(what, id) + "."
	case Clawback:
		if what == "overdue" {
			return "Invoice " + id + " is overdue: what the customer has not paid for is taken back until it has."
		}
		return "A part of what was earned is taken back, after " + said(what, id) + "."
	case Hold:
		return "The difference that the margin cap makes is held, after " + said(what, id) + "."
	case Release:
		return "What was held is the partner's, after " + said(what, id) + "."
	case Forfeit:
		return "What was held stays with the vendor, after " + said(what, id) + "."
	}
	return ""
}

// said names a cause.
func said(what, id string) string {
	switch what {
	case "invoice":
		return "invoice " + id
	case "payment":
		return "payment " + id
	case "payment_reversal":
		return "the reversal " + id + " of a payment"
	case "credit_note":
		return "credit note " + id
	case "overdue":
		return "invoice " + id + " became overdue"
	case "transfer":
		return "the customer's change of partner (" + id + ")"
	case "case":
		return "the verdict in case " + id
	}
	return what + " " + id
}
