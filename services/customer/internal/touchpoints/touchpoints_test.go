package touchpoints_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/customer/internal/touchpoints"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

var (
	by      = touchpoints.Deed{Actor: "person:eve", At: time.Date(2026, time.March, 3, 12, 0, 0, 0, time.UTC)}
	journey = []touchpoints.Touchpoint{
		{ID: "discover", Version: 1, Audience: touchpoints.Customers, Position: 1},
		{ID: "kick-off", Version: 4, Audience: touchpoints.Customers, Position: 2},
		{ID: "success-review", Version: 2, Audience: touchpoints.Customers, Position: 3},
	}
)

func TestReorder_GivesAVersionToEachThatMoves(t *testing.T) {
	moved, err := touchpoints.Reorder(journey, []touchpoints.ID{"kick-off", "discover", "success-review"}, by)
	if err != nil {
		t.Fatal(err)
	}
	want := []touchpoints.Touchpoint{
		{ID: "kick-off", Version: 5, Audience: touchpoints.Customers, Position: 1, Actor: by.Actor, CreateTime: by.At},
		{ID: "discover", Version: 2, Audience: touchpoints.Customers, Position: 2, Actor: by.Actor, CreateTime: by.At},
	}
	if diff := cmp.Diff(want, moved); diff != "" {
		t.Error(diff)
	}
}

func TestReorder_WantsEachOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		order []touchpoints.ID
		want  error
	}{
		"one is missing":     {[]touchpoints.ID{"discover", "kick-off"}, touchpoints.ErrInvalid},
		"one is named twice": {[]touchpoints.ID{"discover", "kick-off", "kick-off"}, touchpoints.ErrInvalid},
		"one is unknown":     {[]touchpoints.ID{"discover", "kick-off", "lunch"}, touchpoints.ErrUnknown},
	} {
		if _, err := touchpoints.Reorder(journey, tt.order, by); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever the order, the positions afterwards are 1, 2, 3 in that order.
func TestReorder_IsAPermutation(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		order := rapid.Permutation([]touchpoints.ID{"discover", "kick-off", "success-review"}).Draw(r, "order")
		moved, err := touchpoints.Reorder(journey, order, by)
		if err != nil {
			r.Fatal(err)
		}
		positions := map[touchpoints.ID]int32{}
		for _, t := range append(append([]touchpoints.Touchpoint{}, journey...), moved...) {
			positions[t.ID] = t.Position
		}
		for i, id := range order {
			if positions[id] != int32(i+1) {
				r.Errorf("%s is at %d, want %d", id, positions[id], i+1)
			}
		}
	})
}

func TestFirst_ComesLastAndAsksTheProgrammesQuestions(t *testing.T) {
	draft := touchpoints.Draft{ID: "farewell", Audience: touchpoints.Customers, Name: " Farewell ", Introduction: "Leaving us.", Active: true}
	first, err := touchpoints.First(draft, journey, by)
	if err != nil || first.Version != 1 || first.Position != 4 || first.Name != "Farewell" || first.Questions.Needs != "How well did we meet your needs?" {
		t.Errorf("%+v, %v", first, err)
	}
	draft.Audience = touchpoints.Staff
	if first, _ = touchpoints.First(draft, journey, by); first.Position != 1 || first.Questions.Recommend != "How likely are you to recommend us as a place to work?" {
		t.Errorf("of the staff: %+v", first)
	}
	draft.Etag = "1"
	if _, err := touchpoints.First(draft, journey, by); !errors.Is(err, touchpoints.ErrNotFound) {
		t.Errorf("with an etag: %v", err)
	}
}

func TestNext_KeepsPositionAndAudience(t *testing.T) {
	draft := touchpoints.Draft{ID: "kick-off", Audience: touchpoints.Customers, Name: "Start", Questions: touchpoints.Questions{Ease: "Was it easy?"}}
	next, err := journey[1].Next(draft, by)
	if err != nil || next.Version != 5 || next.Position != 2 || next.Active || next.Questions.Ease != "Was it easy?" {
		t.Errorf("%+v, %v", next, err)
	}
	draft.Etag = "3"
	if _, err := journey[1].Next(draft, by); !errors.Is(err, revision.ErrMismatch) {
		t.Errorf("with an old etag: %v", err)
	}
	draft.Etag, draft.Audience = "4", touchpoints.Partners
	if _, err := journey[1].Next(draft, by); !errors.Is(err, touchpoints.ErrInvalid) {
		t.Errorf("of another audience: %v", err)
	}
}
