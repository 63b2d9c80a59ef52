package app

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/holdfast-channel/holdfast/services/partner/internal/clients"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// CreateApiClient registers a client and returns it with its secret. A repeated
// request gets an empty secret: it was never stored.
func (a *App) CreateApiClient(ctx context.Context, wanted clients.Client) (created clients.Client, secret string, err error) {
	err = once(ctx, a, &created, func(tx *postgres.Store) (err error) {
		text := newSecret()
		wanted.ID = clients.ID(ident.New("cli_"))
		if created, err = clients.Register(wanted, text, a.instant()); err != nil {
			return err
		}
		if err := tx.InsertClient(ctx, created); err != nil {
			return err
		}
		secret = text
		return a.recordClient(ctx, tx, "api_client.created", created)
	})
	return created, handed(created, secret), err
}

// GetApiClient returns the client, or clients.ErrNotFound.
func (a *App) GetApiClient(ctx context.Context, id clients.ID) (found clients.Client, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.Client(ctx, id)
		return err
	})
	return a.shown(found), err
}

// ListApiClients lists clients in the order of their ids.
func (a *App) ListApiClients(ctx context.Context, q clients.Query) (found []clients.Client, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		found, err = tx.Clients(ctx, q)
		return err
	})
	for i := range found {
		found[i] = a.shown(found[i])
	}
	return found, err
}

// shown is c as its readers see it: with the secrets that are still good.
func (a *App) shown(c clients.Client) clients.Client {
	c.Secrets = c.LiveSecrets(a.instant())
	return c
}

// RotateApiClient gives a client a new secret and returns it; the old ones stay
// good for the overlap. A repeated request gets an empty secret.
func (a *App) RotateApiClient(ctx context.Context, id clients.ID, overlap time.Duration) (rotated clients.Client, secret string, err error) {
	err = once(ctx, a, &rotated, func(tx *postgres.Store) error {
		current, err := tx.ClientForUpdate(ctx, id)
		if err != nil {
			return err
		}
		text := newSecret()
		rotated, err = current.Rotate(clients.Rotation{Secret: text, Overlap: overlap, At: a.instant()})
		if err != nil {
			return err
		}
		if err := tx.UpdateClient(ctx, rotated); err != nil {
			return err
		}
		secret = text
		return a.recordClient(ctx, tx, "api_client.rotated", rotated)
	})
	return rotated, handed(rotated, secret), err
}

// RevokeApiClient ends a client for good. Revoking it again changes nothing.
func (a *App) RevokeApiClient(ctx context.Context, id clients.ID) (clients.Client, error) {
	var revoked clients.Client
	err := once(ctx, a, &revoked, func(tx *postgres.Store) error {
		current, err := tx.ClientForUpdate(ctx, id)
		if err != nil {
			return err
		}
		revoked = current.Revoke(a.instant())
		if current.Revoked() {
			return nil
		}
		if err := tx.UpdateClient(ctx, revoked); err != nil {
			return err
		}
		return a.recordClient(ctx, tx, "api_client.revoked", revoked)
	})
	return revoked, err
}

// ListRevokedClients lists the clients revoked so recently that a token of
// theirs may still be out.
func (a *App) ListRevokedClients(ctx context.Context) (revoked []clients.ID, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		revoked, err = tx.RevokedSince(ctx, clients.RevocationHorizon(a.instant()))
		return err
	})
	return revoked, err
}

// recordClient leaves out even the hints of secrets: the feed has many readers.
func (a *App) recordClient(ctx context.Context, tx *postgres.Store, kind string, c clients.Client) error {
	c.Secrets = nil
	return a.record(ctx, tx, change{kind: kind, id: string(c.ID), partner: string(c.PartnerID), revision: c.Revision, snapshot: c})
}

// handed returns a secret that was made for c, if it is the one that c has. A
// transaction that made one may have been rolled back, and its repetition may
// have found that another call with the same request id was faster.
func handed(c clients.Client, secret string) string {
	if !c.Hints(secret) {
		return ""
	}
	return secret
}

func newSecret() string {
	var entropy clients.Entropy
	_, _ = rand.Read(entropy[:]) // never fails: it ends the program instead
	return entropy.Text()
}
