package rest

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
)

// route is one path of the contract.
type route struct {
	verb    string // GET, POST, …
	pattern string // /v1/renewals/{renewal_id}:submit
	body    string // the field that the body fills, "*" for all, or ""
	bound   []string
	method  protoreflect.MethodDescriptor
	matches *regexp.Regexp
}

// routes are the paths of the contract, by verb and pattern.
type routes map[string]*route

// packages are those whose services have paths.
var packages = []protoreflect.FullName{
	customerv1.File_holdfast_customer_v1_customer_proto.Package(),
	partnerv1.File_holdfast_partner_v1_partner_proto.Package(),
	commissionv1.File_holdfast_commission_v1_margin_proto.Package(),
}

// readRoutes reads the paths from the contracts.
func readRoutes() (routes, error) {
	all := routes{}
	var wrong error
	for _, pkg := range packages {
		protoregistry.GlobalFiles.RangeFilesByPackage(pkg, func(f protoreflect.FileDescriptor) bool {
			wrong = all.addFile(f)
			return wrong == nil
		})
	}
	return all, wrong
}

func (all routes) addFile(f protoreflect.FileDescriptor) error {
	for i := range f.Services().Len() {
		methods := f.Services().Get(i).Methods()
		for j := range methods.Len() {
			if err := all.addMethod(methods.Get(j)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (all routes) addMethod(m protoreflect.MethodDescriptor) error {
	rule, _ := proto.GetExtension(m.Options(), annotations.E_Http).(*annotations.HttpRule)
	if rule == nil {
		return nil
	}
	for _, binding := range append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...) {
		r := &route{method: m, body: binding.GetBody()}
		switch p := binding.GetPattern().(type) {
		case *annotations.HttpRule_Get:
			r.verb, r.pattern = http.MethodGet, p.Get
		case *annotations.HttpRule_Post:
			r.verb, r.pattern = http.MethodPost, p.Post
		case *annotations.HttpRule_Patch:
			r.verb, r.pattern = http.MethodPatch, p.Patch
		case *annotations.HttpRule_Delete:
			r.verb, r.pattern = http.MethodDelete, p.Delete
		default:
			return fmt.Errorf("%s has a path of a kind that is not used here", m.FullName())
		}
		for _, name := range parameter.FindAllStringSubmatch(r.pattern, -1) {
			r.bound = append(r.bound, name[1])
		}
		r.matches = matcher(r.pattern)
		all[r.verb+" "+r.pattern] = r
	}
	return nil
}

var parameter = regexp.MustCompile(`\{([^}=]+)\}`)

// matcher matches the paths of a pattern.
func matcher(pattern string) *regexp.Regexp {
	literal := parameter.Split(pattern, -1)
	for i, part := range literal {
		literal[i] = regexp.QuoteMeta(part)
	}
	return regexp.MustCompile("^" + strings.Join(literal, "[^/:]+") + "$")
}

// verbs returns the methods that a path has, sorted.
func (all routes) verbs(path string) []string {
	var verbs []string
	for _, r := range all {
		if r.matches.MatchString(path) {
			verbs = append(verbs, r.verb)
		}
	}
	slices.Sort(verbs)
	return slices.Compact(verbs)
}

// of finds the route of a pattern as grpc-gateway writes it.
func (all routes) of(verb string, p runtime.Pattern) *route {
	return all[verb+" "+strings.ReplaceAll(p.String(), "=*}", "}")]
}
