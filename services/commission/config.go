package commission

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/statement/document"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/server"
	"github.com/holdfast-channel/holdfast/services/platform/service"
)

// Config is the service's configuration, read from the environment with the
// prefix COMMISSION_.
type Config struct {
	Database service.Database `envPrefix:"DATABASE_"`

	TimeZone      string `env:"TIME_ZONE" envDefault:"Europe/London" help:"IANA time zone in which the vendor's days begin and end"`
	VendorName    string `env:"VENDOR_NAME" envDefault:"The vendor" help:"the vendor's name, as statements print it"`
	VendorAddress string `env:"VENDOR_ADDRESS" help:"its address, its lines separated by commas"`
	VendorTaxID   string `env:"VENDOR_TAX_ID" help:"its tax registration number, for self-billed invoices"`

	ClientID     string `env:"CLIENT_ID,required" help:"this service's own client id, for its tokens"`
	ClientSecret string `env:"CLIENT_SECRET,required" help:"its secret"`

	PayoutDebtor Debtor `envPrefix:"PAYOUT_DEBTOR_"`

	Customer server.DialConfig `envPrefix:"CUSTOMER_"`
	Partner  server.DialConfig `envPrefix:"PARTNER_"`
	Tokens   auth.Settings     `envPrefix:""`
	Server   server.Config     `envPrefix:""`

	// Clock tells the time; nil is the machine's.
	Clock func() time.Time `env:"-"`
}

// Validate names what is wrong beyond the types.
func (c Config) Validate(p *env.Problems) {
	if _, err := calendar.LoadZone(c.TimeZone); err != nil {
		p.Add("TIME_ZONE", err.Error())
	}
}

// vendor is what statements print of the vendor.
func (c Config) vendor() document.Vendor {
	return document.Vendor{Name: c.VendorName, Address: c.VendorAddress, TaxID: c.VendorTaxID}
}
