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
	if (onetime.Entropy{1, 2, 4}).Token().Hash() == token.Hash() || onetime.Mint() == onetime.Mint() {
		t.Error("two tokens are one")
	}
}
