// Package consent is the page on which a customer's contact agrees to a change
// of partner. The contact has a link from a mail and nothing else: no account,
// perhaps a phone, perhaps a screen reader, so the page is plain HTML without
// scripts.
//
// The token in the link is all the authority there is. It stands in no text of
// the page, and the answer's headers keep it from other hosts and from caches.
// Looking at the page changes nothing, so that scanners of mail may follow the
// link: only the form consents, and it has no reason chosen beforehand.
package consent

import (
	"net/http"
	"strings"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
)

const (
	folder = "/consent/"
	// Pattern is what logs and metrics know of the page's paths.
	Pattern = folder + "{token}"
)

// Serves reports whether a path is that of a page.
func Serves(path string) bool {
	token, ok := strings.CutPrefix(path, folder)
	return ok && token != "" && !strings.Contains(token, "/")
}

// Page shows what is asked and takes the consent, for every token.
type Page struct {
	Service partnerv1.TransferServiceClient
}

// ServeHTTP serves a path of Pattern.
func (p Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.URL.Path, folder)
	switch {
	case r.Method != http.MethodPost:
		p.show(w, r, token, form{})
	case elsewhere(r):
		refuse(w, errElsewhere)
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
		write(w, http.StatusOK, thanks(consent))
	default:
		write(w, f.status(), asking(consent, f))
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
		write(w, http.StatusOK, thanks(given))
		return
	}
	if f.Complaint = complaintAbout(err); f.Complaint == nil {
		refuse(w, err)
		return
	}
	note(w, err)
	p.show(w, r, token, f)
}

// elsewhere reports whether a browser says that the form was sent from another
// site. Origin tells nothing here: without a referrer browsers send "null".
func elsewhere(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "cross-site" || site == "same-site"
}
