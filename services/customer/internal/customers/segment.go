package customers

import "slices"

// Segment is the size of a customer, which rate cards may tell apart.
type Segment string

// The segments.
const (
	SmallBusiness Segment = "SMALL_BUSINESS"
	MidMarket     Segment = "MID_MARKET"
	Enterprise    Segment = "ENTERPRISE"
	Global        Segment = "GLOBAL"
)

// Segments lists all segments from small to large.
var Segments = []Segment{SmallBusiness, MidMarket, Enterprise, Global}

func (s Segment) check() error {
	switch s {
	case SmallBusiness, MidMarket, Enterprise, Global:
		return nil
	}
	return ErrInvalid.Because("the segment is missing; choose SMALL_BUSINESS, MID_MARKET, ENTERPRISE or GLOBAL")
}

// Sector is what a customer does; empty if it is not known.
type Sector string

// Sectors lists all sectors.
var Sectors = []Sector{
	"BANKING", "FINANCIAL_SERVICES", "LEGAL", "MEDIA", "PROFESSIONAL_SERVICES", "HEALTHCARE", "EDUCATION",
	"PUBLIC_SECTOR", "MANUFACTURING", "RETAIL", "TECHNOLOGY", "ENERGY", "PROPERTY", "TRANSPORT", "NON_PROFIT",
}

// check returns ErrInvalid for a sector that is not in the list.
func (s Sector) check() error {
	if s == "" || slices.Contains(Sectors, s) {
		return nil
	}
	return ErrInvalid.Because("there is no such sector")
}
