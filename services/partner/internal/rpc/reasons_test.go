package rpc_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
	"github.com/holdfast-channel/holdfast/services/platform/server/servertest"
)

// refusal is a call that must be refused.
type refusal struct {
	name   string
	reason fault.Reason
	field  string // of the first violation, if any
	call   func(w *world) error
}

// checkRefusals makes each call in a world that prepare has made.
func checkRefusals(t *testing.T, prepare func(*world), refusals []refusal) {
	t.Helper()
	w := begin(t)
	prepare(w)
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) {
			err := r.call(w)
			got, entry := status.Convert(err), mustLookup(t, r.reason)
			reason, field := describe(got)
			if reason != r.reason || got.Code() != entry.Code || field != r.field {
				t.Errorf("got %s %s on %q, want %s %s on %q: %v", got.Code(), reason, field, entry.Code, r.reason, r.field, err)
			}
		})
	}
}

func mustLookup(t *testing.T, reason fault.Reason) rpcerr.Entry {
	t.Helper()
	entry, ok := rpcerr.Lookup(reason)
	if !ok {
		t.Fatalf("%s is not in the catalogue", reason)
	}
	return entry
}

func describe(s *status.Status) (reason fault.Reason, field string) {
	for _, d := range s.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			reason = fault.Reason(d.GetReason())
		case *errdetails.BadRequest:
			field = d.GetFieldViolations()[0].GetField()
		}
	}
	return reason, field
}

func createPartner(change func(*partnerv1.Partner)) func(*world) error {
	return func(w *world) error {
		p := &partnerv1.Partner{PartnerId: "fresh", DisplayName: "Fresh", Type: partnerv1.PartnerType_PARTNER_TYPE_RESELLER, CountryCode: "GB"}
		change(p)
		_, err := w.partners(ann).CreatePartner(w.ctx(), &partnerv1.CreatePartnerRequest{Partner: p, RequestId: key()})
		return err
	}
}

func updatePartner(p *partnerv1.Partner, paths ...string) func(*world) error {
	return func(w *world) error {
		_, err := w.partners(ann).UpdatePartner(w.ctx(), &partnerv1.UpdatePartnerRequest{
			Partner: p, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}, RequestId: key(),
		})
		return err
	}
}

