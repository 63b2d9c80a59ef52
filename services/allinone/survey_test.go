package allinone_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// TestSurvey_AContactAnswersOnAPhone opens the link of the mail in a real
// browser as small as a phone, sends the form empty first, answers by what a
// finger would touch, and asks not to be asked again.
func TestSurvey_AContactAnswersOnAPhone(t *testing.T) {
	s := shared.System(t)
	s.AskAtAnyHour(t)
	contact := s.Contact(t, s.Sign(t, e2e.Contract{Partner: "softcat", DueIn: 120, LockedBps: 2000}))
	link := s.URL + "/survey/" + s.SurveyToken(t, contact, "support-case")
	b := e2e.OpenBrowser(t, 360, 740)
	b.Open(link)
	if text := b.Text(); !strings.Contains(text, "The support case that we have just closed.") {
		t.Fatalf("the page says %s", text)
	}
	b.CheckAccessible("the questions")
	if small := e2e.Value[int](b, `[...document.querySelectorAll("label, button")].filter(e => e.offsetHeight < 24 || e.offsetWidth < 24).length`); small != 0 {
		t.Errorf("%d things are too small for a finger", small)
	}

	checkScales(t, b, 11, 6)

	b.Follow(`form:not(.leave) button`)
	if text := b.Text(); !strings.Contains(text, "Answer at least one of the questions") {
		t.Errorf("an empty form: %s", text)
	}
	if focus := e2e.Value[string](b, `document.activeElement.className`); focus != "complaint" {
		t.Errorf("the focus is on %q, want the complaint", focus)
	}
	b.CheckAccessible("the complaint")

	b.Do(
		chromedp.Click(chromedp.CSS(`#needs-5`)),
		chromedp.Click(chromedp.CSS(`#recommend-9`)),
		chromedp.SendKeys(chromedp.CSS(`#comment`), "Solved within the hour."),
	)
	b.Follow(`form:not(.leave) button`)
	if text := b.Text(); !strings.Contains(text, "Thank you for your answer") {
		t.Errorf("an answer: %s", text)
	}
	b.CheckAccessible("the thanks")
	var list customerv1.ListResponsesResponse
	s.Get(t, s.Person("experience-one"), "/v1/responses?customerId="+contact.CustomerID, &list)
	if len(list.Responses) != 1 || list.Responses[0].GetNeeds() != 5 || list.Responses[0].Ease != nil || list.Responses[0].GetRecommend() != 9 ||
		list.Responses[0].GetComment() != "Solved within the hour." || list.Responses[0].GetPartnerId() != "softcat" {
		t.Errorf("%v", &list)
	}

	b.Follow(`form.leave button`)
	if text := b.Text(); !strings.Contains(text, "We will not ask you again") {
		t.Errorf("who leaves: %s", text)
	}
	b.CheckAccessible("the farewell")
	b.Open(s.URL + "/survey/" + strings.Repeat("x", 43))
	b.CheckAccessible("a broken link")
}

// checkScales makes sure that no number of a scale catches the eye more than another,
// and that what the ends mean is read without a break in a word. The numbers of the
// last scale stand in rows of so many.
func checkScales(t *testing.T, b *e2e.Browser, numbers, row int) {
	t.Helper()
	sizes := e2e.Value[int](b, `new Set([...document.querySelectorAll(".scale.long label")].map(e => e.offsetWidth + "x" + e.offsetHeight)).size`)
	first := e2e.Value[int](b, `[...document.querySelectorAll(".scale.long > div")].filter((e, _, all) => e.offsetTop === all[0].offsetTop).length`)
	all := e2e.Value[int](b, `document.querySelectorAll(".scale.long label").length`)
	if sizes != 1 || first != row || all != numbers {
		t.Errorf("%d numbers in %d sizes, %d of them in the first row; want %d in one size, %d in the row", all, sizes, first, numbers, row)
	}
	if broken := e2e.Value[string](b, `[...document.querySelectorAll(".ends, .ends span")].filter(e => e.scrollWidth > e.clientWidth && e.clientWidth).map(e => e.innerText).join()`); broken != "" {
		t.Errorf("the ends of a scale are broken: %s", broken)
	}
	if ends := e2e.Value[string](b, `document.querySelector(".long + .ends").innerText`); ends != "0: not at all likely\n10: extremely likely" {
		t.Errorf("the ends are %q", ends)
	}
}

// TestSurvey_AContactAnswersByKeyboardAlone goes from question to question by Tab,
// chooses by arrows and the space bar, and sends by Enter. What has the focus is
// always marked.
func TestSurvey_AContactAnswersByKeyboardAlone(t *testing.T) {
	s := shared.System(t)
	s.AskAtAnyHour(t)
	contact := s.Contact(t, s.Sign(t, e2e.Contract{Partner: "softcat", DueIn: 120, LockedBps: 2000}))
	b := e2e.OpenBrowser(t, 1200, 800)
	b.Open(s.URL + "/survey/" + s.SurveyToken(t, contact, "kick-off"))
	checkScales(t, b, 11, 11)
	for _, step := range []struct{ keys, focus string }{
		{kb.Tab, "needs-1"}, {strings.Repeat(kb.ArrowRight, 3), "needs-4"},
		{kb.Tab, "ease-1"}, {" ", "ease-1"},
		{kb.Tab, "enjoyment-1"}, // and left out
		{kb.Tab, "recommend-0"}, {strings.Repeat(kb.ArrowRight, 9), "recommend-9"},
		{kb.Tab, "comment"}, {"A clear plan.", "comment"},
	} {
		b.Do(chromedp.KeyEvent(step.keys))
		if got := e2e.Value[string](b, `document.activeElement.id`); got != step.focus {
			t.Fatalf("%q leads to %q, want %q", step.keys, got, step.focus)
		}
		if !e2e.Value[bool](b, `(e => getComputedStyle(e.type === "radio" ? e.labels[0] : e).outlineStyle === "solid")(document.activeElement)`) {
			t.Errorf("nobody sees that the focus is on %s", step.focus)
		}
	}
	b.Press(kb.Tab + kb.Enter)
	if text := b.Text(); !strings.Contains(text, "Thank you for your answer") {
		t.Fatalf("sent: %s", text)
	}
	var list customerv1.ListResponsesResponse
	s.Get(t, s.Person("experience-one"), "/v1/responses?customerId="+contact.CustomerID, &list)
	if r := list.Responses; len(r) != 1 || r[0].GetNeeds() != 4 || r[0].GetEase() != 1 || r[0].Enjoyment != nil || r[0].GetRecommend() != 9 || r[0].GetComment() != "A clear plan." {
		t.Errorf("%v", &list)
	}
}

// TestSurvey_APartnersPersonIsAskedInTheSameWay goes by REST alone.
func TestSurvey_APartnersPersonIsAskedInTheSameWay(t *testing.T) {
	s := shared.System(t)
	s.AskAtAnyHour(t)
	var event customerv1.TouchpointEvent
	s.Do(t, s.Service("crm"), e2e.Request{Verb: http.MethodPost, Path: "/v1/touchpointEvents", Key: e2e.NewKey(), Body: fmt.Sprintf(
		`{"externalId": %q, "touchpointId": "partner-deal-registration", "partnerId": "softcat", "email": "pat@softcat.example", "timeZone": "Europe/London", "occurTime": "2026-01-05T10:00:00Z"}`, e2e.NewKey()),
	}).Into(t, &event)
	if event.Audience != customerv1.Audience_AUDIENCE_PARTNER || event.PartnerId != "softcat" || event.ContactId == "" {
		t.Errorf("%v", &event)
	}
}
