// Package caller tells a use case for whom it works: who calls, for which partner,
// and what the service does by itself.
package caller

import (
	"context"
	"slices"

	"github.com/holdfast-channel/holdfast/services/commission/internal/selling"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

// Seller returns the partner for whom is asked. Partners ask for themselves,
// whether they say so or not; another partner is to them like one that does
// not exist.
func Seller(ctx context.Context, asked string) (string, error) {
	c, _ := auth.From(ctx)
	own := c.Partner()
	switch {
	case own == "" && asked == "":
		return "", rpcerr.RequestInvalid.Because("say which partner sells").On("partner_id")
	case own == "" || asked == own || slices.Contains(c.PartnerIDs, asked):
		return asked, nil
	case asked == "":
		return own, nil
	}
	return "", selling.ErrNoPartner.On("partner_id")
}

// Whose returns whose rows a list is of: the partner that is asked for, or else the
// caller's own. It would see no others anyway; named, the database finds them in
// their order.
func Whose(ctx context.Context, asked string) string {
	c, _ := auth.From(ctx)
	if asked == "" && len(c.PartnerIDs) <= 1 {
		return c.Partner()
	}
	return asked
}

// Actor names the caller in events.
func Actor(ctx context.Context) string {
	c, _ := auth.From(ctx)
	return c.String()
}

// Person is the subject of the caller, who decides.
func Person(ctx context.Context) string {
	c, _ := auth.From(ctx)
	return c.Subject
}

// itself is who does what follows from a verdict, whoever's call brought it.
var itself = auth.Caller{Service: "commission"}

// AsItself is the context of what the service does by itself: by the clock, or
// because of what another service told.
func AsItself(ctx context.Context) context.Context {
	return auth.With(pg.WithScope(auth.ActFor(ctx, ""), pg.System()), itself)
}
