package registrations

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Submit returns r as it waits for the vendor: a draft, or the answer to a
// request for information. partners.ErrNotSelling or ErrStateInvalid.
func (r Registration) Submit(by partners.Partner, now time.Time) (Registration, error) {
	if r.State != Draft && r.State != InformationRequested {
		return Registration{}, r.notIn(r.State, Draft, InformationRequested)
	}
	if err := mayRegister(by); err != nil {
		return Registration{}, err
	}
	if r.SubmitTime.IsZero() {
		r.SubmitTime = now
	}
	return r.moved(Submitted), nil
}

// Request is the deed of asking the partner for more.
type Request struct {
	Fields []string
	Note   string
}

// Request returns r as it waits for its partner. ErrStateInvalid unless it is
// submitted, ErrInvalid for a field that a deal does not have, and
// ErrReasonRequired without a note.
func (r Registration) Request(ask Request) (Registration, error) {
	if r.State != Submitted {
		return Registration{}, r.notIn(r.State, Submitted)
	}
	for _, field := range ask.Fields {
		if !slices.Contains(fields, field) {
			return Registration{}, ErrInvalid.Because(
				fmt.Sprintf("%.60q is nothing that a partner writes; ask about %s", field, strings.Join(fields, ", "))).On("fields")
		}
	}
	if len(ask.Fields) == 0 {
		return Registration{}, ErrInvalid.Because("name the fields that are asked about").On("fields")
	}
	if err := checkNote(ask.Note); err != nil {
		return Registration{}, err
	}
	r = r.moved(InformationRequested)
	r.RequestedFields, r.VendorNote = slices.Clone(ask.Fields), ask.Note
	return r, nil
}

// Approval is the deed of approving.
type Approval struct {
	Code      code.ID     // the version in force
	Policy    code.Policy // its numbers
	Today     calendar.Date
	PaidUntil calendar.Date // the day after the group's last paid day; no date if it never had one
}

// Approve returns r as it lives for the days that the code gives.
// ErrStateInvalid unless it is submitted, and ErrNotNew if the customer's group
// had a paid subscription within the months that the code looks back.
func (r Registration) Approve(a Approval) (Registration, error) {
	if r.State != Submitted {
		return Registration{}, r.notIn(r.State, Submitted)
	}
	since := a.Today.AddMonths(-int(a.Policy.NewBusinessMonths))
	if a.PaidUntil.After(since) {
		return Registration{}, ErrNotNew.Because(
			fmt.Sprintf("the customer's group had a paid subscription since %s; it is new if it had none for %d months",
				since, a.Policy.NewBusinessMonths),
			"since_date", since.String())
	}
	r = r.moved(Approved)
	r.ApproveDate, r.ExpireDate = a.Today, a.Today.AddDays(int(a.Policy.RegistrationDays))
	r.Code = a.Code
	return r, nil
}

// Reject returns r as it has ended by the vendor's word. ErrStateInvalid unless
// it waits for a decision or for information, ErrReasonRequired without a note.
func (r Registration) Reject(note string) (Registration, error) {
	if r.State != Submitted && r.State != InformationRequested {
		return Registration{}, r.notIn(r.State, Submitted, InformationRequested)
	}
	if err := checkNote(note); err != nil {
		return Registration{}, err
	}
	r = r.moved(Rejected)
	r.VendorNote = note
	return r, nil
}

const longestNote = 4000

func checkNote(note string) error {
	switch {
	case strings.TrimSpace(note) == "":
		return ErrReasonRequired.Because("write to the partner what is missing, or why").On("note")
	case utf8.RuneCountInString(note) > longestNote:
		return ErrInvalid.Because(fmt.Sprintf("note must have at most %d characters", longestNote)).On("note")
	}
	return nil
}

// Extend returns r as it lives so many days longer, once. ErrExpired after its
// last day, ErrStateInvalid the second time and unless it is approved.
func (r Registration) Extend(today calendar.Date, days int32) (Registration, error) {
	switch r.On(today) {
	case Approved:
	case Expired:
		return Registration{}, r.expiredError()
	default:
		return Registration{}, r.notIn(r.State, Approved)
	}
	if r.Extended {
		return Registration{}, ErrStateInvalid.Because(
			fmt.Sprintf("registration %s was extended already and lives until %s", r.ID, r.ExpireDate), "expire_date", r.ExpireDate.String())
	}
	r.ExpireDate, r.Extended = r.ExpireDate.AddDays(int(days)), true
	r.Revision++
	return r, nil
}

// Withdraw returns r as it has ended by its partner's word. ErrStateInvalid if
// an order has converted it; withdrawing again changes nothing.
func (r Registration) Withdraw() (Registration, error) {
	switch r.State {
	case Withdrawn:
		return r, nil
	case Converted:
		return Registration{}, ErrStateInvalid.Because(
			fmt.Sprintf("registration %s has become an order and can't be withdrawn", r.ID), "state", string(r.State))
	}
	return r.moved(Withdrawn), nil
}

// Expire returns r as its time is over, if it is.
func (r Registration) Expire(today calendar.Date) (expired Registration, over bool) {
	if r.State != Approved || r.On(today) != Expired {
		return r, false
	}
	return r.moved(Expired), true
}

// moved returns r in another state, in which nothing is asked.
func (r Registration) moved(to State) Registration {
	r.State, r.RequestedFields = to, nil
	r.Revision++
	return r
}

func (r Registration) notIn(state State, required ...State) error {
	words := make([]string, len(required))
	for i, s := range required {
		words[i] = string(s)
	}
	return ErrStateInvalid.Because(
		fmt.Sprintf("registration %s is %s; it would have to be %s", r.ID, state, strings.Join(words, " or ")),
		"state", string(state), "required_state", strings.Join(words, " "))
}

func (r Registration) expiredError() error {
	return ErrExpired.Because(fmt.Sprintf("registration %s expired on %s, its last day", r.ID, r.ExpireDate), "expire_date", r.ExpireDate.String())
}
