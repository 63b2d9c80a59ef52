package consent

import (
	_ "embed"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/link"
)

var (
	//go:embed page.html
	text string
	//go:embed page.css
	style string

	sheet = link.NewSheet(text, style)
)

// page is what the template shows: the question with its form, the thanks, or a
// notice.
type page struct {
	link.Frame
	Consent *question
	Form    *form
}

// question is what a contact is asked, in words.
type question struct {
	Partner, Customer string
	Products          []string
	From, Until       string
}

func questionOf(c *partnerv1.Consent) *question {
	return &question{
		Partner: c.GetPartnerDisplayName(), Customer: c.GetCustomerDisplayName(), Products: c.GetProductDisplayNames(),
		From: link.Day(c.GetEffectiveDate()), Until: link.Day(c.GetExpireDate()),
	}
}

// asking is the page with the form.
func asking(c *partnerv1.Consent, f form) page {
	title := "Agree to a change of partner"
	if f.Complaint != nil {
		title = "Not sent yet: " + title
	}
	return page{Frame: sheet.Frame(title), Consent: questionOf(c), Form: &f}
}

// thanks is the page of a consent that has been given.
func thanks(c *partnerv1.Consent) page {
	return page{Frame: sheet.Frame("Thank you, the change is agreed"), Consent: questionOf(c)}
}

// Problem is the field that the form's complaint is about, or "".
func (p page) Problem() string {
	if p.Form == nil {
		return ""
	}
	return p.Form.Complaint.Problem()
}

// Longest bounds the text.
func (page) Longest() int { return longestText }

// reasons are what a contact can choose from, in its own words.
var reasons = []struct{ Value, Words string }{
	{"CHOICE", "We prefer the new partner"},
	{"SERVICE_FAILURE", "Our partner has not served us as agreed"},
	{"PROCUREMENT_FRAMEWORK", "We have to buy through a procurement framework that our partner is not on"},
	{"OTHER", "Another reason"},
}

// Reasons are what a contact can choose from.
func (page) Reasons() any { return reasons }
