package rpcerr

import (
	"fmt"

	"buf.build/go/protovalidate"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// violated is the status of a request that breaks its contract, with one field
// violation each. A rule whose id is a reason of the catalogue speaks with
// that reason; the first violation, in the order of the fields, gives the
// reason of the whole.
func violated(invalid *protovalidate.ValidationError) *status.Status {
	fields := make([]*errdetails.BadRequest_FieldViolation, len(invalid.Violations))
	for i, v := range invalid.Violations {
		fields[i] = &errdetails.BadRequest_FieldViolation{
			Field:       protovalidate.FieldPathString(v.Proto.GetField()),
			Description: v.Proto.GetMessage(),
			Reason:      string(reasonOfRule(v.Proto.GetRuleId())),
		}
	}
	first := fields[0]
	message := first.GetDescription()
	if first.GetField() != "" {
		message = first.GetField() + ": " + message
	}
	if more := len(fields) - 1; more > 0 {
		message = fmt.Sprintf("%s (and %d more)", message, more)
	}
	return refused(fault.New(fault.Reason(first.GetReason()), message), fields)
}

func reasonOfRule(id string) fault.Reason {
	if e, known := Lookup(fault.Reason(id)); known {
		return e.Reason
	}
	return RequestInvalid.Reason
}
