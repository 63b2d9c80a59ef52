// Package matrix asks every method of the contracts as every kind of caller,
// by gRPC and by REST, and says what the answer has to be.
//
// What has to be is read from the contracts alone: the option
// holdfast.type.v1.access of a method, and the table of requests in this
// package, which knows what a request is about. The code that guards the
// services has no part in it, so that a mistake there shows here.
package matrix

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	// The contracts, so that they are registered.
	_ "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	_ "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	_ "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
)

// A Method is a method of a contract with all that decides about a call.
type Method struct {
	Name    string // "commission.v1.RenewalService/GetRenewal"
	Service string // "commission"
	Access  *typev1.Access
	HTTP    *annotations.HttpRule // nil for gRPC only
	Ask     Ask

	descriptor protoreflect.MethodDescriptor
}

// Methods returns every method of the contracts, or what the matrix can't tell
// about one: a method without a rule, or one whose request it does not know.
func Methods() ([]Method, []error) {
	var all []Method
	var wrong []error
	known := map[string]bool{}
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(file.Package()), "holdfast.") {
			return true
		}
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				m, err := methodOf(service.Methods().Get(j))
				if err != nil {
					wrong = append(wrong, err)
					continue
				}
				known[m.Name] = true
				all = append(all, m)
			}
		}
		return true
	})
	for name := range asks {
		if !known[name] && len(wrong) == 0 {
			wrong = append(wrong, fmt.Errorf("the matrix knows a request of %s, which is no method of the contracts: take it out of the table", name))
		}
	}
	slices.SortFunc(all, func(a, b Method) int { return strings.Compare(a.Name, b.Name) })
	return all, wrong
}

func methodOf(d protoreflect.MethodDescriptor) (Method, error) {
	name := strings.TrimPrefix(string(d.Parent().FullName()), "holdfast.") + "/" + string(d.Name())
	access, _ := proto.GetExtension(d.Options(), typev1.E_Access).(*typev1.Access)
	if access == nil || len(access.Callers) == 0 && !access.Anonymous {
		return Method{}, fmt.Errorf("%s has no access rule: give it the option holdfast.type.v1.access", name)
	}
	ask, ok := asks[name]
	if !ok {
		return Method{}, fmt.Errorf("the matrix does not know what a request of %s is about: add a line to the table of requests in package matrix", name)
	}
	m := Method{Name: name, Service: strings.SplitN(name, ".", 2)[0], Access: access, Ask: ask, descriptor: d}
	if rule, ok := proto.GetExtension(d.Options(), annotations.E_Http).(*annotations.HttpRule); ok && rule != nil {
		m.HTTP = rule
	}
	return m, m.checkAsk()
}

// checkAsk makes sure that the table's line says what the request is about: an
// id that the path names must be one that the matrix varies.
func (m Method) checkAsk() error {
	for _, variable := range m.pathVariables() {
		value, ok := lookUp(m.Ask.fields(), variable)
		if text, isText := value.(string); !ok || !isText || !strings.Contains(text, "{") {
			return fmt.Errorf("the matrix's request of %s does not vary %s, which its path names", m.Name, variable)
		}
	}
	return nil
}
