package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/testing/protocmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
)

// dump is everything that the database holds, table by table.
func (w *world) dump() map[string]string {
	w.t.Helper()
	ctx := w.ctx()
	conn, err := pgx.Connect(ctx, w.urls.OwnerURL)
	w.check(err)
	defer func() { w.check(conn.Close(ctx)) }()
	rows, _ := conn.Query(ctx, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	w.check(err)
	held := map[string]string{}
	for _, table := range tables {
		name := pgx.Identifier{table}.Sanitize()
		var text string
		w.check(conn.QueryRow(ctx, "SELECT coalesce(string_agg(t::text, E'\n' ORDER BY t::text), '') FROM "+name+" t").Scan(&text))
		held[table] = text
	}
	return held
}

func (w *world) get(token string) (*partnerv1.Consent, error) {
	return w.anyone().GetConsent(w.ctx(), &partnerv1.GetConsentRequest{Token: token})
}

func TestGetConsent_ChangesNothing(t *testing.T) {
	w := beginTransfers(t)
	_, token := w.asked(cdw)
	before := w.dump()
	for range 3 {
		_, err := w.get(token)
		w.check(err)
	}
	if diff := cmp.Diff(before, w.dump()); diff != "" {
		t.Error(diff)
	}
}

// The token is in the mail, and nowhere else: not in a table, an event, a job,
// a log line or an error. Nor is the contact's address.
func TestToken_IsInTheMailAndNowhereElse(t *testing.T) {
	w := beginTransfers(t)
	x := w.request(cdw, func(r *partnerv1.RequestTransferRequest) { r.ContactEmail = "cid@" + harbour })
	w.outbox.fail = errors.New("the server of mails said no")
	failed := w.app.DeliverConsent(t.Context(), idOf(x))
	w.deliver(x)
	token := w.outbox.all()[0].Token
	_, err := w.get(token)
	w.check(err)
	_, wrong := w.anyone().GetConsent(w.ctx(), &partnerv1.GetConsentRequest{Token: token + "x"})
	_, unworded := w.anyone().GiveConsent(w.ctx(), &partnerv1.GiveConsentRequest{Token: token, Reason: partnerv1.ConsentReason_CONSENT_REASON_OTHER})
	_, err = w.give(token, serviceFailure)
	w.check(err)
	_, used := w.give(token, choice)
	held := w.dump()
	for _, entry := range w.env.Logs.All() {
		held["log"] += fmt.Sprintln(entry.Message, entry.ContextMap())
	}
	held["errors"] = fmt.Sprintf("%v %+v %#v %v", failed, wrong, unworded, used)
	for _, e := range w.feed() {
		held["feed"] += e.String()
	}
	for where, text := range held {
		for _, secret := range []string{token, token[:20], "cid@" + harbour, "said the customer"} {
			kept := where == "transfer_dossiers" && secret == "said the customer" // the vendor's own record
			if strings.Contains(text, secret) && !kept {
				t.Errorf("%s holds %s", where, secret)
			}
		}
	}
	if held["log"] == "" || held["feed"] == "" || held["river_job"] == "" || held["events"] == "" {
		t.Error("the test looks at nothing")
	}
}

func TestDeliverConsent_HidesWhatASenderQuotes(t *testing.T) {
	w := beginTransfers(t)
	x := w.request(cdw)
	quoting := &quotingSender{}
	a := w.withSender(quoting)
	err := a.DeliverConsent(t.Context(), idOf(x))
	if err == nil || strings.Contains(err.Error(), quoting.token) || strings.Contains(err.Error(), "bob@") || !strings.Contains(err.Error(), "no route") {
		t.Errorf("got %v", err)
	}
	w.deliver(x) // the next attempt does not wait
	if n := len(w.outbox.all()); n != 1 {
		t.Errorf("%d mails", n)
	}
	wantRefused(t, "NOT_FOUND", func() error { _, err := w.get(quoting.token); return err })
}

// quotingSender fails as a client of HTTP does.
type quotingSender struct{ token string }

// SendConsentRequest fails.
func (s *quotingSender) SendConsentRequest(_ context.Context, r app.ConsentRequest) error {
	s.token = r.Token
	return fmt.Errorf("post %s to %s: no route", r.URL, r.To)
}

func TestDeliverConsent_WaitsForASender(t *testing.T) {
	w := beginTransfers(t)
	x := w.request(cdw)
	if err := w.withSender(nil).DeliverConsent(t.Context(), idOf(x)); !errors.Is(err, app.ErrNoSender) {
		t.Errorf("got %v", err)
	}
	w.deliver(x)
	w.deliver(x) // a job may run twice
	if n := len(w.outbox.all()); n != 1 {
		t.Errorf("%d mails", n)
	}
}

func TestDeliverConsent_AsksWhoMaySpeak(t *testing.T) {
	for name, tt := range map[string]struct {
		wanted string
		change func(*world)
		want   string
	}{
		"the one that is wanted":      {"cid@" + harbour, nil, "cid@" + harbour},
		"one who may not":             {"ann@" + harbour, nil, "bob@" + harbour},
		"somebody else's":             {"eve@elsewhere.example", nil, "bob@" + harbour},
		"nobody in particular":        {"", nil, "bob@" + harbour},
		"one of a domain that is not": {"", func(w *world) { w.customer.contacts[1].Email = "bob@sold.example" }, "cid@" + harbour},
		"nobody may": {"", func(w *world) {
			for _, c := range w.customer.contacts {
				c.AuthorisedSignatory = false
			}
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := beginTransfers(t)
			if tt.change != nil {
				w.customer.with(func() { tt.change(w) })
			}
			w.deliver(w.request(cdw, func(r *partnerv1.RequestTransferRequest) { r.ContactEmail = tt.wanted }))
			got := ""
			for _, mail := range w.outbox.all() {
				got += mail.To
			}
			if got != tt.want {
				t.Errorf("sent to %q, want %q", got, tt.want)
			}
		})
	}
}

func TestDeliverConsent_SendsThreeMailsIn90Days(t *testing.T) {
	w := beginTransfers(t)
	for i := range 5 {
		x := w.request(cdw)
		w.deliver(x)
		if want := min(i+1, 3); len(w.outbox.all()) != want {
			t.Errorf("%d mails after %d requests", len(w.outbox.all()), i+1)
		}
		w.wantState(cdw, x, isRequested)
	}
	w.deliver(w.request(bytes)) // each partner has its own
	if n := len(w.outbox.all()); n != 4 {
		t.Errorf("%d mails with another partner's", n)
	}
	for _, tt := range []struct {
		after time.Duration
		want  int
	}{{90 * day, 4}, {day, 5}} {
		w.wait(tt.after)
		w.deliver(w.request(cdw))
		if n := len(w.outbox.all()); n != tt.want {
			t.Errorf("%d mails on %s, want %d", n, w.time().Format(time.DateOnly), tt.want)
		}
	}
}

func TestGiveConsent_IsRefusedForItsReasons(t *testing.T) {
	for _, tt := range []struct {
		name   string
		want   string
		change func(w *world, token *string)
	}{
		{"on the last day", "", func(w *world, _ *string) { w.wait(7 * day) }},
		{"the day after", "CONSENT_EXPIRED", func(w *world, _ *string) { w.wait(8 * day) }},
		{"by no token", "NOT_FOUND", func(_ *world, token *string) { *token = strings.Repeat("A", 43) }},
		{"by one who is gone", "CONTACT_NOT_AUTHORISED", func(w *world, _ *string) { w.customer.contacts = nil }},
		{"by one who may not any more", "CONTACT_NOT_AUTHORISED", func(w *world, _ *string) { w.customer.contacts[1].AuthorisedSignatory = false }},
		{"by one of another domain", "CONTACT_DOMAIN_MISMATCH", func(w *world, _ *string) { w.customer.contacts[1].Email = "bob@harbour.elsewhere" }},
		{"from a domain that was given up", "CONTACT_DOMAIN_MISMATCH", func(w *world, _ *string) { w.customer.customers[0].Domains = []string{"harbour.test"} }},
		{"to a partner that was suspended", "TRANSFER_NOT_OPEN", func(w *world, _ *string) {
			_, err := w.partners(ann).SuspendPartner(w.ctx(), &partnerv1.SuspendPartnerRequest{
				PartnerId: "cdw", Cause: partnerv1.SuspensionCause_SUSPENSION_CAUSE_INSOLVENT, RequestId: key(),
			})
			w.check(err)
		}},
		{"by a customer that was merged", "", func(w *world, _ *string) {
			w.customer.customers[0].MergedInto, w.customer.customers[0].Domains = "cus_9", nil
			w.customer.customers = append(w.customer.customers, &customerv1.Customer{CustomerId: "cus_9", Domains: []string{harbour}})
			w.customer.contacts[1].CustomerId = "cus_9"
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := beginTransfers(t)
			x, token := w.asked(cdw)
			w.customer.with(func() { tt.change(w, &token) })
			_, err := w.give(token, choice)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if tt.want != "" {
				if got := w.transfer(ann, x); got.GetConsentTime() != nil || len(w.customer.reassigned) > 0 {
					t.Errorf("it moved: %v", got)
				}
			}
		})
	}
}

func TestGiveConsent_NeedsWordsForAnyOtherReason(t *testing.T) {
	w := beginTransfers(t)
	_, token := w.asked(cdw)
	give := func(text string) error {
		_, err := w.anyone().GiveConsent(w.ctx(), &partnerv1.GiveConsentRequest{
			Token: token, Reason: partnerv1.ConsentReason_CONSENT_REASON_OTHER, ReasonText: text,
		})
		return err
	}
	wantRefused(t, "REASON_TEXT_REQUIRED", func() error { return give("  ") })
	w.check(give("we moved"))
}

func TestGiveConsent_RepeatedIsAnsweredAsBefore(t *testing.T) {
	w := beginTransfers(t)
	_, token := w.asked(cdw)
	first, err := w.give(token, serviceFailure)
	w.check(err)
	w.wait(30 * day) // also when the token's days are over
	before := w.dump()
	again, err := w.give(token, serviceFailure)
	w.check(err)
	shown, err := w.get(token)
	w.check(err)
	for name, got := range map[string]*partnerv1.Consent{"given": again, "shown": shown} {
		if diff := cmp.Diff(first, got, protocmp.Transform()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	wantRefused(t, "TRANSFER_NOT_OPEN", func() error { _, err := w.give(token, choice); return err })
	if diff := cmp.Diff(before, w.dump()); diff != "" {
		t.Error(diff)
	}
}

func TestGiveConsent_MovesADayThatHasPassed(t *testing.T) {
	w := beginTransfers(t)
	x, token := w.asked(cdw, effective("2026-03-03"))
	w.wait(5 * day)
	shown, err := w.get(token)
	w.check(err)
	given, err := w.give(token, choice)
	w.check(err)
	moved := w.transfer(cdw, x).GetMoves()[0].GetEffectiveDate()
	if moved != "2026-03-06" || shown.GetEffectiveDate() != moved || given.GetEffectiveDate() != moved {
		t.Errorf("shown %s, given %s, moved %s", shown.GetEffectiveDate(), given.GetEffectiveDate(), moved)
	}
	w.wantState(cdw, x, isCompleted)
}
