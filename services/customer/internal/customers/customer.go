package customers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/domain"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Refusals about customers.
var (
	ErrNotFound     = fault.New("NOT_FOUND", "there is no such customer")
	ErrInvalid      = fault.New("REQUEST_INVALID", "the customer is not complete")
	ErrTaken        = fault.New("ALREADY_EXISTS", "the external id belongs to another customer")
	ErrEtagMismatch = fault.New("ETAG_MISMATCH", "the customer has changed")
	ErrMerged       = fault.New("CUSTOMER_MERGED", "the customer has been merged into another")
)

// ID identifies a customer, such as "cus_06d9k4v0q1ni7b2rj5c8t3mh1g".
type ID string

// Customer is an organisation that the vendor protects. It is also the
// snapshot in the feed and therefore names no person.
type Customer struct {
	ID            ID        `json:"id"`
	Name          string    `json:"name"`
	PrimaryDomain Domain    `json:"primary_domain"`
	Domains       []Domain  `json:"domains"`
	Segment       Segment   `json:"segment"`
	Sector        Sector    `json:"sector,omitempty"`
	Country       Country   `json:"country"`
	TimeZone      string    `json:"time_zone"`
	Group         GroupID   `json:"group,omitempty"`
	ExternalID    string    `json:"external_id,omitempty"`
	MergedInto    ID        `json:"merged_into,omitempty"`
	Revision      int64     `json:"revision"`
	CreateTime    time.Time `json:"create_time"`
	UpdateTime    time.Time `json:"update_time"`
}

// Draft is a customer as somebody wrote it down, unchecked.
type Draft struct {
	Name          string
	PrimaryDomain string
	Domains       []string
	Segment       Segment
	Sector        Sector
	Country       string
	TimeZone      string
	Group         GroupID
	ExternalID    string
}

// Register makes a customer of a draft. It refuses with ErrInvalid,
// domain.ErrInvalid, ErrCountryUnknown or calendar.ErrZoneInvalid, each on its
// field.
func Register(id ID, d Draft, at time.Time) (Customer, error) {
	c := Customer{ID: id, Revision: 1, CreateTime: at, UpdateTime: at}
	for _, field := range fields {
		if err := c.set(field, d); err != nil {
			return Customer{}, err
		}
	}
	return c, nil
}

// fields are those of a draft, in the order in which they are checked.
var fields = []string{
	"display_name", "primary_domain", "domains", "segment", "sector", "country_code", "time_zone", "group_id", "external_id",
}

// set takes one field over from a draft.
func (c *Customer) set(field string, d Draft) (err error) {
	switch field {
	case "display_name":
		c.Name, err = name(d.Name)
	case "primary_domain":
		c.PrimaryDomain, err = domain.Parse(d.PrimaryDomain)
	case "domains":
		c.Domains, err = domainsWith(c.PrimaryDomain, d.Domains)
	case "segment":
		c.Segment, err = d.Segment, d.Segment.check()
	case "country_code":
		c.Country, err = ParseCountry(d.Country)
	case "time_zone":
		c.TimeZone = d.TimeZone
		_, err = calendar.LoadZone(d.TimeZone)
	case "sector":
		c.Sector, err = d.Sector, d.Sector.check()
	case "group_id":
		c.Group = d.Group
	case "external_id":
		c.ExternalID, err = externalID(d.ExternalID)
	}
	return onField(err, field)
}

// onField says at which field a refusal is, unless it says so itself.
func onField(err error, field string) error {
	if refusal, ok := fault.Of(err); ok && refusal.Field == "" {
		return refusal.On(field)
	}
	return err
}

func name(s string) (string, error) {
	trimmed := strings.TrimSpace(s)
	if trimmed == "" {
		return "", ErrInvalid.Because("the name is empty; give the name that people know the customer by")
	}
	if utf8.RuneCountInString(trimmed) > 200 || strings.ContainsFunc(trimmed, unicode.IsControl) {
		return "", ErrInvalid.Because("the name is longer than 200 characters or has control characters; write it on one line")
	}
	return trimmed, nil
}

func externalID(s string) (string, error) {
	if utf8.RuneCountInString(s) > 100 || strings.ContainsFunc(s, unicode.IsControl) {
		return "", ErrInvalid.Because("the external id is longer than 100 characters or has control characters")
	}
	return s, nil
}

// HasDomain reports whether host is one of the customer's domains or below one.
func (c Customer) HasDomain(host Domain) bool {
	return slices.ContainsFunc(c.Domains, host.Within)
}

// Living returns ErrMerged if the customer was merged into another.
func (c Customer) Living() error {
	if c.MergedInto == "" {
		return nil
	}
	return ErrMerged.Because(fmt.Sprintf("customer %s was merged into %s; use that one", c.ID, c.MergedInto),
		"customer_id", string(c.ID), "merged_into", string(c.MergedInto))
}

// changed counts a change at a time.
func (c Customer) changed(at time.Time) Customer {
	c.Revision++
	c.UpdateTime = at
	return c
}

// Etag changes with every change of the customer.
func (c Customer) Etag() string {
	return etag(c.Revision)
}

// Expect returns ErrEtagMismatch unless the etag is the customer's or empty.
func (c Customer) Expect(given string) error {
	if given == "" || given == c.Etag() {
		return nil
	}
	return ErrEtagMismatch.Because(fmt.Sprintf("customer %s has changed since you read it; read it again", c.ID),
		"customer_id", string(c.ID), "etag", c.Etag())
}

// etag is opaque to callers.
func etag(revision int64) string {
	return "r" + strconv.FormatInt(revision, 36)
}
