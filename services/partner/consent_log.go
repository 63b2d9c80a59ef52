package partner

import (
	"context"
	"time"

	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/platform/outbox"
)

// consentLog is the sender of an installation without mail.
type consentLog struct{ file *outbox.File }

// consentLine is a line of the file.
type consentLine struct {
	Time     time.Time `json:"time"`
	To       string    `json:"to"`
	Partner  string    `json:"partner"`
	Customer string    `json:"customer"`
	URL      string    `json:"url"`
	Token    string    `json:"token"`
}

// SendConsentRequest appends r.
func (l consentLog) SendConsentRequest(_ context.Context, r app.ConsentRequest) error {
	return l.file.Append(consentLine{Time: r.Time, To: r.To, Partner: r.Partner, Customer: r.Customer, URL: r.URL, Token: r.Token})
}

// mail returns the way to customers' contacts that is configured.
func (c Config) mail() app.Mail {
	m := app.Mail{URL: c.ConsentURL}
	if c.ConsentLog != "" {
		m.Sender = consentLog{outbox.New(c.ConsentLog)}
	}
	return m
}