func TestPartnerService_RefusesWithItsReasons(t *testing.T) {
	get := func(c auth.Caller, id string) func(*world) error {
		return func(w *world) error {
			_, err := w.partners(c).GetPartner(w.ctx(), &partnerv1.GetPartnerRequest{PartnerId: id})
			return err
		}
	}
	list := func(r *partnerv1.ListPartnersRequest) func(*world) error {
		return func(w *world) error {
			_, err := w.partners(ann).ListPartners(w.ctx(), r)
			return err
		}
	}
	suspend := func(r *partnerv1.SuspendPartnerRequest) func(*world) error {
		return func(w *world) error {
			r.Cause, r.RequestId = partnerv1.SuspensionCause_SUSPENSION_CAUSE_SUSPENDED, key()
			_, err := w.partners(ann).SuspendPartner(w.ctx(), r)
			return err
		}
	}
	checkRefusals(t, func(w *world) { w.enrol("softcat"); w.enrol("cdw") }, []refusal{
		{"id with capitals", "REQUEST_INVALID", "partner.partner_id", createPartner(func(p *partnerv1.Partner) { p.PartnerId = "Fresh" })},
		{"no type", "REQUEST_INVALID", "partner.type", createPartner(func(p *partnerv1.Partner) { p.Type = 0 })},
		{"a blank name", "REQUEST_INVALID", "partner.display_name", createPartner(func(p *partnerv1.Partner) { p.DisplayName = " " })},
		{"the vendor's type", "REQUEST_INVALID", "partner.type", createPartner(func(p *partnerv1.Partner) { p.Type = partnerv1.PartnerType_PARTNER_TYPE_DIRECT })},
		{"country not assigned", "COUNTRY_UNKNOWN", "partner.country_code", createPartner(func(p *partnerv1.Partner) { p.CountryCode = "UK" })},
		{"country misspelt", "COUNTRY_UNKNOWN", "partner.country_code", createPartner(func(p *partnerv1.Partner) { p.CountryCode = "gbr" })},
		{"a name with NUL", "REQUEST_INVALID", "", createPartner(func(p *partnerv1.Partner) { p.LegalName = "a\x00b" })},
		{"an id with NUL", "REQUEST_INVALID", "", get(ann, "soft\x00cat")},
		{"taken id", "ALREADY_EXISTS", "partner.partner_id", createPartner(func(p *partnerv1.Partner) { p.PartnerId = "cdw" })},
		{"unknown partner", "NOT_FOUND", "", get(ann, "nobody")},
		{"another's partner", "NOT_FOUND", "", get(softcat, "cdw")},
		{"another's partner by a service for it", "NOT_FOUND", "", get(servertest.ServiceFor("commission", "softcat"), "cdw")},
		{"negative page", "PAGE_SIZE_INVALID", "page_size", list(&partnerv1.ListPartnersRequest{PageSize: -1})},
		{"foreign token", "PAGE_TOKEN_INVALID", "page_token", list(&partnerv1.ListPartnersRequest{PageToken: "bogus"})},
		{"fixed field", "UPDATE_MASK_INVALID", "update_mask", updatePartner(&partnerv1.Partner{PartnerId: "cdw"}, "type")},
		{"nothing to update", "UPDATE_MASK_INVALID", "update_mask", updatePartner(&partnerv1.Partner{PartnerId: "cdw"})},
		{"emptied name", "REQUEST_INVALID", "partner.display_name", updatePartner(&partnerv1.Partner{PartnerId: "cdw"}, "display_name")},
		{"stale etag", "ETAG_MISMATCH", "etag", updatePartner(&partnerv1.Partner{PartnerId: "cdw", LegalName: "x", Etag: "7"}, "legal_name")},
		{"suspending the vendor", "STATE_INVALID", "", suspend(&partnerv1.SuspendPartnerRequest{PartnerId: "direct"})},
		{"suspending with a stale etag", "ETAG_MISMATCH", "etag", suspend(&partnerv1.SuspendPartnerRequest{PartnerId: "cdw", Etag: "7"})},
		{"reinstating what is active", "STATE_INVALID", "", func(w *world) error {
			_, err := w.partners(ann).ReinstatePartner(w.ctx(), &partnerv1.ReinstatePartnerRequest{PartnerId: "cdw", RequestId: key()})
			return err
		}},
		{"no request id", "IDEMPOTENCY_KEY_REQUIRED", "request_id", func(w *world) error {
			_, err := w.partners(ann).ReinstatePartner(w.ctx(), &partnerv1.ReinstatePartnerRequest{PartnerId: "cdw"})
			return err
		}},
		{"a request id twice", "IDEMPOTENCY_KEY_REUSED", "", func(w *world) error {
			id := key()
			_, err := w.partners(ann).UpdatePartner(w.ctx(), &partnerv1.UpdatePartnerRequest{Partner: &partnerv1.Partner{PartnerId: "cdw", LegalName: "a"}, RequestId: id})
			w.check(err)
			_, err = w.partners(ann).UpdatePartner(w.ctx(), &partnerv1.UpdatePartnerRequest{Partner: &partnerv1.Partner{PartnerId: "cdw", LegalName: "b"}, RequestId: id})
			return err
		}},
		{"terms of another", "NOT_FOUND", "", func(w *world) error {
			_, err := w.partners(softcat).GetSellingTerms(w.ctx(), &partnerv1.GetSellingTermsRequest{PartnerId: "cdw"})
			return err
		}},
		{"terms of another by a service for it", "NOT_FOUND", "", func(w *world) error {
			caller := servertest.ServiceFor("commission", "softcat")
			_, err := w.partners(caller).GetSellingTerms(w.ctx(), &partnerv1.GetSellingTermsRequest{PartnerId: "cdw"})
			return err
		}},
		{"terms on no day", "DATE_INVALID", "on_date", func(w *world) error {
			_, err := w.partners(softcat).GetSellingTerms(w.ctx(), &partnerv1.GetSellingTermsRequest{PartnerId: "softcat", OnDate: "2023-02-29"})
			return err
		}},
	})
}

