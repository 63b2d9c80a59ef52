package events

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Resources are how a contract shows the resources of events in its message M, by
// the first word of their kinds.
type Resources[M any] map[string]func(message M, e Event) error

// Snapshot shows a resource as it stood after the change.
func Snapshot[M, T any](show func(message M, resource T)) func(M, Event) error {
	return func(message M, e Event) error {
		var resource T
		if err := json.Unmarshal(e.Snapshot, &resource); err != nil {
			return err
		}
		show(message, resource)
		return nil
	}
}

// Show puts the resource of e into message. Of a resource that the contract has no
// place for, kind and id say enough to read it.
func (r Resources[M]) Show(message M, e Event) error {
	resource, _, _ := strings.Cut(e.Kind, ".")
	show, known := r[resource]
	if !known {
		return nil
	}
	if err := show(message, e); err != nil {
		return fmt.Errorf("snapshot of %s at revision %d: %w", e.ResourceID, e.Revision, err)
	}
	return nil
}

// Messages turns a page of events into messages.
func Messages[M any](list []Event, message func(Event) (M, error)) ([]M, error) {
	messages := make([]M, len(list))
	for i, e := range list {
		var err error
		if messages[i], err = message(e); err != nil {
			return nil, err
		}
	}
	return messages, nil
}

// Send returns what [Tail] delivers to: every event is sent as a message.
func Send[M any](message func(Event) (M, error), send func(M) error) func([]Event) error {
	return func(list []Event) error {
		for _, e := range list {
			m, err := message(e)
			if err != nil {
				return err
			}
			if err := send(m); err != nil {
				return err
			}
		}
		return nil
	}
}
