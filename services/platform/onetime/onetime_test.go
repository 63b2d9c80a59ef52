package onetime_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/holdfast-channel/holdfast/services/platform/onetime"
)

func TestToken_ShowsItselfOnlyWhenAsked(t *testing.T) {
	token := onetime.Entropy{1, 2, 3}.Token()
	if len(token.Reveal()) != 43 || strings.Trim(token.Reveal(), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		t.Errorf("%q does not fit into a link", token.Reveal())
	}
	for _, verb := range []string{"%s", "%v", "%+v", "%#v", "%q"} {
		if said := fmt.Sprintf(verb, token); strings.Contains(said, token.Reveal()) {
			t.Errorf("%s prints %s", verb, said)
		}
	}
	if onetime.Read(token.Reveal()).Hash() != token.Hash() {
		t.Error("the same token has another hash")
	}
	if (onetime.Entropy{1, 2, 4}).Token().Hash() == token.Hash() {
		t.Error("another token has the same hash")
	}
	if first, second := onetime.Mint(), onetime.Mint(); first == second {
		t.Error("the same token was minted twice")
	}
}
