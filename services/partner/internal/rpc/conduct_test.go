package rpc_test

import (
	"testing"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
)

// factsOf are those of cdw taking over from softcat on 2026-05-01.
func factsOf(how ...func(*partnerv1.ConductFacts)) *partnerv1.EvaluateConductRequest {
	f := &partnerv1.ConductFacts{
		PartnerId: "cdw", RequestDate: "2026-04-20", EffectiveDate: "2026-05-01",
		Held: []*partnerv1.HeldSubscription{{
			PartnerId: "softcat", FromDate: "2024-04-01", TermStartDate: "2025-04-01", TermEndDate: "2026-04-01", TermMonths: 12,
			LastQuoteDate: "2026-02-20", Paid: true,
		}},
	}
	for _, change := range how {
		change(f)
	}
	return &partnerv1.EvaluateConductRequest{Facts: f}
}

func heldAs(change func(*partnerv1.HeldSubscription)) func(*partnerv1.ConductFacts) {
	return func(f *partnerv1.ConductFacts) { change(f.GetHeld()[0]) }
}

func TestEvaluateConduct_UsesTheFactsAsGiven(t *testing.T) {
	w := begin(t)
	w.approve(w.propose(w.draft("2024-01-01")))
	for name, tt := range map[string]struct {
		how  func(*partnerv1.ConductFacts)
		want partnerv1.Ground
		cap  string
	}{
		"a transfer":         {func(*partnerv1.ConductFacts) {}, partnerv1.Ground_GROUND_INSIDE_WINDOW, "2027-05-01"},
		"an order":           {func(f *partnerv1.ConductFacts) { f.Order = true }, partnerv1.Ground_GROUND_REPLACEMENT_ORDER, "2027-05-01"},
		"a release":          {func(f *partnerv1.ConductFacts) { f.Released = true }, partnerv1.Ground_GROUND_INCUMBENT_RELEASED, ""},
		"nothing held":       {func(f *partnerv1.ConductFacts) { f.Held = nil }, partnerv1.Ground_GROUND_NOT_HELD, ""},
		"a claim":            {func(f *partnerv1.ConductFacts) { f.Claim = serviceFailure }, partnerv1.Ground_GROUND_INSIDE_WINDOW, "2027-05-01"},
		"a choice":           {func(f *partnerv1.ConductFacts) { f.Claim = choice }, partnerv1.Ground_GROUND_INSIDE_WINDOW, "2027-05-01"},
		"outside the window": {func(f *partnerv1.ConductFacts) { f.RequestDate, f.EffectiveDate = "2026-06-30", "2026-06-30" }, partnerv1.Ground_GROUND_OUTSIDE_WINDOW, ""},
		"a cancellation":     {heldAs(func(h *partnerv1.HeldSubscription) { h.TermEndDate, h.LastQuoteDate = "2026-02-15", "" }), partnerv1.Ground_GROUND_INSIDE_WINDOW, "2027-05-01"},
		"no quote":           {heldAs(func(h *partnerv1.HeldSubscription) { h.LastQuoteDate = "" }), partnerv1.Ground_GROUND_INCUMBENT_INACTIVE, ""},
		"an end":             {heldAs(func(h *partnerv1.HeldSubscription) { h.Ceased = true }), partnerv1.Ground_GROUND_INCUMBENT_CEASED, ""},
		"the vendor between": {heldAs(func(h *partnerv1.HeldSubscription) { h.PartnerId, h.PreviousPartnerId = "direct", "softcat" }), partnerv1.Ground_GROUND_INSIDE_WINDOW, "2027-05-01"},
		"an own capped one":  {heldAs(func(h *partnerv1.HeldSubscription) { h.PartnerId, h.Capped, h.CapUntilDate = "cdw", true, "2026-10-01" }), partnerv1.Ground_GROUND_CAP_CARRIED_OVER, "2026-10-01"},
		"the vendor assigns": {func(f *partnerv1.ConductFacts) { f.VendorReassigns, f.GetHeld()[0].Ceased = true, true }, partnerv1.Ground_GROUND_VENDOR_REASSIGNED, ""},
	} {
		v, err := w.conduct(ann).EvaluateConduct(w.ctx(), factsOf(tt.how))
		w.check(err)
		if ground(v) != tt.want || v.GetCapUntilDate() != tt.cap || (v.CapBps != nil) != (tt.cap != "") {
			t.Errorf("%s: %v", name, v)
		}
	}
}