func TestAgreements_RefuseWithTheirReasons(t *testing.T) {
	var open *partnerv1.Agreement
	var draft *partnerv1.CodeVersion
	create := func(r *partnerv1.CreateAgreementRequest) func(*world) error {
		return func(w *world) error {
			_, err := w.partners(ann).CreateAgreement(w.ctx(), r)
			return err
		}
	}
	accepting := func(id func() string) func(*world) error {
		return func(w *world) error {
			r := agreementRequest("softcat", "2024-01-01", "2025-01-01")
			r.Agreement.AcceptedCodeVersionId = id()
			return create(r)(w)
		}
	}
	end := func(change func(*partnerv1.EndAgreementRequest)) func(*world) error {
		return func(w *world) error {
			r := &partnerv1.EndAgreementRequest{PartnerId: "softcat", AgreementId: open.GetAgreementId(), UntilDate: "2026-06-01", RequestId: key()}
			change(r)
			_, err := w.partners(ann).EndAgreement(w.ctx(), r)
			return err
		}
	}
	noMode := agreementRequest("softcat", "2024-01-01", "")
	noMode.Agreement.SettlementMode = 0
	checkRefusals(t, func(w *world) {
		w.enrol("softcat")
		w.enrol("cdw")
		w.enrolAs("acme", partnerv1.PartnerType_PARTNER_TYPE_SUPPLIER)
		w.agree("softcat", "2025-01-01", "2026-01-01")
		open, draft = w.agree("softcat", "2026-01-01", ""), w.draft("2026-06-01")
	}, []refusal{
		{"of nobody", "NOT_FOUND", "", create(agreementRequest("nobody", "2024-01-01", ""))},
		{"of a supplier", "PARTNER_NOT_SELLING", "", create(agreementRequest("acme", "2024-01-01", ""))},
		{"no mode", "REQUEST_INVALID", "agreement.settlement_mode", create(noMode)},
		{"self-billing without a tax number", "REQUEST_INVALID", "agreement.tax_id", create(selfBilled(""))},
		{"a tax number of three characters", "REQUEST_INVALID", "agreement.tax_id", create(selfBilled("GB1"))},
		{"no start", "DATE_INVALID", "agreement.from_date", create(agreementRequest("softcat", "", ""))},
		{"no such end", "DATE_INVALID", "agreement.until_date", create(agreementRequest("softcat", "2024-01-01", "2024-02-30"))},
		{"no day", "RANGE_EMPTY", "agreement.until_date", create(agreementRequest("softcat", "2024-01-01", "2024-01-01"))},
		{"a taken day", "AGREEMENT_OVERLAPS", "", create(agreementRequest("softcat", "2024-06-01", "2025-01-02"))},
		{"unknown code", "NOT_FOUND", "agreement.accepted_code_version_id", accepting(func() string { return "cod_absent" })},
		{"a drafted code", "STATE_INVALID", "agreement.accepted_code_version_id", accepting(func() string { return draft.GetCodeVersionId() })},
		{"ending nothing", "NOT_FOUND", "", end(func(r *partnerv1.EndAgreementRequest) { r.AgreementId = "agr_absent" })},
		{"ending another's", "NOT_FOUND", "", end(func(r *partnerv1.EndAgreementRequest) { r.PartnerId = "cdw" })},
		{"ending on no day", "DATE_INVALID", "until_date", end(func(r *partnerv1.EndAgreementRequest) { r.UntilDate = "" })},
		{"ending in the past", "DATE_INVALID", "until_date", end(func(r *partnerv1.EndAgreementRequest) { r.UntilDate = "2026-02-28" })},
		{"ending a stale one", "ETAG_MISMATCH", "etag", end(func(r *partnerv1.EndAgreementRequest) { r.Etag = "9" })},
		{"listing another's", "NOT_FOUND", "", func(w *world) error {
			_, err := w.partners(cdw).ListAgreements(w.ctx(), &partnerv1.ListAgreementsRequest{PartnerId: "softcat"})
			return err
		}},
	})
}

