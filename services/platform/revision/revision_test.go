package revision_test

import (
	"errors"
	"testing"

	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

func TestCheck_RefusesTheEtagOfAnotherRevision(t *testing.T) {
	tests := []struct {
		etag string
		want error
	}{
		{"", nil},
		{revision.Number(7).Etag(), nil},
		{revision.Number(6).Etag(), revision.ErrMismatch},
		{"7 ", revision.ErrMismatch},
		{"seven", revision.ErrMismatch},
	}
	for _, tt := range tests {
		if err := revision.Number(7).Check(tt.etag); !errors.Is(err, tt.want) {
			t.Errorf("etag %q: got %v, want %v", tt.etag, err, tt.want)
		}
	}
}
