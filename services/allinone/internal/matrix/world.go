package matrix

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// NewWorld makes real resources of two partners. What belongs to nobody is the
// same for both.
func NewWorld(t testing.TB, s *e2e.System, own, other string) World {
	t.Helper()
	w := World{Own: belongings(t, s, own, other), Other: belongings(t, s, other, stranger), Absent: Ids{
		"customer": absent("cus_"), "subscription": absent("sub_"), "renewal": "rnw_" + absent("") + "_20300101", "quote": absent("quo_"),
		"submission": absent("sbm_"), "calculation": absent("cal_"), "relationship": absent("rel_"), "partner": "nobody",
		"agreement": absent("agr_"), "client": absent("cli_"), "contact": absent("con_"), "domain": "nobody.example",
		"product": "no-product", "fxset": absent("fxs_"), "code": absent("cod_"), "card": absent("rat_"), "group": absent("grp_"), "import": absent("imp_"),
		"transfer": absent("trf_"), "loss": absent("trf_"), "moved": absent("sub_"), "case": absent("cas_"), "registration": absent("dre_"),
		"merger": absent("mrg_"), "account": absent("pac_"), "token": strings.Repeat("A", 43),
		"touchpoint": "lunch", "event": absent("tpe_"), "response": absent("rsp_"), "report": absent("rep_"), "followup": absent("fol_"), "survey": strings.Repeat("A", 43),
		"invoice": "I-none", "accrual": absent("acr_"), "statement": absent("stm_"), "line": absent("ent_"), "dispute": absent("dsp_"),
		"payout": absent("pay-"), "batch": absent("pob-"),
		"reconciliation": absent("rcn_"), "currency": "GBP", "snapshot": absent("fcs_"),
	}}
	for kind, id := range shared(t, s) {
		w[Own][kind] = id
	}
	return w
}

// Kinds are the kinds of resource that belong to a partner.
func (w World) Kinds() Ids { return w[Other] }

func absent(prefix string) string { return prefix + strings.Repeat("0", 26) }

