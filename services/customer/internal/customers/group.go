package customers

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// ErrGroupNotFound is returned for a group that is not there.
var ErrGroupNotFound = fault.New("NOT_FOUND", "there is no such group")

// GroupID identifies a corporate group.
type GroupID string

// Group is a corporate group: companies under one roof.
type Group struct {
	ID         GroupID   `json:"id"`
	Name       string    `json:"name"`
	Members    []ID      `json:"members,omitempty"`
	CreateTime time.Time `json:"create_time"`
}

// Found makes a group, or refuses its name with ErrInvalid.
func Found(id GroupID, title string, at time.Time) (Group, error) {
	title, err := name(title)
	if err != nil {
		return Group{}, onField(err, "display_name")
	}
	return Group{ID: id, Name: title, CreateTime: at}, nil
}
