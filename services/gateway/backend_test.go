package gateway

import (
	"context"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
)

// backend serves every method of the three services behind the real chain, and
// remembers what it was asked. It answers with an empty message unless a test
// says otherwise.
type backend struct {
	mu      sync.Mutex
	calls   []call
	answers map[string]func(context.Context, proto.Message) (proto.Message, error)
}

// call is one call as it arrived.
type call struct {
	method   string // "/holdfast.commission.v1.MarginService/CalculateMargin"
	metadata metadata.MD
	request  proto.Message
}

// answer makes the methods of this name answer by f.
func (b *backend) answer(method string, f func(context.Context, proto.Message) (proto.Message, error)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.answers == nil {
		b.answers = map[string]func(context.Context, proto.Message) (proto.Message, error){}
	}
	b.answers[method] = f
}

// fails makes the methods of this name refuse.
func (b *backend) fails(method string, err error) {
	b.answer(method, func(context.Context, proto.Message) (proto.Message, error) { return nil, err })
}

// last returns the latest call, and false if there was none.
func (b *backend) last() (call, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.calls) == 0 {
		return call{}, false
	}
	return b.calls[len(b.calls)-1], true
}

// descriptions are the services with a path, and the token service.
var descriptions = []grpc.ServiceDesc{
	customerv1.CustomerService_ServiceDesc, customerv1.CatalogueService_ServiceDesc, customerv1.RetentionService_ServiceDesc, customerv1.SubscriptionService_ServiceDesc,
	customerv1.ImportService_ServiceDesc, customerv1.ExperienceService_ServiceDesc, customerv1.ReportService_ServiceDesc, customerv1.EventService_ServiceDesc,
	partnerv1.PartnerService_ServiceDesc, partnerv1.CodeService_ServiceDesc, partnerv1.ApiClientService_ServiceDesc,
	partnerv1.TransferService_ServiceDesc, partnerv1.ConductService_ServiceDesc, partnerv1.DealRegistrationService_ServiceDesc,
	partnerv1.PayoutAccountService_ServiceDesc, partnerv1.TokenService_ServiceDesc, partnerv1.EventService_ServiceDesc,
	commissionv1.RateCardService_ServiceDesc, commissionv1.MarginService_ServiceDesc, commissionv1.QuoteService_ServiceDesc,
	commissionv1.RenewalService_ServiceDesc, commissionv1.OrderService_ServiceDesc, commissionv1.LedgerService_ServiceDesc,
	commissionv1.StatementService_ServiceDesc, commissionv1.DisputeService_ServiceDesc, commissionv1.PayoutService_ServiceDesc,
	commissionv1.ForecastService_ServiceDesc, commissionv1.ReconciliationService_ServiceDesc, commissionv1.EventService_ServiceDesc,
}

func (b *backend) register(to grpc.ServiceRegistrar) {
	for _, d := range descriptions {
		served := grpc.ServiceDesc{ServiceName: d.ServiceName, Metadata: d.Metadata}
		for _, m := range d.Methods {
			served.Methods = append(served.Methods, grpc.MethodDesc{MethodName: m.MethodName, Handler: b.handler(d.ServiceName, m.MethodName)})
		}
		to.RegisterService(&served, nil)
	}
}

func (b *backend) handler(service, method string) grpc.MethodHandler {
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service + "." + method))
	if err != nil {
		panic(err)
	}
	d := found.(protoreflect.MethodDescriptor)
	full := "/" + service + "/" + method
	return func(srv any, ctx context.Context, decode func(any) error, around grpc.UnaryServerInterceptor) (any, error) {
		request := newMessage(d.Input())
		if err := decode(request); err != nil {
			return nil, err
		}
		serve := func(ctx context.Context, request any) (any, error) {
			return b.serve(ctx, full, d, request.(proto.Message))
		}
		return around(ctx, request, &grpc.UnaryServerInfo{Server: srv, FullMethod: full}, serve)
	}
}

func (b *backend) serve(ctx context.Context, full string, d protoreflect.MethodDescriptor, request proto.Message) (proto.Message, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	b.mu.Lock()
	b.calls = append(b.calls, call{full, md, request})
	answer := b.answers[string(d.Name())]
	b.mu.Unlock()
	if answer == nil {
		return newMessage(d.Output()), nil
	}
	return answer(ctx, request)
}

func newMessage(d protoreflect.MessageDescriptor) proto.Message {
	t, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		panic(err)
	}
	return t.New().Interface()
}

// answerExample makes the method of an operation answer with an example in
// JSON, which must fit its message.
func (g *gate) answerExample(t *testing.T, operation string, example []byte) {
	t.Helper()
	pkg, rest, _ := strings.Cut(operation, ".")
	service, method, _ := strings.Cut(rest, "_")
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName("holdfast." + pkg + ".v1." + service + "." + method))
	if err != nil {
		t.Fatal(err)
	}
	answer := newMessage(found.(protoreflect.MethodDescriptor).Output())
	if err := protojson.Unmarshal(example, answer); err != nil {
		t.Fatalf("example of %s: %v", operation, err)
	}
	g.backend.answer(method, func(context.Context, proto.Message) (proto.Message, error) { return answer, nil })
}
