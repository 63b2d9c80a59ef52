package events_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/holdfast-channel/holdfast/services/platform/events"
)

// shown is the message of a contract.
type shown struct{ kind, name string }

type deal struct{ Name string }

var contract = events.Resources[*shown]{
	"deal": events.Snapshot(func(m *shown, d deal) { m.name = d.Name }),
}

func message(e events.Event) (*shown, error) {
	m := &shown{kind: e.Kind}
	return m, contract.Show(m, e)
}

func TestMessages_ShowTheResourcesThatTheContractHasAPlaceFor(t *testing.T) {
	list, err := events.Messages([]events.Event{
		{Kind: "deal.won", Snapshot: json.RawMessage(`{"Name": "mail for Harcourt"}`)},
		{Kind: "api_client.rotated", Snapshot: json.RawMessage(`{"secret": "of no concern"}`)},
	}, message)
	want := []shown{{"deal.won", "mail for Harcourt"}, {kind: "api_client.rotated"}}
	if err != nil || len(list) != 2 || *list[0] != want[0] || *list[1] != want[1] {
		t.Errorf("got %v, %v; want %v", list, err, want)
	}
}

func TestMessages_NameTheSnapshotThatCannotBeRead(t *testing.T) {
	list, err := events.Messages([]events.Event{{Kind: "deal.won", ResourceID: "deal_7", Revision: 3, Snapshot: json.RawMessage(`[]`)}}, message)
	if list != nil || err == nil || !strings.Contains(err.Error(), "deal_7 at revision 3") {
		t.Errorf("got %v, %v", list, err)
	}
}

// What could be read is sent before the one that can't, so that the reader gets as
// far as it can.
func TestSend_EndsWithTheStreamOrWithWhatCannotBeRead(t *testing.T) {
	gone := errors.New("the stream is gone")
	var sent []string
	send := func(m *shown) error {
		if sent = append(sent, m.name); len(sent) == 2 {
			return gone
		}
		return nil
	}
	named := func(name string) events.Event {
		return events.Event{Kind: "deal.won", ResourceID: name, Snapshot: json.RawMessage(`{"Name": "` + name + `"}`)}
	}
	broken := events.Event{Kind: "deal.won", ResourceID: "c", Snapshot: json.RawMessage(`{`)}
	deliver := events.Send(message, send)
	if err := deliver([]events.Event{named("a"), broken}); err == nil || !slices.Equal(sent, []string{"a"}) {
		t.Errorf("sent %v, error %v", sent, err)
	}
	if err := deliver([]events.Event{named("b"), named("d")}); !errors.Is(err, gone) || !slices.Equal(sent, []string{"a", "b"}) {
		t.Errorf("sent %v, error %v", sent, err)
	}
}
