package survey

import (
	"net/http"

	"github.com/holdfast-channel/holdfast/services/gateway/internal/link"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// notices are what refusals mean to whoever is asked, by reason.
var notices = map[fault.Reason]link.Notice{
	"RESPONSE_DUPLICATE": link.Say("You have answered already",
		"This link has been used for an answer, and we keep the first one.", "You need not do anything else and can close this page.",
	),
	link.ErrElsewhere.Reason: link.SentElsewhere,
}

var brokenLink = link.Say("This link does not work",
	"Check that you have opened the whole link from your mail.",
	"If your mail is some weeks old, the time to answer is over. Thank you all the same.",
)

// refuse answers with what a refusal means to whoever is asked.
func refuse(w http.ResponseWriter, err error) {
	status, n := link.Meaning(w, err, notices, brokenLink)
	sheet.Write(w, status, page{Frame: sheet.Announce(n)})
}
