package postgres

import (
	"encoding/hex"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// entryColumns are entries, with what statements will show of them, and their
// postings, by columns.
type entryColumns struct {
	entries struct {
		ids, kinds, partners, currencies, causes, notes, actors, fxSets []string
		effective                                                       []calendar.Date
		posted                                                          []time.Time
		accruals, reverses                                              []*string
		digests                                                         [][]byte
		stated                                                          []*int64
	}
	postings struct {
		ids, accounts, partners, currencies []string
		numbers                             []int16
		effective                           []calendar.Date
		posted                              []time.Time
		debits, credits                     []int64
	}
}

func entryColumnsOf(list []ledger.Entry) *entryColumns {
	c := &entryColumns{}
	for _, e := range list {
		c.add(e)
		for n, p := range e.Postings {
			c.addPosting(e, n+1, p)
		}
	}
	return c
}

func (c *entryColumns) add(e ledger.Entry) {
	to := &c.entries
	to.ids = append(to.ids, e.ID)
	to.kinds = append(to.kinds, string(e.Kind))
	to.partners = append(to.partners, e.PartnerID)
	to.currencies = append(to.currencies, string(e.Currency))
	to.effective = append(to.effective, e.Effective)
	to.posted = append(to.posted, e.Posted)
	to.accruals = append(to.accruals, optional(e.AccrualID))
	to.reverses = append(to.reverses, optional(e.Reverses))
	to.causes = append(to.causes, e.Cause)
	to.notes = append(to.notes, e.Note)
	to.actors = append(to.actors, e.Actor)
	to.fxSets = append(to.fxSets, e.FxSetID)
	to.digests = append(to.digests, e.Digest())
	var stated *int64
	if amount, shown := e.Stated(); shown {
		stated = &amount.Minor
	}
	to.stated = append(to.stated, stated)
}

func (c *entryColumns) addPosting(e ledger.Entry, number int, p ledger.Posting) {
	to := &c.postings
	to.ids = append(to.ids, e.ID)
	to.numbers = append(to.numbers, int16(number))
	to.accounts = append(to.accounts, string(p.Account))
	to.partners = append(to.partners, e.PartnerID)
	to.currencies = append(to.currencies, string(e.Currency))
	to.effective = append(to.effective, e.Effective)
	to.posted = append(to.posted, e.Posted)
	to.debits = append(to.debits, p.Debit)
	to.credits = append(to.credits, p.Credit)
}

// args are the parameters of insertEntries.
func (c *entryColumns) args() []any {
	e, p := &c.entries, &c.postings
	return []any{
		e.ids, e.kinds, e.partners, e.currencies, e.effective, e.posted, e.accruals, e.reverses, e.causes, e.notes, e.actors, e.fxSets, e.digests, e.stated,
		p.ids, p.numbers, p.accounts, p.partners, p.currencies, p.effective, p.posted, p.debits, p.credits,
	}
}

// optional turns the empty text into NULL.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// byteaText writes bytes as PostgreSQL reads them from text.
func byteaText(b []byte) string { return `\x` + hex.EncodeToString(b) }
