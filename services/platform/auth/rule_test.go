package auth

import (
	"strings"
	"testing"

	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
)

func TestRuleOf_ReadsEveryMethodOfAContract(t *testing.T) {
	services := customerv1.File_holdfast_customer_v1_customer_proto.Services()
	for i := range services.Len() {
		methods := services.Get(i).Methods()
		for j := range methods.Len() {
			if _, err := RuleOf(methods.Get(j)); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestRuleOf_RefusesMethodsThatSayNothing(t *testing.T) {
	method := healthpb.File_grpc_health_v1_health_proto.Services().Get(0).Methods().Get(0)
	if _, err := RuleOf(method); err == nil || !strings.Contains(err.Error(), "says nothing about access") {
		t.Errorf("got %v", err)
	}
}

func TestRule_RefusesContradictions(t *testing.T) {
	tests := map[string]Rule{
		"names callers":    {anonymous: true, callers: []Kind{Admin}},
		"admits nobody":    {},
		"no kind":          {callers: []Kind{typev1.Caller_CALLER_UNSPECIFIED}},
		"does not admit":   {callers: []Kind{Admin}, services: []string{"crm"}},
		"act for partners": {callers: []Kind{Service}, services: []string{"crm"}, acting: []string{"bi"}},
	}
	for want, rule := range tests {
		if err := rule.check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
