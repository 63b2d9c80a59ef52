package rpcerr

import (
	"fmt"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"

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
			Description: sentence(v),
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

// sentence is what the rule says. Of an enum it is which values there are,
// whatever the rule forbids.
func sentence(v *protovalidate.Violation) string {
	field, rule := v.FieldDescriptor, v.Proto.GetRuleId()
	if field == nil || field.Kind() != protoreflect.EnumKind || !strings.HasPrefix(rule, "enum.") && rule != "required" {
		return v.Proto.GetMessage()
	}
	var names []string
	for values, i := field.Enum().Values(), 1; i < values.Len(); i++ { // 0 is "unspecified"
		names = append(names, string(values.Get(i).Name()))
	}
	return "must be one of " + strings.Join(names, ", ")
}

func reasonOfRule(id string) fault.Reason {
	if e, known := Lookup(fault.Reason(id)); known {
		return e.Reason
	}
	return RequestInvalid.Reason
}
