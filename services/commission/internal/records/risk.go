package records

import "github.com/holdfast-channel/holdfast/services/commission/internal/forecast"

// RenewalAtRisk is a renewal that may be lost, and why.
type RenewalAtRisk struct {
	Renewal        Renewal
	SeatsDeclining bool
	Risks          []forecast.Risk
	Experience     Experience
}

// Experience is how a customer fares, as far as whoever asks may know. It never
// goes into a margin.
type Experience struct {
	Band    string // UNKNOWN, INDICATIVE, or a band such as GOOD
	Score   *int32 // the index; nil where it is unknown
	Answers int64  // that the index is made of
	NPS     *int32 // nil where it is unknown
	Poor    bool
}

// Unknown is the band of customers who have not been asked, or too few of whose
// people have answered.
const Unknown = "UNKNOWN"

// WithoutFigures returns e as its band alone: who sees figures become others sees
// what the last person has answered.
func (e Experience) WithoutFigures() Experience {
	return Experience{Band: e.Band, Poor: e.Poor}
}

// At returns the renewal with the reasons why it may be lost.
func (r RenewalAtRisk) At(near forecast.Nearness) RenewalAtRisk {
	signs := forecast.Signs{SeatsDeclining: r.SeatsDeclining, PoorExperience: r.Experience.Poor}
	r.Risks = forecast.Risks(r.Renewal.Facts(), r.Renewal.Today, signs, near)
	return r
}
