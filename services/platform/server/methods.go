package server

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/holdfast-channel/holdfast/services/platform/auth"
)

// method is what the chain knows about one method, worked out before the first
// call.
type method struct {
	name      string // "/holdfast.customer.v1.CustomerService/GetCustomer"
	rule      *auth.Rule
	foreign   bool // health or reflection: not of our contract
	input     protoreflect.MessageDescriptor
	requestID protoreflect.FieldDescriptor // nil where the request has none
	watches   bool                         // only the server streams, so that a stop may cut it
	single    bool                         // the client sends one message

	latency *prometheus.HistogramVec
	byCode  [codes.Unauthenticated + 1]atomic.Pointer[prometheus.Observer]
}

// foreignServices are those that grpc-go brings along.
var foreignServices = map[string]bool{
	"grpc.health.v1.Health":                    true,
	"grpc.reflection.v1.ServerReflection":      true,
	"grpc.reflection.v1alpha.ServerReflection": true,
}

// describe returns every method of the registered services. A method whose
// descriptor or access rule is missing is an error, all of them at once.
func describe(services map[string]grpc.ServiceInfo, latency *prometheus.HistogramVec) (map[string]*method, error) {
	methods := map[string]*method{}
	var mistakes []error
	for service, info := range services {
		for _, m := range info.Methods {
			described, err := describeMethod(service, m)
			if err != nil {
				mistakes = append(mistakes, err)
				continue
			}
			described.latency = latency
			methods[described.name] = described
		}
	}
	return methods, errors.Join(mistakes...)
}

func describeMethod(service string, info grpc.MethodInfo) (*method, error) {
	m := &method{name: "/" + service + "/" + info.Name, single: !info.IsClientStream}
	if foreignServices[service] {
		m.foreign, m.rule, m.watches = true, auth.Open, info.IsServerStream
		return m, nil
	}
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service + "." + info.Name))
	if err != nil {
		return nil, fmt.Errorf("method %s: %w", m.name, err)
	}
	d, ok := found.(protoreflect.MethodDescriptor)
	if !ok {
		return nil, fmt.Errorf("method %s is no method in its descriptor", m.name)
	}
	if m.rule, err = auth.RuleOf(d); err != nil {
		return nil, err
	}
	m.input = d.Input()
	if f := m.input.Fields().ByName("request_id"); f != nil && f.Kind() == protoreflect.StringKind && !f.IsList() {
		m.requestID = f
	}
	m.watches = info.IsServerStream && !info.IsClientStream
	return m, nil
}

// observer returns the histogram of a status code. Series exist once there has
// been such a call, and are found without a lookup from then on.
func (m *method) observer(code codes.Code) prometheus.Observer {
	if int(code) >= len(m.byCode) {
		code = codes.Unknown
	}
	if o := m.byCode[code].Load(); o != nil {
		return *o
	}
	o := m.latency.WithLabelValues(strings.TrimPrefix(m.name, "/"), code.String())
	m.byCode[code].Store(&o)
	return o
}

// newLatency registers the histogram of all methods.
func newLatency(registry prometheus.Registerer) (*prometheus.HistogramVec, error) {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "rpc_server_duration_seconds",
		Help:    "Time from the start of a call to its answer.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"method", "code"})
	return h, registry.Register(h)
}
