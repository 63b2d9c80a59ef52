package rpc

import (
	"buf.build/go/protovalidate"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// checkItem holds one item of a batch against the contract. The interceptor
// leaves items alone, so that a bad one does not fail the good ones.
func checkItem(item proto.Message) error { return protovalidate.Validate(item) }

// itemError is an error as the result of one item: what its status would say
// if it were a call of its own.
func itemError(err error) *commissionv1.ItemError {
	s := rpcerr.Status(err)
	item := &commissionv1.ItemError{Reason: string(rpcerr.ReasonOf(err)), Message: s.Message()}
	for _, detail := range s.Details() {
		if bad, ok := detail.(*errdetails.BadRequest); ok && len(bad.GetFieldViolations()) > 0 {
			item.Field = bad.GetFieldViolations()[0].GetField()
		}
	}
	return item
}

// refusalOf is an error as a refusal that can be kept with its item.
func refusalOf(err error) *fault.Error {
	item := itemError(err)
	return &fault.Error{Reason: fault.Reason(item.GetReason()), Field: item.GetField(), Message: item.GetMessage()}
}
