package digest_test

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/proto"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/digest"
)

func of(t *testing.T, m proto.Message) []byte {
	t.Helper()
	sum, err := digest.Of(m, "request_id")
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestOf_TellsMeaningsApartAndNothingElse(t *testing.T) {
	request := &partnerv1.SuspendPartnerRequest{PartnerId: "softcat", RequestId: "first"}
	again := &partnerv1.SuspendPartnerRequest{PartnerId: "softcat", RequestId: "second"}
	other := &partnerv1.SuspendPartnerRequest{PartnerId: "kiwi-it", RequestId: "first"}
	sameBytes := &partnerv1.GetPartnerRequest{PartnerId: "softcat"}

	if !bytes.Equal(of(t, request), of(t, again)) {
		t.Error("the field to leave out changed the digest")
	}
	if bytes.Equal(of(t, request), of(t, other)) {
		t.Error("two requests have one digest")
	}
	if bytes.Equal(of(t, request), of(t, sameBytes)) {
		t.Error("two types have one digest")
	}
	if request.GetRequestId() != "first" {
		t.Error("the message was changed")
	}
}