func TestEvaluateConduct_TakesTheWindowOfTheTermsOwnVersion(t *testing.T) {
	w := begin(t)
	w.approve(w.propose(w.draft("2024-01-01")))
	later, err := w.codes(ann).CreateCodeVersion(w.ctx(), &partnerv1.CreateCodeVersionRequest{
		CodeVersion: &partnerv1.CodeVersion{
			DisplayName: "shorter", EffectiveDate: "2026-03-02", RenewalGraceDays: new(int32(0)), RenewalLapsedDays: new(int32(0)), CapBps: new(int32(700)),
		}, RequestId: key(),
	})
	w.check(err)
	w.approve(w.propose(later))
	v, err := w.conduct(ann).EvaluateConduct(w.ctx(), factsOf())
	w.check(err)
	if v.GetOutcome() != poached || v.GetCapBps() != 700 || v.GetCodeVersionId() != later.GetCodeVersionId() {
		t.Errorf("by the versions of their days: %v", v)
	}
	given := factsOf()
	given.CodeVersionId = later.GetCodeVersionId()
	v, err = w.conduct(ann).EvaluateConduct(w.ctx(), given)
	w.check(err)
	if v.GetOutcome() != clean || ground(v) != partnerv1.Ground_GROUND_OUTSIDE_WINDOW {
		t.Errorf("by the given version: %v", v)
	}
}

