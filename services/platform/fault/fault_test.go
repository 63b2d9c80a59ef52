package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

var errSeats = fault.New("SEATS_NOT_POSITIVE", "seats must be at least 1")

func TestBecause_LeavesTheSentinelUntouched(t *testing.T) {
	first := errSeats.Because("seats are 0; at least 1 is needed", "seats", "0")
	second := first.Because("seats are -3; at least 1 is needed", "seats", "-3", "line", "2").On("lines.seats")

	want := &fault.Error{
		Reason: "SEATS_NOT_POSITIVE", Field: "lines.seats", Message: "seats are -3; at least 1 is needed",
		Facts: map[string]string{"seats": "-3", "line": "2"},
	}
	if diff := cmp.Diff(want, second); diff != "" {
		t.Errorf("second copy (-want +got):\n%s", diff)
	}
	if first.Facts["seats"] != "0" || first.Field != "" || errSeats.Facts != nil {
		t.Errorf("earlier values changed: first %+v, sentinel %+v", first, errSeats)
	}
}

func TestBecause_GivesALastKeyWithoutValueTheEmptyValue(t *testing.T) {
	if got, ok := errSeats.Because("m", "line").Facts["line"]; !ok || got != "" {
		t.Errorf("Facts[line] = %q, %v", got, ok)
	}
}

func TestIs_ComparesTheReasonOnly(t *testing.T) {
	wrapped := fmt.Errorf("line 2: %w", errSeats.Because("another message").On("seats"))
	if !errors.Is(wrapped, errSeats) {
		t.Error("a wrapped copy is not its sentinel")
	}
	if errors.Is(wrapped, fault.New("TERM_EMPTY", errSeats.Message)) {
		t.Error("another reason with the same message is taken for the same refusal")
	}
	if errors.Is(wrapped, errors.New("plain")) {
		t.Error("a plain error is taken for a refusal")
	}
}

func TestListing_LeavesTheSentinelUntouched(t *testing.T) {
	first, second := errSeats.On("lines[0].seats"), errSeats.On("lines[4].seats")
	got := errSeats.Listing(first, second)
	if len(got.Parts) != 2 || got.Parts[1] != second || errSeats.Parts != nil || !errors.Is(got, errSeats) {
		t.Errorf("got %+v, sentinel %+v", got, errSeats)
	}
}

func TestOf_FindsTheRefusalInAChain(t *testing.T) {
	got, ok := fault.Of(fmt.Errorf("submit: %w", errSeats.On("seats")))
	if !ok || got.Field != "seats" {
		t.Errorf("Of = %+v, %v", got, ok)
	}
	if got, ok := fault.Of(errors.New("plain")); ok || got != nil {
		t.Errorf("Of(plain) = %+v, %v", got, ok)
	}
}

func TestError_ReadsReasonFieldMessage(t *testing.T) {
	if got, want := errSeats.On("seats").Error(), "SEATS_NOT_POSITIVE: seats: seats must be at least 1"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if got, want := errSeats.Error(), "SEATS_NOT_POSITIVE: seats must be at least 1"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
}

func TestAt_NamesTheFieldOfARefusalOnly(t *testing.T) {
	if got, _ := fault.Of(fault.At("lines.seats", fmt.Errorf("line 3: %w", errSeats))); got == nil || got.Field != "lines.seats" {
		t.Errorf("At = %+v", got)
	}
	plain := errors.New("plain")
	if got := fault.At("lines.seats", plain); !errors.Is(got, plain) || got.Error() != plain.Error() {
		t.Errorf("At(plain) = %v", got)
	}
	if got := fault.At("lines.seats", nil); got != nil {
		t.Errorf("At(nil) = %v", got)
	}
}
