package link

import (
	"net/http"
	"strings"

	"github.com/holdfast-channel/holdfast/services/gateway/internal/problem"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Complaint is what is wrong with a form, in words that help.
type Complaint struct {
	Field  string // where; empty if another try of the same may do
	Words  string
	Status int
}

// Unreadable is the complaint about a form that can't be read.
var Unreadable = &Complaint{"", "We could not read the form. Please send it again.", http.StatusBadRequest}

// Unavailable is the complaint that a service is not there, or nil for an error
// that says something else.
func Unavailable(err error) *Complaint {
	if d := problem.Of(err); d.Status >= http.StatusInternalServerError {
		return &Complaint{"", "We could not take your answer just now. Please send it again in a minute; sending it twice does no harm.", d.Status}
	}
	return nil
}

// HTTPStatus is that of an answer with a form and, perhaps, a complaint.
func (c *Complaint) HTTPStatus() int {
	if c == nil {
		return http.StatusOK
	}
	return c.Status
}

// Problem is the field that a complaint is about, or "".
func (c *Complaint) Problem() string {
	if c == nil {
		return ""
	}
	return c.Field
}

// Text reads what somebody has written. Browsers send every end of a line as two
// characters.
func Text(r *http.Request, field string) string {
	return strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(r.PostForm.Get(field), "\r\n", "\n"), ""))
}

// ErrElsewhere is the refusal of a form that was sent from another site.
var ErrElsewhere = fault.New("PERMISSION_DENIED", "the form was sent from another site")

// Elsewhere reports whether a browser says that the form was sent from another
// site. Origin tells nothing here: without a referrer browsers send "null".
func Elsewhere(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "cross-site" || site == "same-site"
}

// SentElsewhere is what ErrElsewhere means to a person.
var SentElsewhere = Notice{"Please use the form on our page", []string{
	"Your answer was sent from another website.", "Nothing has changed.", "Open the link from your mail again and answer there.",
}}
