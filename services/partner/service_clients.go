package partner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/clients"
)

// ServiceClient is the identity of one of the vendor's services: the client id
// and secret by which it asks for tokens, and its name in the access rules.
type ServiceClient struct {
	ClientID string `json:"client_id"`
	Service  string `json:"service"`
	Secret   string `json:"secret"`
}

// ServiceClients are brought into the database at every start. A changed secret
// is a rotation: the old one stays good for a day. Taking one out of the list
// changes nothing; a client ends by being revoked.
type ServiceClients []ServiceClient

// UnmarshalText reads a JSON array and refuses members that it does not know.
// No error quotes a value.
func (s *ServiceClients) UnmarshalText(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var list []ServiceClient
	if err := d.Decode(&list); err != nil {
		return errors.New("want a JSON array of objects with client_id, service and secret")
	}
	*s = list
	return nil
}

// leastSecret makes a secret chosen by people hard to guess: what is kept of
// it is a plain hash, which suits random secrets only.
const leastSecret = 32

var plainName = regexp.MustCompile(`^[a-z][a-z0-9-]{1,38}$`)

func (s ServiceClients) check() error {
	seen := map[string]bool{}
	for i, c := range s {
		switch {
		case !plainName.MatchString(c.ClientID) || !plainName.MatchString(c.Service):
			return fmt.Errorf("entry %d: client_id and service must be small letters, digits and hyphens", i+1)
		case seen[c.ClientID]:
			return fmt.Errorf("entry %d: client_id %s is there twice", i+1, c.ClientID)
		case len(c.Secret) < leastSecret || len(c.Secret) > clients.LongestSecret:
			return fmt.Errorf("entry %d: secret must have %d to %d characters, chosen at random", i+1, leastSecret, clients.LongestSecret)
		}
		seen[c.ClientID] = true
	}
	return nil
}

func (s ServiceClients) wanted() []app.ServiceClient {
	all := make([]app.ServiceClient, len(s))
	for i, c := range s {
		all[i] = app.ServiceClient{ID: clients.ID(c.ClientID), Service: c.Service, Secret: c.Secret}
	}
	return all
}
