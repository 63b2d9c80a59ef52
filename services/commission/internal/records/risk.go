package records

import "github.com/holdfast-channel/holdfast/services/commission/internal/forecast"

// RenewalAtRisk is a renewal that may be lost, and why.
type RenewalAtRisk struct {
	Renewal        Renewal
	SeatsDeclining bool
	Risks          []forecast.Risk
	Experience     Experience
}

// Experience is what is known of a customer's experience: nothing, for the zero
// value. It never goes into a margin.
type Experience struct {
	Band  string // such as GOOD; empty where it is unknown
	Score *int32 // nil likewise
}

// At returns the renewal with the reasons why it may be lost.
func (r RenewalAtRisk) At(near forecast.Nearness) RenewalAtRisk {
	r.Risks = forecast.Risks(r.Renewal.Facts(), r.Renewal.Today, r.SeatsDeclining, near)
	return r
}
