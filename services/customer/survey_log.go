package customer

import (
	"context"
	"time"

	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/platform/outbox"
)

// surveyLog is the sender of an installation without mail.
type surveyLog struct{ file *outbox.File }

// surveyLine is a line of the file.
type surveyLine struct {
	Time         time.Time `json:"time"`
	To           string    `json:"to"`
	Touchpoint   string    `json:"touchpoint"`
	Introduction string    `json:"introduction"`
	URL          string    `json:"url"`
	Token        string    `json:"token"`
}

// SendInvitation appends m.
func (l surveyLog) SendInvitation(_ context.Context, m app.InvitationMail) error {
	return l.file.Append(surveyLine{Time: m.Time, To: m.To, Touchpoint: m.Touchpoint, Introduction: m.Introduction, URL: m.URL, Token: m.Token})
}

// mail returns the way to those who are asked that is configured.
func (c Config) mail() app.Mail {
	m := app.Mail{URL: c.SurveyURL}
	if c.SurveyLog != "" {
		m.Sender = surveyLog{outbox.New(c.SurveyLog)}
	}
	return m
}
