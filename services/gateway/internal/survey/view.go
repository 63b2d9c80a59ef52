package survey

import (
	_ "embed"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/gateway/internal/link"
)

var (
	//go:embed page.html
	text string
	//go:embed page.css
	style string

	sheet = link.NewSheet(text, style)
)

// page is what the template shows: the questions with their form, the thanks,
// or a notice.
type page struct {
	link.Frame
	Heading   string
	Sentences []string
	About     string
	On, Until string
	Comment   string // the question
	Form      *form
	MayLeave  bool
	survey    *customerv1.Survey
}

// asking is the page with the form.
func asking(s *customerv1.Survey, f form) page {
	title := "How was it? " + s.GetDisplayName()
	if f.Complaint != nil {
		title = "Not sent yet: " + title
	}
	return page{
		Frame: sheet.Frame(title), Heading: "How was it?", About: s.GetIntroduction(), On: link.Day(s.GetOccurDate()), Until: link.Day(s.GetExpireDate()),
		Comment: s.GetCommentQuestion(), Form: &f, MayLeave: !s.GetOptedOut(), survey: s,
	}
}

// thanks is the page of an answer that has been given.
func thanks(s *customerv1.Survey) page {
	return page{
		Frame: sheet.Frame("Thank you for your answer"), Heading: "Thank you for your answer",
		Sentences: []string{"It has arrived, and somebody will read it. You can close this page."}, MayLeave: !s.GetOptedOut(),
	}
}

// left is the page for somebody who will not be asked again.
func left(s *customerv1.Survey) page {
	p := page{
		Frame: sheet.Frame("We will not ask you again"), Heading: "We will not ask you again",
		Sentences: []string{"You will get no more questions like this from us."},
	}
	if !s.GetAnswered() {
		p.Sentences = append(p.Sentences, "If you want to answer this one all the same, open the link from your mail again.")
	}
	return p
}

// question is one with a scale.
type question struct {
	Field, Words, Least, Most string
	Choices                   []choice
}

// choice is a number on a scale, with its meaning at the ends.
type choice struct {
	Score   int32
	Meaning string
	Chosen  bool
}

// Questions are those with a scale, as they are filled in.
func (p page) Questions() []question {
	s, f := p.survey, p.Form
	return []question{
		scale(question{Field: fieldNeeds, Words: s.GetNeedsQuestion(), Least: "not at all", Most: "completely"}, 1, 5, f.Needs),
		scale(question{Field: fieldEase, Words: s.GetEaseQuestion(), Least: "very hard", Most: "very easy"}, 1, 5, f.Ease),
		scale(question{Field: fieldEnjoyment, Words: s.GetEnjoymentQuestion(), Least: "not at all", Most: "very"}, 1, 5, f.Enjoyment),
		scale(question{Field: fieldRecommend, Words: s.GetRecommendQuestion(), Least: "not at all likely", Most: "extremely likely"}, 0, 10, f.Recommend),
	}
}

func scale(q question, least, most int32, chosen *int32) question {
	for n := least; n <= most; n++ {
		c := choice{Score: n, Chosen: chosen != nil && *chosen == n}
		switch n {
		case least:
			c.Meaning = q.Least
		case most:
			c.Meaning = q.Most
		}
		q.Choices = append(q.Choices, c)
	}
	return q
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
