package e2e

import (
	"context"
	"encoding/json"
	"net"
	"time"

	"github.com/holdfast-channel/holdfast/services/allinone/internal/staff"
)

// issuersSetting is the setting that names the vendor's identity providers.
const issuersSetting = "HOLDFAST_OIDC_ISSUERS"

// programs is an identity provider of the vendor's programs: its tokens carry
// the staff's roles and no sign of a person.
type programs struct{ issuer *staff.Issuer }

func servePrograms() (*programs, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	issuer, err := staff.Serve(listener, "unused")
	return &programs{issuer}, err
}

func (p *programs) close() error { return p.issuer.Close(context.Background()) }

// beside adds the provider to the setting that names one already.
func (p *programs) beside(setting string) string {
	var issuers []map[string]any
	if err := json.Unmarshal([]byte(setting), &issuers); err != nil {
		panic(err) // the all-in-one has written it
	}
	more := map[string]any{}
	for name, value := range issuers[0] {
		more[name] = value
	}
	more["name"], more["issuer"] = "programs", p.issuer.URL
	more["human"] = map[string]string{"claim": "idtyp", "value": "nobody"}
	text, err := json.Marshal(append(issuers, more))
	if err != nil {
		panic(err) // maps of text always marshal
	}
	return string(text)
}

func (p *programs) token(name string) (string, error) {
	for _, person := range staff.People {
		if person.Name == name {
			return p.issuer.Token(person, time.Now())
		}
	}
	panic("there is no program " + name)
}
