package app

import (
	"strings"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

const (
	renewalPrefix      = "rnw_"
	subscriptionPrefix = "sub_"
	compactDate        = "YYYYMMDD"
)

// renewalID is made of the subscription and the end of its term.
func renewalID(subscriptionID string, due calendar.Date) string {
	return renewalPrefix + strings.TrimPrefix(subscriptionID, subscriptionPrefix) + "_" + strings.ReplaceAll(due.String(), "-", "")
}

// parseRenewalID takes apart what renewalID made; not ok for any other text.
func parseRenewalID(id string) (subscriptionID string, due calendar.Date, ok bool) {
	rest, found := strings.CutPrefix(id, renewalPrefix)
	cut := len(rest) - len("_"+compactDate)
	if !found || cut < 1 || rest[cut] != '_' {
		return "", calendar.Date{}, false
	}
	day := rest[cut+1:]
	due, err := calendar.ParseDate(day[:4] + "-" + day[4:6] + "-" + day[6:])
	return subscriptionPrefix + rest[:cut], due, err == nil
}
