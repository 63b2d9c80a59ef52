package survey

import (
	"net/http"
	"strconv"
	"unicode/utf8"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/link"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/problem"
)

// form is what somebody has filled in, and what is wrong with it. A question that
// was skipped has no score.
type form struct {
	Needs, Ease, Enjoyment, Recommend *int32
	Comment                           string
	Leave                             bool
	Complaint                         *link.Complaint
}

// The fields of the forms.
const (
	fieldNeeds     = "needs"
	fieldEase      = "ease"
	fieldEnjoyment = "enjoyment"
	fieldRecommend = "recommend"
	fieldComment   = "comment"
	fieldLeave     = "leave"
)

// longestText is the most that the contract takes, in characters.
const longestText = 4000

// filled reads a form.
func filled(r *http.Request) form {
	if err := r.ParseForm(); err != nil {
		return form{Complaint: link.Unreadable}
	}
	if r.PostForm.Get(fieldLeave) != "" {
		return form{Leave: true}
	}
	f := form{Comment: link.Text(r, fieldComment)}
	for field, score := range f.scores() {
		text := r.PostForm.Get(field)
		if text == "" {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return form{Complaint: link.Unreadable}
		}
		*score = new(int32(n))
	}
	switch {
	case f.empty():
		f.Complaint = nothingAnswered
	case utf8.RuneCountInString(f.Comment) > longestText:
		f.Complaint = &link.Complaint{Field: fieldComment, Words: "Shorten your text to 4,000 characters.", Status: http.StatusBadRequest}
	}
	return f
}

var nothingAnswered = &link.Complaint{Field: fieldNeeds, Words: "Answer at least one of the questions, or write a sentence.", Status: http.StatusBadRequest}

// scores are where the scores of the fields go.
func (f *form) scores() map[string]**int32 {
	return map[string]**int32{fieldNeeds: &f.Needs, fieldEase: &f.Ease, fieldEnjoyment: &f.Enjoyment, fieldRecommend: &f.Recommend}
}

func (f *form) empty() bool {
	return f.Needs == nil && f.Ease == nil && f.Enjoyment == nil && f.Recommend == nil && f.Comment == ""
}

func (f *form) request(token string) *customerv1.SubmitSurveyResponseRequest {
	return &customerv1.SubmitSurveyResponseRequest{
		Token: token, Needs: f.Needs, Ease: f.Ease, Enjoyment: f.Enjoyment, Recommend: f.Recommend, Comment: f.Comment,
	}
}

// complaintAbout is what a refusal means to whoever sent the form, or nil where
// there is no use in another try.
func complaintAbout(err error) *link.Complaint {
	switch d := problem.Of(err); d.Reason {
	case "RESPONSE_EMPTY":
		return nothingAnswered
	case "SCORE_OUT_OF_RANGE":
		return link.Unreadable
	}
	return link.Unavailable(err)
}
