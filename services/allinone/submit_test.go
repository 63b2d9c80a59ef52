package allinone_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

const booked = commissionv1.SubmissionState_SUBMISSION_STATE_BOOKED

// signed is a contract of softcat's, due in 30 days with an agreed margin of 20 %.
func signed(t *testing.T, s *e2e.System) e2e.Contract {
	t.Helper()
	return s.Sign(t, e2e.Contract{Partner: "softcat", DueIn: 30, LockedBps: 2000})
}

// submitOf is a fresh request to submit a renewal.
func submitOf(c e2e.Contract) e2e.Request {
	return e2e.Request{Verb: http.MethodPost, Path: "/v1/renewals/" + c.RenewalID + ":submit", Key: e2e.NewKey(), Body: `{}`}
}

func previewOf(c e2e.Contract) e2e.Request {
	return e2e.Request{Verb: http.MethodPost, Path: "/v1/renewals/" + c.RenewalID + ":preview", Body: `{}`}
}

// submitted submits a request that must be booked.
func submitted(t *testing.T, s *e2e.System, as e2e.Caller, r e2e.Request) *commissionv1.Submission {
	t.Helper()
	var submission commissionv1.Submission
	s.Do(t, as, r).Into(t, &submission)
	if submission.State != booked {
		t.Fatalf("submission %s is %s", submission.SubmissionId, submission.State)
	}
	checkBooked(t, s, &submission)
	return &submission
}

func TestSubmit_AKeyStandsForOneRequest(t *testing.T) {
	s := shared.System(t)
	softcat, contract := s.Partner("softcat"), signed(t, s)

	keyless := submitOf(contract)
	keyless.Key = ""
	s.Do(t, softcat, keyless).Refused(t, http.StatusBadRequest, "IDEMPOTENCY_KEY_REQUIRED")

	first := submitOf(contract)
	submission := submitted(t, s, softcat, first)
	other := first
	other.Body = `{"seats": "300"}`
	s.Do(t, softcat, other).Refused(t, http.StatusUnprocessableEntity, "IDEMPOTENCY_KEY_REUSED")

	second := s.Do(t, softcat, submitOf(contract)).Refused(t, http.StatusConflict, "RENEWAL_ALREADY_SUBMITTED")
	if !strings.Contains(second.Detail, submission.SubmissionId) && second.Metadata["submission_id"] != submission.SubmissionId {
		t.Errorf("the refusal does not name the submission that stands: %+v", second)
	}
}

func TestSubmit_AnotherPartnerIsToldWhatItWouldBeToldOfNothing(t *testing.T) {
	s := shared.System(t)
	bytes, contract := s.Partner("bytes"), signed(t, s)
	nothing := contract
	nothing.RenewalID = "rnw_" + strings.Repeat("0", 26) + "_20300101"
	for _, make := range []func(e2e.Contract) e2e.Request{
		submitOf, previewOf,
		func(c e2e.Contract) e2e.Request {
			return e2e.Request{Verb: http.MethodGet, Path: "/v1/renewals/" + c.RenewalID}
		},
	} {
		theirs, absent := s.Do(t, bytes, make(contract)), s.Do(t, bytes, make(nothing))
		theirs.Refused(t, http.StatusNotFound, "NOT_FOUND")
		if diff := cmp.Diff(absent.Anonymous(nothing.RenewalID), theirs.Anonymous(contract.RenewalID)); diff != "" {
			t.Errorf("%s tells another's from nothing: %s", make(contract).Path, diff)
		}
	}
}

func TestSubmit_NeedsTheVersionThatTheCallerHasRead(t *testing.T) {
	s := shared.System(t)
	softcat, contract := s.Partner("softcat"), signed(t, s)
	s.Do(t, softcat, previewOf(contract)).Into(t, &commissionv1.PreviewRenewalResponse{})
	stale := submitOf(contract)
	stale.IfMatch = `"of-another-day"`
	s.Do(t, softcat, stale).Refused(t, http.StatusPreconditionFailed, "ETAG_MISMATCH")

	fresh := submitOf(contract)
	fresh.IfMatch = s.Get(t, softcat, "/v1/renewals/"+contract.RenewalID, &commissionv1.Renewal{}).Header.Get("ETag")
	if fresh.IfMatch == "" {
		t.Fatal("the renewal has no ETag")
	}
	var submission commissionv1.Submission
	s.Do(t, softcat, fresh).Into(t, &submission)
	checkBooked(t, s, &submission)
}

func TestSubmit_AServiceDoesTheSameByGRPCForThePartner(t *testing.T) {
	s := shared.System(t)
	contract := signed(t, s)
	renewals := commissionv1.NewRenewalServiceClient(s.Conn("commission"))
	var byREST commissionv1.PreviewRenewalResponse
	s.Do(t, s.Partner("softcat"), previewOf(contract)).Into(t, &byREST)

	ctx := s.As(t, s.Service("crm").For("bytes"))
	_, err := renewals.PreviewRenewal(ctx, &commissionv1.PreviewRenewalRequest{RenewalId: contract.RenewalID})
	if status.Code(err) != codes.NotFound {
		t.Errorf("for another partner: %v, want NOT_FOUND", err)
	}

	ctx = s.As(t, s.Service("crm").For("softcat"))
	byGRPC, err := renewals.PreviewRenewal(ctx, &commissionv1.PreviewRenewalRequest{RenewalId: contract.RenewalID})
	if err != nil {
		t.Fatal(err)
	}
	checkMargin(t, byGRPC.Calculation)
	if byGRPC.Calculation.Fingerprint != byREST.Calculation.Fingerprint {
		t.Error("REST and gRPC preview different facts")
	}
	submission, err := renewals.SubmitRenewal(ctx, &commissionv1.SubmitRenewalRequest{
		RenewalId: contract.RenewalID, ExpectedFingerprint: byREST.Calculation.Fingerprint, RequestId: e2e.NewKey(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if submission.State != booked || submission.PartnerId != "softcat" {
		t.Errorf("the submission is %s of %s", submission.State, submission.PartnerId)
	}
	checkBooked(t, s, submission)
}

func TestSubmit_ActingForAnotherIsNotForPortals(t *testing.T) {
	s := shared.System(t)
	contract := s.Sign(t, e2e.Contract{Partner: "bytes", DueIn: 30, LockedBps: 2000})
	s.Do(t, s.Partner("softcat").For("bytes"), previewOf(contract)).Refused(t, http.StatusNotFound, "NOT_FOUND")
}

func TestSubmit_ASupersededPreviewIsRefusedAndNothingIsBooked(t *testing.T) {
	s := shared.System(t)
	softcat, contract := s.Partner("softcat"), signed(t, s)
	var preview commissionv1.PreviewRenewalResponse
	s.Do(t, softcat, previewOf(contract)).Into(t, &preview)

	stale := submitOf(contract)
	stale.Body = `{"seats": "250", "expectedFingerprint": "` + preview.Calculation.Fingerprint + `"}`
	s.Do(t, softcat, stale).Refused(t, http.StatusConflict, "PREVIEW_STALE")
	submitted(t, s, softcat, submitOf(contract))
}
