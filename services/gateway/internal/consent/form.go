package consent

import (
	"net/http"
	"strings"
	"unicode/utf8"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/problem"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// form is what a contact has filled in, and what is wrong with it.
type form struct {
	Reason    string
	Text      string
	Complaint *complaint
}

// complaint is what is wrong with a form, in words that help.
type complaint struct {
	Field  string // where; empty if another try of the same may do
	Words  string
	status int
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
		return form{Complaint: &complaint{"", "We could not read the form. Please send it again.", http.StatusBadRequest}}
	}
	f := form{
		Reason: r.PostForm.Get(fieldReason),
		// Browsers send every end of a line as two characters.
		Text: strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(r.PostForm.Get(fieldText), "\r\n", "\n"), "")),
	}
	switch {
	case f.reason() == partnerv1.ConsentReason_CONSENT_REASON_UNSPECIFIED:
		f.Complaint = &complaint{fieldReason, "Choose why you want to change.", http.StatusBadRequest}
	case utf8.RuneCountInString(f.Text) > longestText:
		f.Complaint = &complaint{fieldText, "Shorten your text to 2,000 characters.", http.StatusBadRequest}
	}
	return f
}

// reason is the chosen one in the contract's words, or unspecified.
func (f form) reason() partnerv1.ConsentReason {
	return partnerv1.ConsentReason(partnerv1.ConsentReason_value["CONSENT_REASON_"+f.Reason])
}

func (f form) status() int {
	if f.Complaint == nil {
		return http.StatusOK
	}
	return f.Complaint.status
}

// complaintAbout is what a refusal means to whoever sent the form, or nil where
// there is no use in another try.
func complaintAbout(err error) *complaint {
	d := problem.Of(err)
	switch {
	case d.Reason == "REASON_TEXT_REQUIRED":
		return &complaint{fieldText, "Tell us your reason in a sentence or two.", d.Status}
	case d.Status >= http.StatusInternalServerError:
		return &complaint{"", "We could not take your answer just now. Please send it again in a minute; sending it twice does no harm.", d.Status}
	}
	return nil
}

// note tells the log why a request was refused.
func note(w http.ResponseWriter, err error) {
	if n, ok := w.(problem.Noter); ok {
		n.Note(fault.Reason(problem.Of(err).Reason), err)
	}
}