func TestConductService_RefusesWithItsReasons(t *testing.T) {
	var one *partnerv1.Case
	evaluate := func(r *partnerv1.EvaluateConductRequest) func(*world) error {
		return func(w *world) error { _, err := w.conduct(ann).EvaluateConduct(w.ctx(), r); return err }
	}
	order := func(how ...func(*partnerv1.EvaluateOrderRequest)) func(*world) error {
		return func(w *world) error {
			_, err := w.conduct(commission).EvaluateOrder(w.ctx(), orderOf(how...))
			return err
		}
	}
	record := func(how func(*partnerv1.RecordOrderRequest)) func(*world) error {
		return func(w *world) error {
			_, err := w.conduct(commission).RecordOrder(w.ctx(), recordOf(w.evaluation(), how))
			return err
		}
	}
	find := func(r *partnerv1.FindCaseRequest) func(*world) error {
		return func(w *world) error { _, err := w.conduct(commission).FindCase(w.ctx(), r); return err }
	}
	unknown := factsOf()
	unknown.CodeVersionId = "cod_absent"
	checkRefusals(t, func(w *world) {
		w.approve(w.propose(w.draft("2024-01-01")))
		for _, id := range []string{"softcat", "cdw", "bytes"} {
			w.enrol(id)
		}
		w.customer.addCustomer("cus_1", "", harbour)
		w.customer.addSubscription("cus_1", "softcat", "2025-04-01", "2026-04-01")
		var err error
		one, err = w.conduct(commission).RecordOrder(w.ctx(), recordOf(w.evaluation()))
		w.check(err)
	}, []refusal{
		{"facts without a partner", "REQUEST_INVALID", "facts.partner_id", evaluate(factsOf(func(f *partnerv1.ConductFacts) { f.PartnerId = "" }))},
		{"facts without a day", "DATE_INVALID", "facts.request_date", evaluate(factsOf(func(f *partnerv1.ConductFacts) { f.RequestDate = "" }))},
		{"a held one without its partner", "REQUEST_INVALID", "facts.held[0].partner_id", evaluate(factsOf(heldAs(func(h *partnerv1.HeldSubscription) { h.PartnerId = "" })))},
		{"a held one without its end", "DATE_INVALID", "facts.held[0].term_end_date", evaluate(factsOf(heldAs(func(h *partnerv1.HeldSubscription) { h.TermEndDate = "" })))},
		{"a capped one without its day", "DATE_INVALID", "facts.held[0].cap_until_date", evaluate(factsOf(heldAs(func(h *partnerv1.HeldSubscription) { h.Capped = true })))},
		{"an unknown version", "NOT_FOUND", "code_version_id", evaluate(unknown)},
		{"facts by a partner", "PERMISSION_DENIED", "", func(w *world) error {
			_, err := w.conduct(cdw).EvaluateConduct(w.ctx(), factsOf())
			return err
		}},
		{"an order on no day", "DATE_INVALID", "start_date", order(from("soon"))},
		{"a registration that is none", "NOT_FOUND", "deal_registration_id", order(func(r *partnerv1.EvaluateOrderRequest) { r.DealRegistrationId = "dre_absent" })},
		{"an order by a person", "PERMISSION_DENIED", "", func(w *world) error {
			_, err := w.conduct(ann).EvaluateOrder(w.ctx(), orderOf())
			return err
		}},
		{"a record without findings", "REQUEST_INVALID", "verdict", record(func(r *partnerv1.RecordOrderRequest) { r.Verdict.Findings = nil })},
		{"a record without its cap", "REQUEST_INVALID", "verdict", record(func(r *partnerv1.RecordOrderRequest) { r.Verdict.CapUntilDate = "" })},
		{"a record of another partner", "ALREADY_EXISTS", "", record(func(r *partnerv1.RecordOrderRequest) { r.PartnerId = "bytes" })},
		{"a case by nothing", "REQUEST_INVALID", "transfer_id", find(&partnerv1.FindCaseRequest{SubscriptionId: "sub_new"})},
		{"a case of another subscription", "NOT_FOUND", "", find(&partnerv1.FindCaseRequest{SubscriptionId: "sub_1", SubmissionId: "sbm_1"})},
		{"a case of no transfer", "NOT_FOUND", "", find(&partnerv1.FindCaseRequest{SubscriptionId: "sub_1", TransferId: "trf_1"})},
		{"another's case", "NOT_FOUND", "", func(w *world) error {
			_, err := w.conduct(bytes).GetCase(w.ctx(), &partnerv1.GetCaseRequest{CaseId: one.GetCaseId()})
			return err
		}},
		{"a case that is none", "NOT_FOUND", "", func(w *world) error {
			_, err := w.conduct(bytes).GetCase(w.ctx(), &partnerv1.GetCaseRequest{CaseId: "cas_absent"})
			return err
		}},
		{"deciding what nobody claims", "STATE_INVALID", "", func(w *world) error { _, err := w.decideCase(ann, one, true); return err }},
		{"deciding no appeal", "STATE_INVALID", "", func(w *world) error { _, err := w.decideAppeal(ann, one, true); return err }},
		{"deciding by a program", "HUMAN_REQUIRED", "", func(w *world) error { _, err := w.decideCase(robot, one, true); return err }},
		{"an appeal without words", "REASON_TEXT_REQUIRED", "reason_text", func(w *world) error {
			_, err := w.conduct(cdw).AppealCase(w.ctx(), &partnerv1.AppealCaseRequest{CaseId: one.GetCaseId(), RequestId: key()})
			return err
		}},
		{"an appeal with a stale etag", "ETAG_MISMATCH", "etag", func(w *world) error { _, err := w.appeal(cdw, one, "9"); return err }},
		{"an appeal by the other side", "STATE_INVALID", "", func(w *world) error { _, err := w.appeal(softcat, one, ""); return err }},
		{"a waiver without words", "REASON_TEXT_REQUIRED", "reason_text", func(w *world) error {
			_, err := w.conduct(ann).ProposeWaiver(w.ctx(), &partnerv1.ProposeWaiverRequest{CaseId: one.GetCaseId(), RequestId: key()})
			return err
		}},
		{"approving no waiver", "STATE_INVALID", "", func(w *world) error {
			_, err := w.conduct(ann).ApproveWaiver(w.ctx(), &partnerv1.ApproveWaiverRequest{CaseId: one.GetCaseId(), RequestId: key()})
			return err
		}},
		{"evidence of no kind", "REQUEST_INVALID", "evidence.kind", func(w *world) error {
			e := evidence("x")
			e.Kind = 0
			_, err := w.bring(cdw, one, e)
			return err
		}},
		{"a negative page", "PAGE_SIZE_INVALID", "page_size", func(w *world) error {
			_, err := w.conduct(ann).ListCases(w.ctx(), &partnerv1.ListCasesRequest{PageSize: -1})
			return err
		}},
		{"an appeal too late", "APPEAL_WINDOW_CLOSED", "", func(w *world) error {
			w.wait(31 * day)
			_, err := w.appeal(cdw, one, "")
			return err
		}},
		{"evidence too late", "STATE_INVALID", "", func(w *world) error { _, err := w.bring(cdw, one, evidence("x")); return err }},
	})
}

func TestConductService_HasNoVerdictWithoutACodeOfPractice(t *testing.T) {
	checkRefusals(t, func(*world) {}, []refusal{
		{"facts", "POLICY_MISSING", "", func(w *world) error {
			_, err := w.conduct(ann).EvaluateConduct(w.ctx(), factsOf())
			return err
		}},
		{"an order", "POLICY_MISSING", "", func(w *world) error {
			_, err := w.conduct(commission).EvaluateOrder(w.ctx(), orderOf())
			return err
		}},
	})
}
