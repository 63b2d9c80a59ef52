package rpcerr_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"buf.build/go/protovalidate"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

func TestCatalogue_AnswersEveryReason(t *testing.T) {
	all := rpcerr.Catalogue()
	if want := len(typev1.Reason_name) - 1; len(all) != want {
		t.Errorf("%d entries for %d reasons", len(all), want)
	}
	for _, e := range all {
		t.Run(string(e.Reason), func(t *testing.T) {
			if e.Code == codes.OK || e.Code > codes.Unauthenticated || strings.HasPrefix(e.Code.String(), "Code(") {
				t.Errorf("code %v", e.Code)
			}
			if e.HTTPStatus < 400 || e.HTTPStatus > 599 || (e.HTTPStatus != 499 && http.StatusText(e.HTTPStatus) == "") {
				t.Errorf("HTTP status %d", e.HTTPStatus)
			}
			if e.Title == "" || e.Help == "" {
				t.Errorf("title %q, help %q", e.Title, e.Help)
			}
			s := rpcerr.Status(fmt.Errorf("layer: %w", fault.New(e.Reason, "m")))
			if s.Code() != e.Code {
				t.Errorf("status %v", s)
			}
			if back := rpcerr.FromStatus(s.Err()); !errors.Is(back, fault.New(e.Reason, "")) {
				t.Errorf("came back as %v", back)
			}
			if rpcerr.HTTPStatus(e.Reason) != e.HTTPStatus {
				t.Errorf("HTTPStatus: %d", rpcerr.HTTPStatus(e.Reason))
			}
		})
	}
}

func TestStatus_CarriesReasonFactsAndField(t *testing.T) {
	refusal := fault.New("SEATS_NOT_POSITIVE", "").Because("seats are 0", "seats", "0").On("line.seats")
	s := rpcerr.Status(fmt.Errorf("check line: %w", refusal))
	want := []any{
		&errdetails.ErrorInfo{Reason: "SEATS_NOT_POSITIVE", Domain: "holdfast", Metadata: map[string]string{"seats": "0"}},
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
			{Field: "line.seats", Description: "seats are 0", Reason: "SEATS_NOT_POSITIVE"},
		}},
	}
	if diff := cmp.Diff(want, s.Details(), protocmp.Transform()); diff != "" || s.Message() != "seats are 0" {
		t.Errorf("message %q, details (-want +got):\n%s", s.Message(), diff)
	}
}

func TestStatus_NamesEachPartOfARefusal(t *testing.T) {
	refusal := fault.New("FILE_INVALID", "").Because("the file has 2 mistakes").Listing(
		fault.New("DATE_INVALID", "line 3: write 2026-03-01").On("content[3].date"),
		fault.New("AMOUNT_INVALID", "line 7: write 4800.00").On("content[7].amount"))
	want := &errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
		{Field: "content[3].date", Description: "line 3: write 2026-03-01", Reason: "DATE_INVALID"},
		{Field: "content[7].amount", Description: "line 7: write 4800.00", Reason: "AMOUNT_INVALID"},
	}}
	s := rpcerr.Status(refusal)
	if diff := cmp.Diff(want, s.Details()[1], protocmp.Transform()); diff != "" || s.Message() != "the file has 2 mistakes" {
		t.Errorf("message %q, fields (-want +got):\n%s", s.Message(), diff)
	}
}

func TestFromStatus_ReturnsTheRefusalOfTheOtherService(t *testing.T) {
	refusal := fault.New("LOCK_MISSING", "").Because("sub_42 has no lock", "subscription", "sub_42").On("subscription_id")
	sent := rpcerr.Status(refusal)
	back := rpcerr.FromStatus(sent.Err())
	got, ok := fault.Of(back)
	if !ok {
		t.Fatalf("got %v", back)
	}
	if diff := cmp.Diff(refusal, got); diff != "" {
		t.Error(diff)
	}
	passedOn := rpcerr.Status(fmt.Errorf("read lock: %w", back))
	if diff := cmp.Diff(sent.Proto(), passedOn.Proto(), protocmp.Transform()); diff != "" {
		t.Errorf("passed on (-sent +got):\n%s", diff)
	}
	if status.Code(back) != codes.FailedPrecondition {
		t.Errorf("code %v", status.Code(back))
	}
}

