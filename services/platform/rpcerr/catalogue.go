// Package rpcerr translates errors to gRPC statuses and back.
//
// On the way out a refusal (*fault.Error) becomes the code that the catalogue
// gives its reason, with the details ErrorInfo{reason, domain "holdfast",
// facts} and, where a field is at fault, BadRequest. Every other error becomes
// one of a few common reasons and keeps its cause to itself. On the way in, at
// the calling service, such a status becomes the refusal again, so that
// errors.Is works across services.
//
// The catalogue is the enum holdfast.type.v1.Reason with its options; nothing
// here repeats it.
package rpcerr

import (
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Domain is the domain of every ErrorInfo.
const Domain = "holdfast"

// Entry is how one reason is answered.
type Entry struct {
	Reason     fault.Reason
	Code       codes.Code
	HTTPStatus int
	Title      string
	Help       string
}

var (
	entries  = read()
	byReason = index(entries)
)

// Catalogue lists every reason in the order of the enum, the one that is never
// sent left out.
func Catalogue() []Entry {
	return append([]Entry(nil), entries...)
}

// Lookup returns the entry of a reason, or that of INTERNAL and false: a
// reason outside the catalogue is a mistake of ours.
func Lookup(r fault.Reason) (Entry, bool) {
	if e, ok := byReason[r]; ok {
		return e, true
	}
	return byReason[Internal.Reason], false
}

// HTTPStatus returns the status of the problem document for a reason.
func HTTPStatus(r fault.Reason) int {
	e, _ := Lookup(r)
	return e.HTTPStatus
}

func read() []Entry {
	values := typev1.Reason(0).Descriptor().Values()
	all := make([]Entry, 0, values.Len())
	for i := range values.Len() {
		if v := values.Get(i); v.Number() != 0 {
			all = append(all, entry(v))
		}
	}
	return all
}

func entry(v protoreflect.EnumValueDescriptor) Entry {
	answer, _ := proto.GetExtension(v.Options(), typev1.E_Answer).(*typev1.Answer)
	return Entry{
		Reason:     fault.Reason(strings.TrimPrefix(string(v.Name()), "REASON_")),
		Code:       codes.Code(answer.GetCode()), //nolint:gosec // a code of google.rpc.Code, checked by test
		HTTPStatus: int(answer.GetHttpStatus()),
		Title:      answer.GetTitle(),
		Help:       answer.GetHelp(),
	}
}

func index(entries []Entry) map[fault.Reason]Entry {
	m := make(map[fault.Reason]Entry, len(entries))
	for _, e := range entries {
		m[e.Reason] = e
	}
	return m
}
