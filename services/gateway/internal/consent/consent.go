// Package consent is the page on which a customer's contact agrees to a change
// of partner. Only its form consents, and it has no reason chosen beforehand.
package consent

import (
	"net/http"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/link"
)

// Folder is where the pages are.
const Folder link.Folder = "/consent/"

// Page shows what is asked and takes the consent, for every token.
type Page struct {
	Service partnerv1.TransferServiceClient
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

// show shows the form as it is filled in, or the thanks for a consent that was
// given before.
func (p Page) show(w http.ResponseWriter, r *http.Request, token string, f form) {
	consent, err := p.Service.GetConsent(r.Context(), &partnerv1.GetConsentRequest{Token: token})
	switch {
	case err != nil:
		refuse(w, err)
	case consent.GetGiven():
		sheet.Write(w, http.StatusOK, thanks(consent))
	default:
		sheet.Write(w, f.Complaint.HTTPStatus(), asking(consent, f))
	}
}

// take takes the form. What is wrong with it is said beside the form, as it was
// filled in, where another try may do.
func (p Page) take(w http.ResponseWriter, r *http.Request, token string) {
	f := filled(r)
	if f.Complaint != nil {
		p.show(w, r, token, f)
		return
	}
	given, err := p.Service.GiveConsent(r.Context(), &partnerv1.GiveConsentRequest{Token: token, Reason: f.reason(), ReasonText: f.Text})
	if err == nil {
		sheet.Write(w, http.StatusOK, thanks(given))
		return
	}
	if f.Complaint = complaintAbout(err); f.Complaint == nil {
		refuse(w, err)
		return
	}
	link.Note(w, err)
	p.show(w, r, token, f)
}
