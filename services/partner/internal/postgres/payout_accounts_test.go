package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-channel/holdfast/services/partner/internal/banking"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/payouts"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/pgtest"
)

const iban = "GB82WEST12345698765432"

// account is a proposed account of a partner.
func account(t *testing.T, id payouts.ID, partner partners.ID, currency string, bank banking.Written) payouts.Destination {
	t.Helper()
	d, err := payouts.Propose(reseller(partner), payouts.Proposal{Currency: currency, Holder: "Acme Ltd", Bank: bank, By: "ann", At: noon})
	if err != nil {
		t.Fatal(err)
	}
	d.ID = id
	return d
}

func approvedAccount(t *testing.T, d payouts.Destination) payouts.Destination {
	t.Helper()
	var err error
	d.Account, err = d.Approve(payouts.Approval{By: "bob", At: noon.Add(time.Hour), Today: day("2026-03-01"), Code: "cod_1", CoolingDays: 7})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// withAccounts is a database in which two partners have these accounts, as they
// were proposed.
func withAccounts(t *testing.T, accounts ...payouts.Destination) (*pg.DB, *postgres.DB) {
	t.Helper()
	pool := pgtest.New(t, schema)
	db, ctx := postgres.New(pool), system(t)
	tx(ctx, t, db, func(s *postgres.Store) error {
		err := errors.Join(s.InsertPartner(ctx, reseller("softcat")), s.InsertPartner(ctx, reseller("cdw")), insertApproved(ctx, s, version("cod_1", "2024-01-01")))
		for _, a := range accounts {
			err = errors.Join(err, s.InsertPayoutAccount(ctx, a))
		}
		return err
	})
	return pool, db
}

func TestPayoutAccounts_AreStoredWhole(t *testing.T) {
	first := account(t, "pac_1", "softcat", "GBP", banking.Written{IBAN: iban, BIC: "WESTGB2L"})
	other := account(t, "pac_2", "softcat", "USD", banking.Written{Country: "US", Number: "123456789", BankCode: "021000021"})
	_, db := withAccounts(t, first, other)
	ctx := system(t)
	decided := approvedAccount(t, first)
	closed, err := decided.Close("Moved.", noon.Add(2*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	rejected, err := other.Reject("Another holder.", noon)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []payouts.Account{first.Account, decided.Account, closed, other.Account, rejected} {
		tx(ctx, t, db, func(s *postgres.Store) error {
			err := s.DecidePayoutAccount(ctx, want)
			got, err2 := s.PayoutAccountForUpdate(ctx, want.ID)
			if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(0)); diff != "" {
				t.Error(diff)
			}
			return errors.Join(err, err2)
		})
	}
	tx(ctx, t, db, func(s *postgres.Store) error {
		got, err := s.Destinations(ctx, "softcat", "USD")
		if diff := cmp.Diff([]payouts.Destination{{Account: rejected, Number: "123456789"}}, got, cmpopts.EquateApproxTime(0)); diff != "" {
			t.Error(diff)
		}
		return err
	})
}

func TestPayoutAccounts_AreListedNewestFirst(t *testing.T) {
	_, db := withAccounts(t,
		account(t, "pac_1", "softcat", "GBP", banking.Written{IBAN: iban}), account(t, "pac_2", "softcat", "EUR", banking.Written{IBAN: iban}),
		account(t, "pac_3", "cdw", "GBP", banking.Written{IBAN: iban}))
	ctx := system(t)
	for _, tt := range []struct {
		query payouts.Query
		want  []payouts.ID
	}{
		{payouts.Query{Limit: 5}, []payouts.ID{"pac_3", "pac_2", "pac_1"}},
		{payouts.Query{Limit: 1, Before: "pac_3"}, []payouts.ID{"pac_2"}},
		{payouts.Query{Limit: 5, Partner: "softcat"}, []payouts.ID{"pac_2", "pac_1"}},
		{payouts.Query{Limit: 5, Currency: "GBP"}, []payouts.ID{"pac_3", "pac_1"}},
		{payouts.Query{Limit: 5, State: payouts.Approved}, nil},
	} {
		tx(ctx, t, db, func(s *postgres.Store) error {
			found, err := s.PayoutAccounts(ctx, tt.query)
			var got []payouts.ID
			for _, a := range found {
				got = append(got, a.ID)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%+v:\n%s", tt.query, diff)
			}
			return err
		})
	}
}

// The database is the last wall before somebody else's account.
func TestPayoutAccounts_TakeTwoPeopleAndKeepTheirNumbers(t *testing.T) {
	pool, db := withAccounts(t, account(t, "pac_1", "softcat", "GBP", banking.Written{IBAN: iban}))
	ctx := system(t)
	approve := "UPDATE payout_accounts SET state = 'APPROVED', approver = '%', approve_date = '2026-03-01', approve_time = now(), code_version_id = 'cod_1', usable_from_date = "
	for sql, constraint := range map[string]string{
		strings.Replace(approve, "%", "ann", 1) + "'2026-03-08'":                "payout_accounts_two_people",
		strings.Replace(approve, "%", "bob", 1) + "'2026-02-28'":                "payout_accounts_approved_for_days",
		strings.Replace(approve, "%", "bob", 1) + "NULL":                        "payout_accounts_approved_for_days",
		"UPDATE payout_accounts SET state = 'APPROVED'":                         "payout_accounts_two_people",
		"UPDATE payout_accounts SET state = 'REJECTED', end_time = now()":       "payout_accounts_two_people",
		"UPDATE payout_accounts SET state = 'LOST'":                             "payout_accounts_two_people",
		"UPDATE payout_accounts SET number = 'GB33BUKB20201555555555'":          "", // by privilege
		"UPDATE payout_accounts SET proposer = 'cid'":                           "",
		"UPDATE payout_accounts SET partner_id = 'cdw'":                         "",
		"DELETE FROM payout_accounts":                                           "",
		insertAccount("'direct', 'GBP', 'GB', 'IBAN', 'GB1234', '34', '', ''"):  "payout_accounts_never_direct",
		insertAccount("'cdw', 'GBP', 'IE', 'IBAN', 'GB1234', '34', '', ''"):     "payout_accounts_name_the_bank",
		insertAccount("'cdw', 'GBP', 'GB', 'NATIONAL', '123456', '56', '', ''"): "payout_accounts_name_the_bank",
		insertAccount("'cdw', 'GBP', 'GB', 'IBAN', 'GB1234', '1234', '', ''"):   "payout_accounts_hint_at_most_half",
		insertAccount("'cdw', 'GBP', 'GB', 'IBAN', 'GB1234', '12', '', ''"):     "payout_accounts_hint_at_most_half",
	} {
		_, err := pool.SystemPool().Exec(ctx, sql)
		if err == nil || pg.Constraint(err) != constraint || constraint == "" && !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	tx(ctx, t, db, func(s *postgres.Store) error {
		got, err := s.Destinations(ctx, "softcat", "GBP")
		if len(got) != 1 || got[0].Number != iban || got[0].State != payouts.Proposed {
			t.Errorf("got %v", got)
		}
		return err
	})
}

func insertAccount(values string) string {
	return `INSERT INTO payout_accounts (partner_id, currency, country, scheme, number, hint, bank_code, bic, payout_account_id, holder_name, state, proposer, revision, create_time)
		VALUES (` + values + `, 'pac_x', 'X', 'PROPOSED', 'ann', 1, now())`
}

// A partner's caller sees its own accounts without their numbers, and changes
// none. One that acts for a partner it absorbed sees that one's, too.
func TestScope_KeepsNumbersFromPartners(t *testing.T) {
	_, db := withAccounts(t,
		account(t, "pac_1", "softcat", "GBP", banking.Written{IBAN: iban}), account(t, "pac_2", "cdw", "GBP", banking.Written{IBAN: iban}))
	for _, tt := range []struct {
		scope pg.Scope
		want  int
	}{{pg.Partner("softcat"), 1}, {pg.Partner("bytes"), 0}, {pg.Partner("softcat", "cdw"), 2}} {
		ctx := pg.WithScope(t.Context(), tt.scope)
		tx(ctx, t, db, func(s *postgres.Store) error {
			found, err := s.PayoutAccounts(ctx, payouts.Query{Limit: 5})
			if len(found) != tt.want {
				t.Errorf("%v sees %d accounts, want %d", tt.scope, len(found), tt.want)
			}
			return err
		})
		for name, deed := range map[string]func(context.Context, *postgres.Store) error{
			"read numbers": func(ctx context.Context, s *postgres.Store) error {
				_, err := s.Destinations(ctx, "softcat", "GBP")
				return err
			},
			"look for a number": execute("SELECT payout_account_id FROM payout_accounts WHERE number LIKE 'GB%'"),
			"lock an account": func(ctx context.Context, s *postgres.Store) error {
				_, err := s.PayoutAccountForUpdate(ctx, "pac_1")
				return err
			},
			"propose": func(ctx context.Context, s *postgres.Store) error {
				return s.InsertPayoutAccount(ctx, account(t, "pac_3", "softcat", "GBP", banking.Written{IBAN: iban}))
			},
			"approve": func(ctx context.Context, s *postgres.Store) error {
				return s.DecidePayoutAccount(ctx, approvedAccount(t, account(t, "pac_1", "softcat", "GBP", banking.Written{IBAN: iban})).Account)
			},
			"delete": execute("DELETE FROM payout_accounts"),
		} {
			err := db.InTx(ctx, func(s *postgres.Store) error { return deed(ctx, s) })
			if err == nil || !strings.Contains(err.Error(), "permission denied") {
				t.Errorf("%v may %s: %v", tt.scope, name, err)
			}
		}
	}
}

func execute(sql string) func(context.Context, *postgres.Store) error {
	return func(ctx context.Context, s *postgres.Store) error { _, err := s.Tx().Exec(ctx, sql); return err }
}
