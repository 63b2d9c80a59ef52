package finance_test

import (
	"context"
	"slices"

	"pgregory.net/rapid"

	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
)

func (m *machine) bills() { m.tellsOne(m.offerInvoice()) }

func (m *machine) pays() { m.tellsOne(m.offerFact("PAYMENT", "")) }

func (m *machine) takesBack() { m.tellsOne(m.offerTakeBack()) }

func (m *machine) credits() { m.tellsOne(m.offerFact("CREDIT_NOTE", m.drawCause())) }

func (m *machine) tellsOne(one telling, is bool) {
	if !is {
		m.rt.Skip("there is nothing to tell")
	}
	m.tells(one)
	m.settles(one)
}

// settles writes down in the model what facts have made due.
func (m *machine) settles(list ...telling) {
	for _, one := range list {
		if one.want == "" {
			m.model.Settle(one.about)
		}
	}
}

func (m *machine) drawCause() string {
	return drawFrom(m, "cause", "CUSTOMER", "CUSTOMER", "VENDOR_FAULT", "CORRECTION")
}

// tellsBatch tells several facts in one call, of which some may be refused.
func (m *machine) tellsBatch() {
	var list []telling
	for range rapid.IntRange(2, 6).Draw(m.rt, "facts") {
		one, is := telling{}, false
		switch drawFrom(m, "kind", "invoice", "invoice", "payment", "payment", "reversal", "credit") {
		case "invoice":
			one, is = m.offerInvoice()
		case "payment":
			one, is = m.offerFact("PAYMENT", "")
		case "reversal":
			one, is = m.offerTakeBack()
		case "credit":
			one, is = m.offerFact("CREDIT_NOTE", m.drawCause())
		}
		if is {
			list = append(list, one)
		}
	}
	if len(list) == 0 {
		m.rt.Skip("there is nothing to tell")
	}
	m.tells(list...)
	m.settles(list...)
}

// replays repeats a command as it was, or tells a fact again: nothing changes.
func (m *machine) replays() {
	if len(m.again) == 0 {
		m.rt.Skip("nothing was commanded")
	}
	before := m.extent()
	if rapid.Bool().Draw(m.rt, "command") || len(m.told) == 0 {
		must(m.t, drawFrom(m, "again", m.again...)())
	} else {
		fact := drawFrom(m, "fact", m.told...).fact
		_, err := m.Finance.RecordFact(keyed(biller, m.key("key"), fact), fact)
		must(m.t, err)
	}
	m.wantExtent(before, "a repetition")
}

// reuses tells something else under an id that is taken: nothing changes.
func (m *machine) reuses() {
	if len(m.told) == 0 {
		m.rt.Skip("nothing was told")
	}
	before := m.extent()
	other := finance.Fact{}
	if known := drawFrom(m, "fact", m.told...).fact; known.Invoice != nil {
		invoice := *known.Invoice
		invoice.Lines, invoice.Fingerprint = slices.Clone(invoice.Lines), append(slices.Clone(invoice.Fingerprint), '!')
		invoice.Lines[0].Amount++
		other.Invoice = &invoice
	} else {
		about := *known.About
		about.Amount, about.Fingerprint = about.Amount+1, append(slices.Clone(about.Fingerprint), '!')
		other.About = &about
	}
	_, err := m.Finance.RecordFact(keyed(biller, m.key("key"), other), other)
	m.wantRefusal(err, "EXTERNAL_ID_REUSED", "an id that is taken")
	m.wantExtent(before, "another fact under a known id")
}

// extent is how much is stored of what the service has decided.
func (m *machine) extent() (n [3]int64) {
	m.t.Helper()
	must(m.t, m.DB.SystemPool().QueryRow(context.Background(), `
		SELECT (SELECT count(*) FROM ledger_entries), (SELECT count(*) FROM events),
			(SELECT count(*) FROM invoices) + (SELECT count(*) FROM billing_facts)`).Scan(&n[0], &n[1], &n[2]))
	return n
}

func (m *machine) wantExtent(before [3]int64, after string) {
	m.t.Helper()
	if now := m.extent(); now != before {
		m.rt.Fatalf("entries, events and facts after %s: %d; want %d", after, now, before)
	}
}
