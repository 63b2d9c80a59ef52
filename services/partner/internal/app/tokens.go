package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/partner/internal/clients"
	"github.com/holdfast-channel/holdfast/services/partner/internal/mergers"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// Tokens is how tokens are signed. Signer returns the keys of the moment. Now is
// the machine's time, whatever clock the rules go by: it is that of those who
// verify them.
type Tokens struct {
	Issuer, Audience string
	Signer           func() *auth.Signer
	Now              func() time.Time
}

// Token is an access token.
type Token struct {
	Text  string
	Life  time.Duration
	Scope string
}

// IssueToken gives a client that proves itself a token. An unknown client
// costs the same statements and comparisons as a wrong secret.
func (a *App) IssueToken(ctx context.Context, id clients.ID, application clients.Application) (Token, error) {
	application.At = a.instant()
	if err := application.Check(); err != nil {
		return Token{}, err
	}
	client, names, err := a.applicant(ctx, id)
	if err != nil {
		return Token{}, err
	}
	grant, err := client.Grant(application)
	if err != nil {
		return Token{}, err
	}
	text, err := a.tokens.Signer().Sign(a.claims(grant, names.ActsFor(client.PartnerID), a.tokens.Now()))
	if err != nil {
		return Token{}, fmt.Errorf("token of client %s: %w", id, err)
	}
	return Token{Text: text, Life: clients.TokenLife, Scope: grant.Scope()}, nil
}

// applicant returns the client with this id, or the zero Client, and which
// partner acts for which. Who asks is not known yet, so nobody's scope applies.
func (a *App) applicant(ctx context.Context, id clients.ID) (found clients.Client, names mergers.Names, err error) {
	if len(id) > clients.LongestID {
		return clients.Client{}, nil, nil
	}
	ctx = pg.WithScope(ctx, pg.System())
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		if names, err = tx.MergedNames(ctx); err != nil {
			return err
		}
		found, err = tx.Client(ctx, id)
		return err
	})
	if errors.Is(err, clients.ErrNotFound) {
		return clients.Client{}, names, nil
	}
	return found, names, err
}

// claims says who the client is. A partner acts for its own id and for those
// that it absorbed; a merger made or reverted since counts from the next token.
func (a *App) claims(g clients.Grant, actsFor []partners.ID, now time.Time) auth.Claims {
	c := auth.Claims{
		Issuer: a.tokens.Issuer, Audience: a.tokens.Audience,
		Subject: string(g.Client.ID), ClientID: string(g.Client.ID), ID: ident.New("tok_"),
		IssuedAt: now.Unix(), NotBefore: now.Unix(), ExpiresAt: now.Add(clients.TokenLife).Unix(),
	}
	if g.Client.Service != "" {
		c.Roles, c.Service = []string{"service"}, g.Client.Service
		return c
	}
	c.Roles, c.PartnerID, c.Scope = []string{"partner"}, string(g.Client.PartnerID), g.Scope()
	for _, id := range actsFor {
		c.PartnerIDs = append(c.PartnerIDs, string(id))
	}
	return c
}

// GetKeySet returns the JSON Web Key Set that tokens are verified with.
func (a *App) GetKeySet() []byte { return a.tokens.Signer().JWKS() }
