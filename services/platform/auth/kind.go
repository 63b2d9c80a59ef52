package auth

import (
	"strings"

	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
)

// The kinds of caller, by short names.
const (
	Partner    = typev1.Caller_CALLER_PARTNER
	Channel    = typev1.Caller_CALLER_CHANNEL
	Finance    = typev1.Caller_CALLER_FINANCE
	Experience = typev1.Caller_CALLER_EXPERIENCE
	Admin      = typev1.Caller_CALLER_ADMIN
	Service    = typev1.Caller_CALLER_SERVICE
)

// KindName is the name of k without its prefix: "CHANNEL".
func KindName(k Kind) string {
	return strings.TrimPrefix(k.String(), "CALLER_")
}

// staffKind reads the name of a role that people may hold.
func staffKind(name string) (Kind, bool) {
	k := Kind(typev1.Caller_value["CALLER_"+name])
	return k, k == Channel || k == Finance || k == Experience || k == Admin
}
