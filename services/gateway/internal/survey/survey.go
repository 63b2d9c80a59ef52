// Package survey is the page on which somebody says how it was. Every question
// may be left out, none has an answer chosen beforehand, and the same page says
// that one does not want to be asked again.
package survey

import (
	"net/http"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/link"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/problem"
)

// Folder is where the pages are.
const Folder link.Folder = "/survey/"

// Page shows what is asked and takes the answer, for every token.
type Page struct {
	Service customerv1.ExperienceServiceClient
}

// ServeHTTP serves a path of Folder.
func (p Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := Folder.Token(r.URL.Path)
	switch {
	case r.Method != http.MethodPost:
		p.show(w, r, token, form{})
	case link.Elsewhere(r):
		refuse(w, link.ErrElsewhere)
	default:
		p.take(w, r, token)
	}
}

// show shows the form as it is filled in, or the thanks for an answer that was
// given before.
func (p Page) show(w http.ResponseWriter, r *http.Request, token string, f form) {
	survey, err := p.Service.GetSurvey(r.Context(), &customerv1.GetSurveyRequest{Token: token})
	switch {
	case err != nil:
		refuse(w, err)
	case survey.GetAnswered():
		sheet.Write(w, http.StatusOK, thanks(survey))
	default:
		sheet.Write(w, f.Complaint.HTTPStatus(), asking(survey, f))
	}
}

// take takes one of the two forms. What is wrong with an answer is said beside
// the form, as it was filled in, where another try may do.
func (p Page) take(w http.ResponseWriter, r *http.Request, token string) {
	f := filled(r)
	switch {
	case f.Complaint != nil:
		p.show(w, r, token, f)
	case f.Leave:
		p.leave(w, r, token)
	default:
		p.submit(w, r, token, f)
	}
}

func (p Page) submit(w http.ResponseWriter, r *http.Request, token string, f form) {
	survey, err := p.Service.SubmitSurveyResponse(r.Context(), f.request(token))
	if err == nil {
		sheet.Write(w, http.StatusOK, thanks(survey))
		return
	}
	if f.Complaint = complaintAbout(err); f.Complaint == nil {
		refuse(w, err)
		return
	}
	link.Note(w, err)
	p.show(w, r, token, f)
}

func (p Page) leave(w http.ResponseWriter, r *http.Request, token string) {
	survey, err := p.Service.LeaveSurveys(r.Context(), &customerv1.LeaveSurveysRequest{Token: token})
	switch {
	case err == nil:
		sheet.Write(w, http.StatusOK, left(survey))
	case problem.Of(err).Status >= http.StatusInternalServerError:
		link.Note(w, err)
		p.show(w, r, token, form{Complaint: link.Unavailable(err)})
	default:
		refuse(w, err)
	}
}
