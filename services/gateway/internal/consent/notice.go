package consent

import (
	"net/http"

	"github.com/holdfast-channel/holdfast/services/gateway/internal/link"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

const unchanged = "Nothing has changed."

// notices are what refusals mean to a contact, by reason.
var notices = map[fault.Reason]link.Notice{
	"CONSENT_EXPIRED": link.Say("The time to agree is over",
		"The last day of this link has passed.", unchanged,
		"If you still want to change, ask the partner that contacted you for a new request.",
	),
	"TRANSFER_NOT_OPEN": link.Say("This request is no longer open",
		"It was withdrawn, its time is over, or your organisation has agreed to another change meanwhile.",
		"This link has changed nothing.",
	),
	"CONTACT_NOT_AUTHORISED": link.Say("You can't agree to this for your organisation",
		"You are not, or no longer, on our list of people who may decide on a change of partner.", unchanged,
		"Ask a colleague who may, or ask us to put you on the list.",
	),
	"CONTACT_DOMAIN_MISMATCH": link.Say("You can't agree to this for your organisation",
		"Your address no longer belongs to your organisation's domains.", unchanged,
		"Ask a colleague who may decide on a change of partner.",
	),
	link.ErrElsewhere.Reason: link.SentElsewhere,
}

var brokenLink = link.Say("This link does not work",
	"Check that you have opened the whole link from your mail.",
	"If it still does not work, ask the partner that contacted you for a new request.",
)

// refuse answers with what a refusal means to a contact.
func refuse(w http.ResponseWriter, err error) {
	status, n := link.Meaning(w, err, notices, brokenLink)
	sheet.Write(w, status, page{Frame: sheet.Announce(n)})
}
