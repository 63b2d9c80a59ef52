package consent

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strconv"
	"time"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
)

var (
	//go:embed page.html
	text string
	//go:embed page.css
	style string

	pages = template.Must(template.New("page").Parse(text))
)

// policy allows the page its own style and its own form, and nothing else.
var policy = "default-src 'none'; style-src 'sha256-" + digest(style) + "'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// page is what the template shows: the question with its form, the thanks, or a
// notice.
type page struct {
	Title   string
	Consent *question
	Form    *form
	Notice  *notice
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
		From: day(c.GetEffectiveDate()), Until: day(c.GetExpireDate()),
	}
}

// day writes a date as people do: 2 January 2026.
func day(date string) string {
	d, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return d.Format("2 January 2006")
}

// asking is the page with the form.
func asking(c *partnerv1.Consent, f form) page {
	title := "Agree to a change of partner"
	if f.Complaint != nil {
		title = "Not sent yet: " + title
	}
	return page{Title: title, Consent: questionOf(c), Form: &f}
}

// thanks is the page of a consent that has been given.
func thanks(c *partnerv1.Consent) page {
	return page{Title: "Thank you, the change is agreed", Consent: questionOf(c)}
}

// Style is the page's, as the policy knows it.
func (page) Style() template.CSS { return template.CSS(style) } //nolint:gosec // it is ours

// Problem is the field that the form's complaint is about, or "".
func (p page) Problem() string {
	if p.Form == nil || p.Form.Complaint == nil {
		return ""
	}
	return p.Form.Complaint.Field
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

// write answers with a page, and keeps it out of search engines.
func write(w http.ResponseWriter, status int, p page) {
	var b bytes.Buffer
	if err := pages.Execute(&b, p); err != nil {
		panic(err) // the template is part of the binary, and tested
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Robots-Tag", "noindex, nofollow")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the client is gone if this fails
}