func TestCodeService_RefusesWithItsReasons(t *testing.T) {
	var draft, proposed, approved *partnerv1.CodeVersion
	create := func(v *partnerv1.CodeVersion) func(*world) error {
		return func(w *world) error {
			_, err := w.codes(ann).CreateCodeVersion(w.ctx(), &partnerv1.CreateCodeVersionRequest{CodeVersion: v, RequestId: key()})
			return err
		}
	}
	propose := func(c auth.Caller, v **partnerv1.CodeVersion) func(*world) error {
		return func(w *world) error {
			_, err := w.codes(c).ProposeCodeVersion(w.ctx(), &partnerv1.ProposeCodeVersionRequest{CodeVersionId: (*v).GetCodeVersionId(), RequestId: key()})
			return err
		}
	}
	approve := func(c auth.Caller, v **partnerv1.CodeVersion, etag string) func(*world) error {
		return func(w *world) error {
			_, err := w.codes(c).ApproveCodeVersion(w.ctx(), &partnerv1.ApproveCodeVersionRequest{CodeVersionId: (*v).GetCodeVersionId(), Etag: etag, RequestId: key()})
			return err
		}
	}
	absent := &partnerv1.CodeVersion{CodeVersionId: "cod_absent"}
	checkRefusals(t, func(w *world) {
		approved = w.approve(w.propose(w.draft("2026-03-02")))
		draft, proposed = w.draft("2026-06-01"), w.propose(w.draft("2026-03-02"))
	}, []refusal{
		{"no name", "REQUEST_INVALID", "code_version.display_name", create(&partnerv1.CodeVersion{EffectiveDate: "2026-06-01"})},
		{"no date", "DATE_INVALID", "code_version.effective_date", create(&partnerv1.CodeVersion{DisplayName: "x"})},
		{"too many days", "REQUEST_INVALID", "code_version.renewal_open_days", create(&partnerv1.CodeVersion{
			DisplayName: "x", EffectiveDate: "2026-06-01", RenewalOpenDays: proto.Int32(366)})},
		{"no day for consent", "REQUEST_INVALID", "code_version.consent_days", create(&partnerv1.CodeVersion{
			DisplayName: "x", EffectiveDate: "2026-06-01", ConsentDays: proto.Int32(0)})},
		{"a holiday on no day", "DATE_INVALID", "code_version.holidays[1]", create(&partnerv1.CodeVersion{
			DisplayName: "x", EffectiveDate: "2026-06-01", Holidays: []string{"2026-12-25", "2026-02-29"}})},
		{"a holiday twice", "REQUEST_INVALID", "code_version.holidays", create(&partnerv1.CodeVersion{
			DisplayName: "x", EffectiveDate: "2026-06-01", Holidays: []string{"2026-12-25", "2026-12-25"}})},
		{"taken back before it is overdue", "REQUEST_INVALID", "code_version.overdue_days", create(&partnerv1.CodeVersion{
			DisplayName: "x", EffectiveDate: "2026-06-01", OverdueDays: proto.Int32(0)})},
		{"a minimum payout in gold", "CURRENCY_UNSUPPORTED", "code_version.minimum_payouts[1]", create(&partnerv1.CodeVersion{
			DisplayName: "x", EffectiveDate: "2026-06-01", MinimumPayouts: []*typev1.Money{{CurrencyCode: "GBP", Amount: "50"}, {CurrencyCode: "XAU", Amount: "1"}}})},
		{"a minimum payout of half a yen", "AMOUNT_TOO_PRECISE", "code_version.minimum_payouts[0]", create(&partnerv1.CodeVersion{
			DisplayName: "x", EffectiveDate: "2026-06-01", MinimumPayouts: []*typev1.Money{{CurrencyCode: "JPY", Amount: "0.5"}}})},
		{"a minimum payout below zero", "AMOUNT_NEGATIVE", "code_version.minimum_payouts", create(&partnerv1.CodeVersion{
			DisplayName: "x", EffectiveDate: "2026-06-01", MinimumPayouts: []*typev1.Money{{CurrencyCode: "GBP", Amount: "-1"}}})},
		{"two minimum payouts in a currency", "REQUEST_INVALID", "code_version.minimum_payouts", create(&partnerv1.CodeVersion{
			DisplayName: "x", EffectiveDate: "2026-06-01", MinimumPayouts: []*typev1.Money{{CurrencyCode: "GBP", Amount: "1"}, {CurrencyCode: "GBP", Amount: "2"}}})},
		{"too much", "MARGIN_BPS_OUT_OF_RANGE", "code_version.cap_bps", create(&partnerv1.CodeVersion{
			DisplayName: "x", EffectiveDate: "2026-06-01", CapBps: proto.Int32(10_001)})},
		{"proposing by a program", "HUMAN_REQUIRED", "", propose(robot, &draft)},
		{"proposing nothing", "NOT_FOUND", "", propose(ann, &absent)},
		{"proposing again", "POLICY_IMMUTABLE", "", propose(ann, &approved)},
		{"approving a draft", "STATE_INVALID", "", approve(bob, &draft, "")},
		{"approving a stale one", "ETAG_MISMATCH", "etag", approve(bob, &proposed, "1")},
		{"approving one's own", "SAME_DECIDER", "", approve(ann, &proposed, "")},
		{"approving for a taken day", "ALREADY_EXISTS", "", approve(bob, &proposed, "")},
		{"approving for today", "EFFECTIVE_DATE_TOO_EARLY", "", func(w *world) error {
			w.wait(24 * time.Hour)
			return approve(bob, &proposed, "")(w)
		}},
		{"in force on no day", "DATE_INVALID", "in_force_on", func(w *world) error {
			_, err := w.codes(ann).ListCodeVersions(w.ctx(), &partnerv1.ListCodeVersionsRequest{InForceOn: "soon"})
			return err
		}},
	})
}

