package servertest

import "github.com/holdfast-channel/holdfast/services/platform/auth"

// Partner is an API client of a partner. It calls through the gateway.
func Partner(id string, scopes ...string) auth.Caller {
	return auth.Caller{
		Subject: "cli_" + id, ClientID: "cli_" + id, Roles: []auth.Kind{auth.Partner},
		PartnerID: id, PartnerIDs: []string{id}, Scopes: scopes,
	}
}

// Person is someone of the vendor with these roles.
func Person(name string, roles ...auth.Kind) auth.Caller {
	return auth.Caller{Subject: staffName + ":" + name, ClientID: "portal", Roles: roles, Human: true}
}

// Program is a program of the vendor that has roles of people.
func Program(name string, roles ...auth.Kind) auth.Caller {
	return auth.Caller{Subject: staffName + ":" + name, ClientID: name, Roles: roles}
}

// Service is a service of Holdfast or another system of the vendor.
func Service(name string) auth.Caller {
	return auth.Caller{Subject: name, ClientID: name, Roles: []auth.Kind{auth.Service}, Service: name}
}

// ServiceFor is a service that acts for a partner.
func ServiceFor(name, partnerID string) auth.Caller {
	c := Service(name)
	c.Acting = partnerID
	return c
}
