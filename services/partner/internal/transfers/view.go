package transfers

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/revision"
)

// Side is where a partner stands in a transfer; empty for the vendor's people,
// who see both.
type Side string

// The sides.
const (
	Challenger Side = "CHALLENGER"
	Incumbent  Side = "INCUMBENT"
)

// Viewer is who looks: the vendor, or a partner with the ids that it acts for.
type Viewer struct {
	Vendor   bool
	Partners []partners.ID
}

// ActsFor reports whether the viewer is a partner that acts for an id.
func (v Viewer) ActsFor(id partners.ID) bool { return slices.Contains(v.Partners, id) }

// Among returns those of some ids that the viewer acts for; all that it acts
// for if none are given.
func (v Viewer) Among(some []partners.ID) []partners.ID {
	if len(some) == 0 {
		return v.Partners
	}
	return slices.DeleteFunc(slices.Clone(some), func(id partners.ID) bool { return !v.ActsFor(id) })
}

// View is a transfer as one viewer sees it.
type View struct {
	Transfer
	Side Side `json:"side"`
}

// SeenBy returns what a viewer sees of t on a day, or ErrNotFound if that is
// nothing.
func (t Transfer) SeenBy(v Viewer, today calendar.Date) (View, error) {
	t.State = t.StateOn(today)
	switch {
	case v.Vendor:
		return View{Transfer: t}, nil
	case v.ActsFor(t.PartnerID):
		return View{Transfer: t.toChallenger(), Side: Challenger}, nil
	}
	t = t.toIncumbent(v)
	if len(t.Moves) == 0 {
		return View{}, ErrNotFound
	}
	return View{Transfer: t, Side: Incumbent}, nil
}

func (t Transfer) toChallenger() Transfer {
	t = t.toPartner()
	if t.State == Superseded {
		t.State = Requested
	}
	moves := t.Moves
	t.Moves = nil
	if !t.Agreed() {
		return t
	}
	for _, m := range moves {
		m.Incumbent, m.Protected, m.Contested = "", "", false
		t.Moves = append(t.Moves, m)
	}
	return t
}

func (t Transfer) toIncumbent(v Viewer) Transfer {
	t = t.toPartner()
	t.PartnerID, t.PartnerReference = "", ""
	moves := t.Moves
	t.Moves = nil
	if !t.Agreed() {
		return t
	}
	for _, m := range moves {
		if slices.ContainsFunc(v.Partners, m.loses) {
			m.Incumbent, m.Protected = "", ""
			t.Moves = append(t.Moves, m)
		}
	}
	return t
}

// toPartner leaves out what no partner sees. The revision counts what the other
// side does too.
func (t Transfer) toPartner() Transfer {
	t.ConsentText, t.Revision, t.Assigned = "", 0, false
	return t
}

// Etag changes with everything that the viewer sees, and with nothing else.
func (v View) Etag() string {
	v.CreateTime, v.ConsentTime = v.CreateTime.UTC(), v.ConsentTime.UTC().Truncate(time.Microsecond)
	v.RequestDate = calendar.Date{} // nobody is shown it
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("transfers: a view is not JSON: %v", err)) // it has nothing but texts and dates
	}
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// CheckEtag returns revision.ErrMismatch if a caller has read another view. An
// empty etag matches all.
func (v View) CheckEtag(etag string) error {
	if etag == "" || etag == v.Etag() {
		return nil
	}
	return revision.ErrMismatch.Because("the transfer has changed since; read it again", "etag", v.Etag()).On("etag")
}