func TestApiClientService_RefusesWithItsReasons(t *testing.T) {
	var live, revoked *partnerv1.ApiClientSecret
	create := func(r *partnerv1.CreateApiClientRequest) func(*world) error {
		return func(w *world) error {
			r.RequestId = key()
			_, err := w.clients(ann).CreateApiClient(w.ctx(), r)
			return err
		}
	}
	rotate := func(c func() *partnerv1.ApiClientSecret, overlap *durationpb.Duration) func(*world) error {
		return func(w *world) error {
			_, err := w.clients(ann).RotateApiClient(w.ctx(), &partnerv1.RotateApiClientRequest{
				ClientId: c().GetApiClient().GetClientId(), Overlap: overlap, RequestId: key(),
			})
			return err
		}
	}
	apply := func(r *partnerv1.IssueTokenRequest) func(*world) error {
		return func(w *world) error {
			if r.ClientId == "" {
				r.ClientId, r.ClientSecret = live.GetApiClient().GetClientId(), live.GetClientSecret()
			}
			_, err := w.tokens().IssueToken(w.ctx(), r)
			return err
		}
	}
	const grant = "client_credentials"
	checkRefusals(t, func(w *world) {
		w.enrol("softcat")
		live, revoked = w.client("softcat"), w.client("softcat")
		_, err := w.clients(ann).RevokeApiClient(w.ctx(), &partnerv1.RevokeApiClientRequest{ClientId: revoked.GetApiClient().GetClientId(), RequestId: key()})
		w.check(err)
	}, []refusal{
		{"of nobody", "NOT_FOUND", "partner_id", create(&partnerv1.CreateApiClientRequest{PartnerId: "nobody"})},
		{"of no owner", "REQUEST_INVALID", "partner_id", create(&partnerv1.CreateApiClientRequest{})},
		{"of two owners", "REQUEST_INVALID", "partner_id", create(&partnerv1.CreateApiClientRequest{PartnerId: "softcat", Service: "crm"})},
		{"a misspelt service", "REQUEST_INVALID", "service", create(&partnerv1.CreateApiClientRequest{Service: "CRM"})},
		{"an unknown scope", "INVALID_SCOPE", "scopes", create(&partnerv1.CreateApiClientRequest{PartnerId: "softcat", Scopes: []string{"all"}})},
		{"rotating nothing", "NOT_FOUND", "", rotate(func() *partnerv1.ApiClientSecret { return nil }, nil)},
		{"rotating a revoked one", "CLIENT_REVOKED", "", rotate(func() *partnerv1.ApiClientSecret { return revoked }, nil)},
		{"a long overlap", "REQUEST_INVALID", "overlap", rotate(func() *partnerv1.ApiClientSecret { return live }, durationpb.New(31*24*time.Hour))},
		{"another grant", "UNSUPPORTED_GRANT_TYPE", "grant_type", apply(&partnerv1.IssueTokenRequest{GrantType: "password"})},
		{"a wrong secret", "INVALID_CLIENT", "", apply(&partnerv1.IssueTokenRequest{GrantType: grant, ClientId: "cli_absent", ClientSecret: "x"})},
		{"an endless client id", "INVALID_CLIENT", "", apply(&partnerv1.IssueTokenRequest{GrantType: grant, ClientId: strings.Repeat("x", 1_000_000)})},
		{"a scope too many", "INVALID_SCOPE", "scope", apply(&partnerv1.IssueTokenRequest{GrantType: grant, Scope: "renewals:read root"})},
		{"revoked clients for a person", "PERMISSION_DENIED", "", func(w *world) error {
			_, err := w.clients(ann).ListRevokedClients(w.ctx(), &partnerv1.ListRevokedClientsRequest{})
			return err
		}},
		{"clients without the scope", "SCOPE_MISSING", "", func(w *world) error {
			_, err := w.clients(servertest.Partner("softcat", "partner:read")).ListApiClients(w.ctx(), &partnerv1.ListApiClientsRequest{})
			return err
		}},
		{"events for a partner", "PERMISSION_DENIED", "", func(w *world) error {
			_, err := w.events(softcat).ListEvents(w.ctx(), &partnerv1.ListEventsRequest{})
			return err
		}},
		{"a negative page of events", "PAGE_SIZE_INVALID", "page_size", func(w *world) error {
			_, err := w.events(servertest.Service("bi")).ListEvents(w.ctx(), &partnerv1.ListEventsRequest{PageSize: -1})
			return err
		}},
	})
}
