package touchpoints

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// Refusals.
var (
	ErrNotFound = fault.New("NOT_FOUND", "there is no such touchpoint")
	ErrUnknown  = fault.New("TOUCHPOINT_UNKNOWN", "there is no such touchpoint")
	ErrInvalid  = fault.New("REQUEST_INVALID", "the touchpoint can't be changed like that")
)

// Unknown is ErrUnknown of an id.
func Unknown(id ID) *fault.Error {
	return ErrUnknown.Because(fmt.Sprintf("there is no touchpoint %.60q; ListTouchpoints shows those that there are", string(id)))
}

// ID identifies a touchpoint, such as "kick-off".
type ID string

// Audience is who is asked.
type Audience string

// The audiences.
const (
	Customers Audience = "CUSTOMER"
	Partners  Audience = "PARTNER"
	Staff     Audience = "STAFF"
)

// Touchpoint is a version of a touchpoint.
type Touchpoint struct {
	ID           ID        `json:"id"`
	Version      int32     `json:"version"`
	Audience     Audience  `json:"audience"`
	Position     int32     `json:"position"`
	Name         string    `json:"name"`
	Introduction string    `json:"introduction"`
	Questions    Questions `json:"questions"`
	Active       bool      `json:"active"`
	Actor        string    `json:"actor"`
	CreateTime   time.Time `json:"create_time"`
}

// Questions are what is asked, in words. Their scales are the same everywhere,
// so that scores can be compared.
type Questions struct {
	Needs     string `json:"needs"`
	Ease      string `json:"ease"`
	Enjoyment string `json:"enjoyment"`
	Recommend string `json:"recommend"`
	Comment   string `json:"comment"`
}

// Etag is the version as callers see it.
func (t Touchpoint) Etag() string { return revision.Number(t.Version).Etag() }

// Draft is a touchpoint as somebody wants it. Its Etag is of the version that
// they have read, or empty.
type Draft struct {
	ID           ID
	Audience     Audience
	Name         string
	Introduction string
	Questions    Questions
	Active       bool
	Etag         string
}

// Deed is who changes something, and when.
type Deed struct {
	Actor string
	At    time.Time
}

// First returns the first version of a new touchpoint, after the others of its
// audience, or ErrNotFound if somebody has read one.
func First(d Draft, others []Touchpoint, by Deed) (Touchpoint, error) {
	if d.Etag != "" {
		return Touchpoint{}, ErrNotFound
	}
	last := int32(0)
	for _, o := range others {
		if o.Audience == d.Audience {
			last = max(last, o.Position)
		}
	}
	return d.version(1, last+1, by), nil
}

// Next returns the version of t after a change, or revision.ErrMismatch, or
// ErrInvalid for another audience.
func (t Touchpoint) Next(d Draft, by Deed) (Touchpoint, error) {
	if err := revision.Number(t.Version).Check(d.Etag); err != nil {
		return Touchpoint{}, err
	}
	if d.Audience != t.Audience {
		return Touchpoint{}, ErrInvalid.Because("touchpoint " + string(t.ID) + " is of the audience " + string(t.Audience) + " and stays so; create another one").On("audience")
	}
	return d.version(t.Version+1, t.Position, by), nil
}

func (d Draft) version(number, position int32, by Deed) Touchpoint {
	return Touchpoint{
		ID: d.ID, Version: number, Audience: d.Audience, Position: position, Name: strings.TrimSpace(d.Name),
		Introduction: strings.TrimSpace(d.Introduction), Questions: d.Questions.filled(d.Audience), Active: d.Active,
		Actor: by.Actor, CreateTime: by.At,
	}
}

// filled puts the programme's words where there are none.
func (q Questions) filled(a Audience) Questions {
	recommend := "How likely are you to recommend us to a colleague or friend?"
	switch a {
	case Partners:
		recommend = "How likely are you to recommend working with us to another company?"
	case Staff:
		recommend = "How likely are you to recommend us as a place to work?"
	}
	return Questions{
		Needs:     cmp.Or(strings.TrimSpace(q.Needs), "How well did we meet your needs?"),
		Ease:      cmp.Or(strings.TrimSpace(q.Ease), "How easy was it?"),
		Enjoyment: cmp.Or(strings.TrimSpace(q.Enjoyment), "How enjoyable was the experience?"),
		Recommend: cmp.Or(strings.TrimSpace(q.Recommend), recommend),
		Comment:   cmp.Or(strings.TrimSpace(q.Comment), "What should we know, in your own words?"),
	}
}

// Reorder returns the new versions of those of an audience's touchpoints that
// move, or ErrUnknown or ErrInvalid unless the order names each of them once.
func Reorder(current []Touchpoint, order []ID, by Deed) ([]Touchpoint, error) {
	var moved []Touchpoint
	for i, id := range order {
		at := slices.IndexFunc(current, func(t Touchpoint) bool { return t.ID == id })
		if at < 0 {
			return nil, ErrUnknown.Because("there is no touchpoint " + string(id) + " of this audience").On("touchpoint_ids")
		}
		if slices.Contains(order[:i], id) {
			return nil, ErrInvalid.Because("touchpoint " + string(id) + " is named twice").On("touchpoint_ids")
		}
		if t := current[at]; t.Position != int32(i+1) { //nolint:gosec // there are dozens
			t.Version, t.Position, t.Actor, t.CreateTime = t.Version+1, int32(i+1), by.Actor, by.At //nolint:gosec // there are dozens
			moved = append(moved, t)
		}
	}
	for _, t := range current {
		if !slices.Contains(order, t.ID) {
			return nil, ErrInvalid.Because("touchpoint " + string(t.ID) + " is missing; name all of the audience, retired ones included").On("touchpoint_ids")
		}
	}
	return moved, nil
}
