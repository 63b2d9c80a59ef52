package rpcerr

import (
	"errors"

	"buf.build/go/protovalidate"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Status returns the status that a caller sees for err. Only refusals and
// violations of the contract speak; the text of any other error stays inside.
func Status(err error) *status.Status {
	if err == nil {
		return nil
	}
	var remote *remoteError
	if errors.As(err, &remote) {
		return remote.status
	}
	if refusal, ok := fault.Of(err); ok {
		return refused(refusal, violations(refusal))
	}
	var invalid *protovalidate.ValidationError
	if errors.As(err, &invalid) && len(invalid.Violations) > 0 {
		return violated(invalid)
	}
	return refused(foreign(err), nil)
}

// ReasonOf returns the reason of the status that Status would make of err, for
// logs and metrics.
func ReasonOf(err error) fault.Reason {
	info, _ := details(Status(err))
	return fault.Reason(info.GetReason())
}

// refused is the status of a refusal. One outside the catalogue is answered as
// INTERNAL, because nobody could look it up.
func refused(refusal *fault.Error, fields []*errdetails.BadRequest_FieldViolation) *status.Status {
	e, known := Lookup(refusal.Reason)
	if !known {
		refusal, fields = Internal, nil
	}
	message := refusal.Message
	if message == "" {
		message = e.Title
	}
	info := &errdetails.ErrorInfo{Reason: string(refusal.Reason), Domain: Domain, Metadata: refusal.Facts}
	attached := []protoadapt.MessageV1{info}
	if len(fields) > 0 {
		attached = append(attached, &errdetails.BadRequest{FieldViolations: fields})
	}
	return with(status.New(e.Code, message), attached)
}

// with adds details, which fails for the code OK only; the catalogue has none.
func with(s *status.Status, attached []protoadapt.MessageV1) *status.Status {
	detailed, err := s.WithDetails(attached...)
	if err != nil {
		return status.New(codes.Internal, Internal.Message)
	}
	return detailed
}

// violations are a refusal's field, or its parts'.
func violations(refusal *fault.Error) []*errdetails.BadRequest_FieldViolation {
	if len(refusal.Parts) == 0 && refusal.Field != "" {
		return []*errdetails.BadRequest_FieldViolation{violation(refusal)}
	}
	var fields []*errdetails.BadRequest_FieldViolation
	for _, part := range refusal.Parts {
		fields = append(fields, violation(part))
	}
	return fields
}

func violation(refusal *fault.Error) *errdetails.BadRequest_FieldViolation {
	return &errdetails.BadRequest_FieldViolation{Field: refusal.Field, Description: refusal.Message, Reason: string(refusal.Reason)}
}
