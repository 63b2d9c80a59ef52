package consent

import (
	"net/http"
	"unicode/utf8"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/link"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/problem"
)

// form is what a contact has filled in, and what is wrong with it.
type form struct {
	Reason    string
	Text      string
	Complaint *link.Complaint
}

// The fields of the form.
const (
	fieldReason = "reason"
	fieldText   = "reason_text"
)

// longestText is the most that the contract takes, in characters.
const longestText = 2000

// filled reads the form.
func filled(r *http.Request) form {
	if err := r.ParseForm(); err != nil {
		return form{Complaint: link.Unreadable}
	}
	f := form{
		Reason: r.PostForm.Get(fieldReason),
		Text:   link.Text(r, fieldText),
	}
	switch {
	case f.reason() == partnerv1.ConsentReason_CONSENT_REASON_UNSPECIFIED:
		f.Complaint = &link.Complaint{Field: fieldReason, Words: "Choose why you want to change.", Status: http.StatusBadRequest}
	case utf8.RuneCountInString(f.Text) > longestText:
		f.Complaint = &link.Complaint{Field: fieldText, Words: "Shorten your text to 2,000 characters.", Status: http.StatusBadRequest}
	}
	return f
}

// reason is the chosen one in the contract's words, or unspecified.
func (f form) reason() partnerv1.ConsentReason {
	return partnerv1.ConsentReason(partnerv1.ConsentReason_value["CONSENT_REASON_"+f.Reason])
}

// complaintAbout is what a refusal means to whoever sent the form, or nil where
// there is no use in another try.
func complaintAbout(err error) *link.Complaint {
	if d := problem.Of(err); d.Reason == "REASON_TEXT_REQUIRED" {
		return &link.Complaint{Field: fieldText, Words: "Tell us your reason in a sentence or two.", Status: d.Status}
	}
	return link.Unavailable(err)
}
