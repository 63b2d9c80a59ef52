// Package fault is the one error value of the rules.
//
// A rule that says no does so with a [Reason], a stable word such as
// LOCK_MISSING that programs act upon, and a message that tells a person what
// would be right. Each rule keeps its sentinels beside it:
//
//	var ErrLockMissing = fault.New("LOCK_MISSING", "the relationship has no locked margin")
//
// and returns a copy that knows the case at hand:
//
//	return ErrLockMissing.Because("subscription sub_42 has no locked margin; import it first", "subscription", "sub_42")
//
// Callers compare with errors.Is, which looks at the reason only, so that a
// refusal stays the same refusal when it crosses a service boundary.
package fault

import (
	"errors"
	"maps"
)

// Reason is the machine-readable word of a refusal, in UPPER_SNAKE. Every
// reason is a value of the enum holdfast.type.v1.Reason, which carries its
// gRPC code, HTTP status and documentation.
type Reason string

// Error is a refusal by a rule. Field is the request field at fault, by its
// proto name (dotted where nested), or empty. Facts are the figures of the
// message for programs; they hold nothing that the caller may not see. Parts,
// where there are any, are what is wrong with each of several fields, and Field
// is then that of none.
type Error struct {
	Reason  Reason
	Field   string
	Message string
	Facts   map[string]string
	Parts   []*Error
}

// New returns a sentinel with the message that is true of every case.
func New(r Reason, message string) *Error {
	return &Error{Reason: r, Message: message}
}

// Because returns a copy of e with a message for the case at hand and further
// facts, given as key, value, key, value. A last key without value is empty.
func (e *Error) Because(message string, facts ...string) *Error {
	c := *e
	c.Message = message
	if len(facts) == 0 {
		return &c
	}
	c.Facts = maps.Clone(e.Facts)
	if c.Facts == nil {
		c.Facts = make(map[string]string, (len(facts)+1)/2)
	}
	for i := 0; i < len(facts); i += 2 {
		value := ""
		if i+1 < len(facts) {
			value = facts[i+1]
		}
		c.Facts[facts[i]] = value
	}
	return &c
}

// On returns a copy of e that names the request field at fault.
func (e *Error) On(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// Listing returns a copy of e that lists what is wrong with each of several
// fields.
func (e *Error) Listing(parts ...*Error) *Error {
	c := *e
	c.Parts = parts
	return &c
}

// Error gives reason, field and message on one line, for logs and tests. What
// a caller is shown is Message.
func (e *Error) Error() string {
	if e.Field == "" {
		return string(e.Reason) + ": " + e.Message
	}
	return string(e.Reason) + ": " + e.Field + ": " + e.Message
}

// Is reports whether target is a refusal for the same reason.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Reason == e.Reason
}

// Of returns the refusal within err, if there is one.
func Of(err error) (*Error, bool) {
	if err == nil { // the usual case, kept off the heap
		return nil, false
	}
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// At names the request field of a refusal that comes from another rule. It
// returns an error that is no refusal as it is.
func At(field string, err error) error {
	if refusal, ok := Of(err); ok {
		return refusal.On(field)
	}
	return err
}
