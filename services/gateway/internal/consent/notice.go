package consent

import (
	"net/http"

	"github.com/holdfast-channel/holdfast/services/gateway/internal/problem"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// notice is a page without a form: a heading and plain sentences.
type notice struct {
	Title     string
	Sentences []string
}

const unchanged = "Nothing has changed."

// notices are what refusals mean to a contact, by reason.
var notices = map[fault.Reason]notice{
	"CONSENT_EXPIRED": {"The time to agree is over", []string{
		"The last day of this link has passed.", unchanged,
		"If you still want to change, ask the partner that contacted you for a new request.",
	}},
	"TRANSFER_NOT_OPEN": {"This request is no longer open", []string{
		"It was withdrawn, its time is over, or your organisation has agreed to another change meanwhile.",
		"This link has changed nothing.",
	}},
	"CONTACT_NOT_AUTHORISED": {"You can't agree to this for your organisation", []string{
		"You are not, or no longer, on our list of people who may decide on a change of partner.", unchanged,
		"Ask a colleague who may, or ask us to put you on the list.",
	}},
	"CONTACT_DOMAIN_MISMATCH": {"You can't agree to this for your organisation", []string{
		"Your address no longer belongs to your organisation's domains.", unchanged,
		"Ask a colleague who may decide on a change of partner.",
	}},
	errElsewhere.Reason: {"Please use the form on our page", []string{
		"Your answer was sent from another website.", unchanged, "Open the link from your mail again and answer there.",
	}},
}

var errElsewhere = fault.New("PERMISSION_DENIED", "the form was sent from another site")

var (
	brokenLink = notice{"This link does not work", []string{
		"Check that you have opened the whole link from your mail.",
		"If it still does not work, ask the partner that contacted you for a new request.",
	}}
	later = notice{"This page is not available just now", []string{
		"Please open the link from your mail again in a few minutes.",
		"If you have answered already, you will see whether your answer has arrived; answering twice does no harm.",
	}}
)

// refuse answers with what a refusal means to a contact.
func refuse(w http.ResponseWriter, err error) {
	note(w, err)
	d := problem.Of(err)
	n, known := notices[fault.Reason(d.Reason)]
	switch {
	case d.Status >= http.StatusInternalServerError:
		w.Header().Set("Retry-After", "60")
		n = later
	case !known:
		n = brokenLink
	}
	write(w, d.Status, page{Title: n.Title, Notice: &n})
}
