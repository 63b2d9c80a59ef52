package mergers

import (
	"fmt"

	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/selling"
)

// Outlook is what people should know before they merge two partners.
type Outlook struct {
	Survivor, Absorbed selling.Terms // today
	Open               Open
}

// Open counts what two partners have open with or against each other.
type Open struct {
	Transfers     int // from one to the other
	Cases         int // between them
	Registrations int // of the survivor for a customer that the absorbed one has registered, too
}

// Notices returns what an outlook says, each in one sentence.
func (o Outlook) Notices() []string {
	var notices []string
	note := func(format string, args ...any) { notices = append(notices, fmt.Sprintf(format, args...)) }
	for _, p := range []partners.Partner{o.Survivor.Partner, o.Absorbed.Partner} {
		if p.State == partners.Suspended {
			note("Partner %s is suspended since %s and stays so; a merger doesn't reinstate it.", p.ID, p.SuspendDate)
		}
	}
	for _, t := range []selling.Terms{o.Survivor, o.Absorbed} {
		if t.Agreement == nil {
			note("Partner %s has no agreement in force today.", t.Partner.ID)
		}
	}
	if s, a := o.Survivor.Agreement, o.Absorbed.Agreement; s != nil && a != nil && s.SettlementMode != a.SettlementMode {
		note("Settlement differs: %s has %s, %s has %s; each subscription keeps the mode of the partner that it is under.",
			s.PartnerID, s.SettlementMode, a.PartnerID, a.SettlementMode)
	}
	if n := o.Open.Transfers; n > 0 {
		note("Between the two, %s; a move between partners that are one is never poaching.", count(n, "transfer is open", "transfers are open"))
	}
	if n := o.Open.Cases; n > 0 {
		note("Between the two, %s; their verdicts stay as they were decided.", count(n, "case is open", "cases are open"))
	}
	if n := o.Open.Registrations; n > 0 {
		note("Both have open deal registrations for the same customers, %d of them the survivor's; each stays its own.", n)
	}
	return notices
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
