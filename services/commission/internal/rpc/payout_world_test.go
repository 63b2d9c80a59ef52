package rpc_test

import (
	"context"
	"sync"
	"testing"

	"go.uber.org/zap"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/jobs"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/payout/bankfile"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/money"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/queue"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// Another person of finance, and partners that read what they are paid.
var (
	grace = servertest.Person("grace", auth.Finance)
	payee = servertest.Partner("softcat", "statements:read")
	rival = servertest.Partner("cdw", "statements:read")
)

// debtor is the account that the payouts of the tests are paid from.
var debtor = bankfile.Account{Holder: "Holdfast Ltd", IBAN: "GB29NWBK60161331926819", BIC: "NWBKGB2L"}

// payday is a week after the tests begin.
const payday = "2026-03-09"

// accountsDouble are the payout accounts that partner has.
type accountsDouble struct {
	partnerv1.UnimplementedPayoutAccountServiceServer
	mu    sync.Mutex
	known map[[2]string]*partnerv1.PayoutDestination // by partner and currency
}

func newAccountsDouble() *accountsDouble {
	return &accountsDouble{known: map[[2]string]*partnerv1.PayoutDestination{}}
}

func (a *accountsDouble) set(partner, currency string, d *partnerv1.PayoutDestination) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known[[2]string{partner, currency}] = d
}

func (a *accountsDouble) FindPayoutDestination(_ context.Context, r *partnerv1.FindPayoutDestinationRequest) (*partnerv1.PayoutDestination, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if d := a.known[[2]string{r.GetPartnerId(), r.GetCurrencyCode()}]; d != nil {
		return d, nil
	}
	return nil, fault.New("PAYOUT_ACCOUNT_MISSING", "there is no account that the payout can go to")
}

// newPayoutWorld is a world with a job queue.
func newPayoutWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	must(t, queue.Migrate(t.Context(), w.ownerURL))
	q, err := jobs.NewQueue(w.db.SystemPool(), w.app, w.finance, zap.NewNop())
	must(t, err)
	w.app.UseJobs(q)
	w.finance.UseJobs(q)
	return w
}

// dueTo gives a partner a statement of February and an account.
func (w *world) dueTo(partner string, c money.Currency, minor int64) {
	w.t.Helper()
	entry := ledger.Entry{
		ID: ident.New("ent_"), Kind: ledger.Adjustment, PartnerID: partner, Currency: c, Effective: calendar.On(2026, 2, 10), Posted: monday,
		Cause: "adjustment:by-hand", Note: "Goodwill.", Actor: "anna", Postings: ledger.Transfer(ledger.Expense, ledger.Payable, minor),
	}
	ctx := pg.WithScope(w.t.Context(), pg.System())
	must(w.t, postgres.New(w.db).InTx(ctx, func(tx *postgres.Store) error { return tx.AddEntries(ctx, entry) }))
	closed, err := commissionv1.NewStatementServiceClient(w.As(fiona)).CloseStatements(servertest.Context(w.t), &commissionv1.CloseStatementsRequest{
		Month: "2026-02", PartnerId: partner, CurrencyCode: string(c), RequestId: requestID(),
	})
	must(w.t, err)
	if closed.GetClosedCount() != 1 {
		w.t.Fatalf("closed %v", closed)
	}
	w.accounts.set(partner, string(c), &partnerv1.PayoutDestination{
		PayoutAccount: &partnerv1.PayoutAccount{
			PayoutAccountId: "pac_" + partner, PartnerId: partner, CurrencyCode: string(c), HolderName: partner + " plc", CountryCode: "GB", MaskedIban: "****5432",
		},
		Iban: "GB82WEST12345698765432",
	})
}

func (w *world) payouts(c auth.Caller) commissionv1.PayoutServiceClient {
	return commissionv1.NewPayoutServiceClient(w.As(c))
}

func (w *world) proposeBatch(c auth.Caller, currency string) (*commissionv1.PayoutBatch, error) {
	return w.payouts(c).CreatePayoutBatch(servertest.Context(w.t), &commissionv1.CreatePayoutBatchRequest{
		CurrencyCode: currency, ExecutionDate: payday, RequestId: requestID(),
	})
}

func (w *world) approveBatch(c auth.Caller, id string) (*commissionv1.PayoutBatch, error) {
	return w.payouts(c).ApprovePayoutBatch(servertest.Context(w.t), &commissionv1.ApprovePayoutBatchRequest{PayoutBatchId: id, RequestId: requestID()})
}

// postedBatch is a batch of all that is due in a currency, approved and posted.
func (w *world) postedBatch(currency string) *commissionv1.PayoutBatch {
	w.t.Helper()
	b, err := w.proposeBatch(fiona, currency)
	must(w.t, err)
	_, err = w.approveBatch(grace, b.GetPayoutBatchId())
	must(w.t, err)
	must(w.t, w.finance.PostPayouts(w.t.Context(), b.GetPayoutBatchId()))
	b, err = w.payouts(fiona).GetPayoutBatch(servertest.Context(w.t), &commissionv1.GetPayoutBatchRequest{PayoutBatchId: b.GetPayoutBatchId()})
	must(w.t, err)
	return b
}

func (w *world) record(c auth.Caller, results ...*commissionv1.PayoutResult) ([]*commissionv1.RecordedPayoutResult, error) {
	answer, err := w.payouts(c).RecordPayoutResults(servertest.Context(w.t), &commissionv1.RecordPayoutResultsRequest{Results: results, RequestId: requestID()})
	return answer.GetResults(), err
}

func paid(id string) *commissionv1.PayoutResult {
	return &commissionv1.PayoutResult{
		PayoutId: id, Outcome: commissionv1.PayoutOutcome_PAYOUT_OUTCOME_PAID, BankReference: "B-1", ValueDate: "2026-03-02",
	}
}

func returned(id string) *commissionv1.PayoutResult {
	return &commissionv1.PayoutResult{
		PayoutId: id, Outcome: commissionv1.PayoutOutcome_PAYOUT_OUTCOME_RETURNED, ValueDate: "2026-03-02", ReasonText: "AC04: closed account number",
	}
}
