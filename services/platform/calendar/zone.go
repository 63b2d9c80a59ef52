package calendar

import (
	"fmt"
	"sync"
	"time"
	_ "time/tzdata" // zones must not depend on the machine

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// ErrZoneInvalid is returned for a name that the IANA database does not have.
var ErrZoneInvalid = fault.New("TIME_ZONE_INVALID", "the time zone is not in the IANA database")

// zones keeps what was loaded, by name; it can hold no more than the IANA
// database does, as names that are refused are not kept.
var zones sync.Map

// LoadZone returns the IANA time zone with this name, such as Europe/London,
// or ErrZoneInvalid. "" and "Local" are refused: they mean the machine.
func LoadZone(name string) (*time.Location, error) {
	if zone, ok := zones.Load(name); ok {
		return zone.(*time.Location), nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, ErrZoneInvalid.Because(
			fmt.Sprintf("%.64q is not a time zone; use a name of the IANA database, such as Europe/London or UTC", name), "time_zone", fmt.Sprintf("%.64s", name))
	}
	zones.Store(name, zone)
	return zone, nil
}