func TestFromStatus_LeavesOtherErrorsAlone(t *testing.T) {
	for _, err := range []error{nil, errors.New("plain"), status.Error(codes.Unavailable, "connection refused")} {
		if got := rpcerr.FromStatus(err); !errors.Is(got, err) {
			t.Errorf("%v became %v", err, got)
		}
	}
}

func TestStatus_KeepsInternalCausesInside(t *testing.T) {
	const secret = "password=hunter2 at 10.0.0.7"
	tests := []struct {
		name string
		err  error
		want fault.Reason
	}{
		{"anything", errors.New(secret), "INTERNAL"},
		{"a reason outside the catalogue", fault.New("NEVER_HEARD_OF", secret), "INTERNAL"},
		{"the caller left", fmt.Errorf("%s: %w", secret, context.Canceled), "CANCELLED"},
		{"the deadline passed", fmt.Errorf("%s: %w", secret, context.DeadlineExceeded), "DEADLINE_EXCEEDED"},
		{"an unforeseen constraint", &pgconn.PgError{Code: "23505", Message: secret}, "INTERNAL"},
		{"a statement timeout", &pgconn.PgError{Code: "57014", Message: secret}, "DEADLINE_EXCEEDED"},
		{"a database that shuts down", &pgconn.PgError{Code: "57P01", Message: secret}, "UNAVAILABLE"},
		{"too many connections", &pgconn.PgError{Code: "53300", Message: secret}, "UNAVAILABLE"},
		{"a conflict beyond the retries", &pgconn.PgError{Code: "40001", Message: secret}, "UNAVAILABLE"},
		{"a COMMIT without answer", errors.Join(pg.ErrCommitUnknown, context.DeadlineExceeded), "UNAVAILABLE"},
		{"a standby", &pgconn.PgError{Code: "25006", Message: secret}, "UNAVAILABLE"},
		{"no network", &net.OpError{Op: "dial", Net: "tcp", Err: errors.New(secret)}, "UNAVAILABLE"},
		{"a foreign refusal", status.Error(codes.InvalidArgument, secret), "INTERNAL"},
		{"a peer that is down", status.Error(codes.Unavailable, secret), "UNAVAILABLE"},
		{"a message beyond the limit", status.Error(codes.ResourceExhausted, secret), "REQUEST_TOO_LARGE"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := rpcerr.Status(tt.err)
			if strings.Contains(s.String(), "hunter2") {
				t.Errorf("leaks: %v", s)
			}
			if got := rpcerr.ReasonOf(tt.err); got != tt.want {
				t.Errorf("reason %s, want %s", got, tt.want)
			}
		})
	}
}

func TestStatus_NamesEachViolationOfTheContract(t *testing.T) {
	err := protovalidate.Validate(&typev1.Money{CurrencyCode: "pounds", Amount: strings.Repeat("9", 30)})
	s := rpcerr.Status(err)
	if got := rpcerr.ReasonOf(err); s.Code() != codes.InvalidArgument || got != "CURRENCY_UNSUPPORTED" {
		t.Errorf("%s, %v", got, s)
	}
	var got []string
	for _, d := range s.Details() {
		if bad, ok := d.(*errdetails.BadRequest); ok {
			for _, v := range bad.GetFieldViolations() {
				got = append(got, v.GetField()+" "+v.GetReason())
			}
		}
	}
	if diff := cmp.Diff([]string{"currency_code CURRENCY_UNSUPPORTED", "amount REQUEST_INVALID"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestStatus_NamesTheValuesOfAnEnum(t *testing.T) {
	const causes = "cause: must be one of CREDIT_CAUSE_CUSTOMER, CREDIT_CAUSE_VENDOR_FAULT, CREDIT_CAUSE_CORRECTION"
	for _, cause := range []commissionv1.CreditCause{0, 99} {
		note := &commissionv1.CreditNote{
			CreditNoteId: "CN-1", InvoiceId: "I-1", Amount: &typev1.Money{CurrencyCode: "GBP", Amount: "1.00"}, IssueDate: "2026-03-01", Cause: cause,
		}
		if got := rpcerr.Status(protovalidate.Validate(note)).Message(); got != causes {
			t.Errorf("cause %d: %s", cause, got)
		}
	}
}

func TestStatus_OfNoErrorIsNil(t *testing.T) {
	if s := rpcerr.Status(nil); s.Code() != codes.OK {
		t.Errorf("got %v", s)
	}
}
