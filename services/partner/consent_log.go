package partner

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
)

// consentLog is the sender of an installation without mail: it appends each
// request for consent to a file, a JSON object a line. The file holds tokens
// and addresses, so nobody but its owner may read it.
type consentLog struct {
	mu   sync.Mutex
	file string
}

// consentLine is a line of the file.
type consentLine struct {
	Time     time.Time `json:"time"`
	To       string    `json:"to"`
	Partner  string    `json:"partner"`
	Customer string    `json:"customer"`
	URL      string    `json:"url"`
	Token    string    `json:"token"`
}

// SendConsentRequest appends r. It opens the file each time, so that somebody
// may move it away.
func (l *consentLog) SendConsentRequest(_ context.Context, r app.ConsentRequest) error {
	line, err := json.Marshal(consentLine{Time: r.Time, To: r.To, Partner: r.Partner, Customer: r.Customer, URL: r.URL, Token: r.Token})
	if err != nil {
		return fmt.Errorf("write a request for consent as JSON: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f, err := os.OpenFile(l.file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the log of consents: %w", err)
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		_ = f.Close() // it says no more than the write did
		return fmt.Errorf("append to the log of consents: %w", err)
	}
	return f.Close()
}

// mail returns the way to customers' contacts that is configured.
func (c Config) mail() app.Mail {
	m := app.Mail{URL: c.ConsentURL}
	if c.ConsentLog != "" {
		m.Sender = &consentLog{file: c.ConsentLog}
	}
	return m
}
