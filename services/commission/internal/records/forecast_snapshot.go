package records

import (
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Refusals about snapshots.
var (
	ErrNoSnapshot       = fault.New("NOT_FOUND", "there is no such snapshot")
	ErrSnapshotNotTaken = fault.New("STATE_INVALID", "the snapshot is not taken yet")
)

// Occasion is why a snapshot was taken.
type Occasion string

// The occasions.
const (
	EachMonth Occasion = "MONTHLY"
	ByHand    Occasion = "BY_HAND"
)

// SnapshotState is where a snapshot stands.
type SnapshotState string

// The states of a snapshot.
const (
	SnapshotRequested SnapshotState = "REQUESTED"
	SnapshotTaken     SnapshotState = "TAKEN" // for good
)

// ForecastSnapshot is a forecast that was frozen. Its months begin with Month.
type ForecastSnapshot struct {
	ID            string                 `json:"id"`
	Month         forecast.Month         `json:"month"`
	Occasion      Occasion               `json:"occasion"`
	State         SnapshotState          `json:"state"`
	Probabilities forecast.Probabilities `json:"probabilities"`
	Actor         string                 `json:"actor"`
	Subscriptions int64                  `json:"subscriptions"` // with a locked margin
	CreateTime    time.Time              `json:"create_time"`
	TakeTime      time.Time              `json:"take_time,omitzero"`
}

// Take returns the snapshot as taken.
func (s ForecastSnapshot) Take(at time.Time) ForecastSnapshot {
	s.State, s.TakeTime = SnapshotTaken, at
	return s
}

// CheckTaken returns ErrSnapshotNotTaken while the snapshot is only asked for.
func (s ForecastSnapshot) CheckTaken() error {
	if s.State == SnapshotTaken {
		return nil
	}
	return ErrSnapshotNotTaken.Because("snapshot "+s.ID+" is not taken yet; read it again in a moment", "snapshot_id", s.ID)
}
