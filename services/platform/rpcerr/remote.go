package rpcerr

import (
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// remoteError is a refusal that another service made. It is a *fault.Error to
// errors.As and errors.Is, and keeps the status for those who pass it on.
type remoteError struct {
	refusal *fault.Error
	status  *status.Status
}

// FromStatus turns the error of a call back into the refusal that the other
// service made. An error without a reason of ours comes back unchanged.
func FromStatus(err error) error {
	s, ok := status.FromError(err)
	if err == nil || !ok {
		return err
	}
	info, bad := details(s)
	if info.GetDomain() != Domain {
		return err
	}
	refusal := &fault.Error{Reason: fault.Reason(info.GetReason()), Message: s.Message(), Facts: info.GetMetadata()}
	if fields := bad.GetFieldViolations(); len(fields) > 0 {
		refusal.Field = fields[0].GetField()
	}
	return &remoteError{refusal: refusal, status: s}
}

// Error is the refusal's line.
func (e *remoteError) Error() string { return e.refusal.Error() }

// Unwrap gives the refusal.
func (e *remoteError) Unwrap() error { return e.refusal }

// GRPCStatus gives the status as it was received.
func (e *remoteError) GRPCStatus() *status.Status { return e.status }

// details returns the two details that our statuses carry; either may be nil.
func details(s *status.Status) (info *errdetails.ErrorInfo, bad *errdetails.BadRequest) {
	for _, detail := range s.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			info = d
		case *errdetails.BadRequest:
			bad = d
		}
	}
	return info, bad
}