// belongings makes one resource of each kind for a partner: an open renewal
// with a quote, a booked one, an order, a deal that it has registered, a
// customer that came to it and one that went to a rival.
func belongings(t testing.TB, s *e2e.System, partner, rival string) Ids {
	t.Helper()
	portal, admin := s.Partner(partner), s.Person("admin-one")
	open := s.Sign(t, e2e.Contract{Partner: partner, DueIn: 30, LockedBps: 2000})
	post(t, s, portal, "/v1/renewals/"+open.RenewalID+":preview", `{}`, &commissionv1.PreviewRenewalResponse{})
	var quote commissionv1.Quote
	post(t, s, portal, "/v1/quotes", fmt.Sprintf(`{"renewalId": %q}`, open.RenewalID), &quote)

	sold := s.Sign(t, e2e.Contract{Partner: partner, DueIn: 30, LockedBps: 2000})
	var submission commissionv1.Submission
	post(t, s, portal, "/v1/renewals/"+sold.RenewalID+":submit", `{}`, &submission)

	var customer customerv1.Customer
	s.Get(t, admin, "/v1/customers/"+open.CustomerID, &customer)
	var contact customerv1.Contact
	post(t, s, admin, "/v1/customers/"+open.CustomerID+"/contacts", fmt.Sprintf(`{"displayName": "X", "email": "x@%s"}`, customer.PrimaryDomain), &contact)
	var client partnerv1.ApiClientSecret
	post(t, s, admin, "/v1/apiClients", fmt.Sprintf(`{"partnerId": %q, "displayName": "X"}`, partner), &client)
	var agreements partnerv1.ListAgreementsResponse
	s.Get(t, admin, "/v1/partners/"+partner+"/agreements", &agreements)
	var order commissionv1.Submission
	post(t, s, portal, "/v1/orders:submit", fmt.Sprintf(`{"order": %s}`, strings.ReplaceAll(ordered(fresh()), "{=partner}", partner)), &order)
	var registration partnerv1.DealRegistration
	post(t, s, portal, "/v1/dealRegistrations", fmt.Sprintf(
		`{"customerName": "X", "domain": %q, "countryCode": "GB", "familyId": "email-security", "seats": "1"}`, fresh()), &registration)
	var account partnerv1.PayoutAccount
	post(t, s, admin, "/v1/payoutAccounts", fmt.Sprintf(
		`{"partnerId": %q, "currencyCode": "GBP", "holderName": "X", "iban": "GB82 WEST 1234 5698 7654 32"}`, partner), &account)
	invoice := earn(t, s, partner)
	statement, line, dispute := state(t, s, partner)
	payout, batch := pay(t, s, partner, statement)
	var reconciliation commissionv1.Reconciliation
	post(t, s, portal, "/v1/reconciliations", `{"month": "2026-01", "currencyCode": "GBP", "content": "reference,amount\nPO-1,1.00\n"}`, &reconciliation)
	won, _ := move(t, s, stranger, partner, "CHOICE")
	lost, _ := move(t, s, partner, rival, "SERVICE_FAILURE")
	return Ids{
		"transfer": won.TransferId, "moved": won.Moves[0].SubscriptionId, "case": won.Moves[0].CaseId, "loss": lost.TransferId,
		"registration": registration.DealRegistrationId, "invoice": invoice.InvoiceId, "accrual": invoice.Lines[0].Accruals[0].AccrualId,
		"customer": open.CustomerID, "subscription": open.SubscriptionID, "renewal": open.RenewalID, "quote": quote.QuoteId,
		"submission": submission.SubmissionId, "calculation": order.Calculation.CalculationId,
		"relationship": submission.Calculation.RelationshipId, "partner": partner, "agreement": agreements.Agreements[0].AgreementId,
		"client": client.ApiClient.ClientId, "contact": contact.ContactId, "domain": customer.PrimaryDomain,
		"account": account.PayoutAccountId, "statement": statement, "line": line, "dispute": dispute,
		"payout": payout, "batch": batch,
		"reconciliation": reconciliation.ReconciliationId, "currency": "GBP",
	}
}

// shared are resources that belong to no partner.
func shared(t testing.TB, s *e2e.System) Ids {
	t.Helper()
	admin, today := s.Person("admin-one"), e2e.Today(t).String()
	var fx customerv1.FxSet
	s.Get(t, admin, "/v1/fxSets:find?onDate="+today, &fx)
	var codes partnerv1.ListCodeVersionsResponse
	s.Get(t, admin, "/v1/codeVersions?inForceOn="+today, &codes)
	var cards commissionv1.ListRateCardsResponse
	s.Get(t, admin, "/v1/rateCards?inForceOn="+today, &cards)
	var group customerv1.Group
	post(t, s, admin, "/v1/groups", `{"displayName": "X"}`, &group)
	var run customerv1.Import
	post(t, s, admin, "/v1/imports", `{"displayName": "X"}`, &run)
	_, token := move(t, s, stranger, direct, "CHOICE")
	var snapshot commissionv1.ForecastSnapshot
	post(t, s, s.Person("finance-one"), "/v1/forecastSnapshots", `{}`, &snapshot)
	event, response, survey := journey(t, s)
	return Ids{
		"token": token, "merger": merge(t, s), "touchpoint": "kick-off", "event": event, "response": response, "survey": survey,
		"product": "email-gateway", "fxset": fx.FxSetId, "code": codes.CodeVersions[0].CodeVersionId, "card": cards.RateCards[0].RateCardId,
		"snapshot": snapshot.SnapshotId, "group": group.GroupId, "import": run.ImportId, "report": published(t, s), "followup": followUp(t, s, response),
	}
}

func post(t testing.TB, s *e2e.System, as e2e.Caller, path, body string, into proto.Message) {
	t.Helper()
	s.Do(t, as, e2e.Request{Verb: http.MethodPost, Path: path, Body: body, Key: e2e.NewKey()}).Into(t, into)
}
