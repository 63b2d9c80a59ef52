package surveys

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/customer/internal/subscriptions"
	"github.com/holdfast-channel/holdfast/services/customer/internal/touchpoints"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Refusals of events.
var (
	ErrEventNotFound = fault.New("NOT_FOUND", "there is no such event")
	ErrInvalid       = fault.New("REQUEST_INVALID", "the event does not fit its touchpoint")
	ErrEventTaken    = fault.New("ALREADY_EXISTS", "another event was recorded under this external id")
)

// EventID identifies an event.
type EventID string

// Event is what has happened to somebody at a touchpoint, with the facts of that
// day.
type Event struct {
	ID           EventID
	Source       string
	ExternalID   string
	Touchpoint   touchpoints.ID
	Version      int32
	Audience     touchpoints.Audience
	Customer     customers.ID
	Contact      string `json:"-"` // of a customer, or a person elsewhere; empty if not known
	Subscription subscriptions.ID
	Facts        Facts
	OccurTime    time.Time
	CreateTime   time.Time
}

// Recorded is an event with the invitation that it has led to.
type Recorded struct {
	Event      Event
	Invitation Invitation
}

// Person is somebody at a partner or of the staff: personal data, which goes
// into no log and no event.
type Person struct {
	ID         string
	Audience   touchpoints.Audience
	Partner    subscriptions.PartnerID
	Email      string
	TimeZone   string
	CreateTime time.Time
}

// Facts are what an answer is counted by.
type Facts struct {
	Partner subscriptions.PartnerID
	Product string
	Segment customers.Segment
	Country customers.Country
	Region  customers.Region
}

// Report is an event as its source tells it. Email names the person where
// Contact does not.
type Report struct {
	Source, ExternalID string
	Touchpoint         touchpoints.ID
	Customer           customers.ID
	Contact, Email     string
	Subscription       subscriptions.ID
	Partner            subscriptions.PartnerID
	TimeZone           string
	OccurTime          time.Time
}

// Check returns ErrInvalid unless the report fits the audience and has happened
// by now. Anonymous ones, which nobody can be asked about, need no person.
func (r Report) Check(a touchpoints.Audience, now time.Time, anonymous bool) error {
	if r.OccurTime.After(now) {
		return ErrInvalid.Because("it is said to happen in the future; tell of it when it has happened").On("occur_time")
	}
	if a == touchpoints.Customers {
		return r.checkCustomer(anonymous)
	}
	return r.checkElsewhere(a, anonymous)
}

func (r Report) checkCustomer(anonymous bool) error {
	switch {
	case r.Customer == "":
		return ErrInvalid.Because("the touchpoint is one of customers; name the customer").On("customer_id")
	case r.Contact == "" && r.Email == "" && !anonymous:
		return ErrInvalid.Because("name one of the customer's contacts, by contact_id or email").On("contact_id")
	case r.Partner != "":
		return ErrInvalid.Because("the partner of a customer is found by the day; leave it out").On("partner_id")
	case r.TimeZone != "":
		return ErrInvalid.Because("contacts are where their customer is; leave the time zone out").On("time_zone")
	}
	return nil
}

func (r Report) checkElsewhere(a touchpoints.Audience, anonymous bool) error {
	switch {
	case r.Customer != "":
		return ErrInvalid.Because("the touchpoint is none of customers; leave the customer out").On("customer_id")
	case r.Subscription != "":
		return ErrInvalid.Because("the touchpoint is none of customers; leave the subscription out").On("subscription_id")
	case r.Contact != "":
		return ErrInvalid.Because("people at partners and of the staff are named by their email").On("contact_id")
	case a == touchpoints.Partners && r.Partner == "":
		return ErrInvalid.Because("the touchpoint is one of partners; name the partner").On("partner_id")
	case a == touchpoints.Staff && r.Partner != "":
		return ErrInvalid.Because("the touchpoint is one of the staff; leave the partner out").On("partner_id")
	case r.Email == "" && !anonymous:
		return ErrInvalid.Because("name the person by its email").On("email")
	}
	return nil
}

// Same reports whether another event tells of the same as e does. Who it
// happened to may have been forgotten.
func (e Event) Same(other Event) bool {
	return e.Touchpoint == other.Touchpoint && e.Customer == other.Customer && e.Subscription == other.Subscription &&
		e.OccurTime.Equal(other.OccurTime) && (e.Contact == other.Contact || e.Contact == "") &&
		(e.Audience != touchpoints.Partners || e.Facts.Partner == other.Facts.Partner)
}

// Service is who served a customer with what on a day.
type Service struct {
	Partner subscriptions.PartnerID
	Product string
}

// Sole returns the partner and the product of all services, each empty if they
// are several.
func Sole(services []Service) (partner subscriptions.PartnerID, product string) {
	for i, s := range services {
		if i == 0 {
			partner, product = s.Partner, s.Product
			continue
		}
		if s.Partner != partner {
			partner = ""
		}
		if s.Product != product {
			product = ""
		}
	}
	return partner, product
}
