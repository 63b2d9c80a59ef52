package forecast

// Seats are those of a term, at its first day and at its end.
type Seats struct {
	First, Last int64
}

// Declining reports whether seats fell away when their number changed last: by a
// change within the last term, or else by the renewal that began it.
func Declining(terms []Seats) bool {
	n := len(terms)
	switch {
	case n == 0:
		return false
	case terms[n-1].Last != terms[n-1].First:
		return terms[n-1].Last < terms[n-1].First
	}
	return n > 1 && terms[n-1].First < terms[n-2].Last
}
