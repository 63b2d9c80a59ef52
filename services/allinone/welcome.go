package allinone

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/holdfast-channel/holdfast/services/allinone/internal/staff"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Welcome prints where everything is and how to call it.
func (r Running) Welcome(out io.Writer) {
	fmt.Fprintf(out, `
Holdfast is running. Ctrl-C stops it; the data stays.

  REST           %[1]s/v1
  documentation  %[1]s/docs
  OpenAPI        %[1]s/openapi.json
  gRPC           unix sockets in %[2]s
  consents       %[3]s, instead of mail to customers
  surveys        %[4]s, instead of mail to who is asked

Three partners' portals (five-minute tokens from %[1]s/oauth2/token):
`, r.URL, r.Sockets, r.ConsentLog, r.SurveyLog)
	for _, p := range r.Credentials.Partners {
		fmt.Fprintf(out, "\n  # %s\n  curl -s -u %s:%s -d grant_type=client_credentials %s/oauth2/token\n", p.PartnerID, p.ID, p.Secret, r.URL)
	}
	fmt.Fprintf(out, "\nThe vendor's staff, made up, from an identity provider of their own (%s):\n\n", r.StaffURL)
	for _, p := range staff.People {
		fmt.Fprintf(out, "  curl -s -d client_id=%s -d client_secret=%s %s/token\n", p.Name, r.Credentials.StaffSecret, r.StaffURL)
	}
	fmt.Fprintf(out, "\nIn another terminal, 'source %s' sets all of this as variables,\nand 'make demo' walks the README's journey.\n", r.EnvFile)
}

// Environment is the same as shell variables, for the README's journey.
func (r Running) Environment() string {
	var b strings.Builder
	fmt.Fprintf(&b, "export URL=%s\nexport STAFF_URL=%s\nexport STAFF_SECRET=%s\nexport CONSENTS=%s\nexport SURVEYS=%s\n", r.URL, r.StaffURL, r.Credentials.StaffSecret, r.ConsentLog, r.SurveyLog)
	year, month, day := time.Now().UTC().Date()
	last := calendar.On(year, month, 1).AddMonths(-1) // an instalment that was paid 20 days before it is due in it
	fmt.Fprintf(&b, "export LAST_MONTH=%.7s\nexport ISSUED_ON=%s\nexport PAID_ON=%s\n", last, last.AddDays(-45), last.AddDays(-20))
	today := calendar.On(year, month, day)
	fmt.Fprintf(&b, "export TODAY=%s\nexport PAY_ON=%s\n", today, today.AddDays(10)) // by then payout accounts have cooled off
	for _, service := range []string{"customer", "partner", "commission"} {
		fmt.Fprintf(&b, "export %s_TARGET=unix://%s\n", strings.ToUpper(service), socket(r.Sockets, service))
	}
	for _, p := range r.Credentials.Partners {
		name := strings.ToUpper(strings.SplitN(p.PartnerID, "-", 2)[0])
		fmt.Fprintf(&b, "export %s_ID=%s\nexport %s_SECRET=%s\n", name, p.ID, name, p.Secret)
	}
	for _, s := range r.Credentials.Services {
		if s.Service == "crm" || s.Service == "support" || s.Service == "billing" || s.Service == "bi" {
			name := strings.ToUpper(s.Service)
			fmt.Fprintf(&b, "export %s_ID=%s\nexport %s_SECRET=%s\n", name, s.ClientID, name, s.Secret)
		}
	}
	return b.String()
}
