package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/holdfast-channel/holdfast/services/partner/internal/clients"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// ServiceClient is the identity of one of the vendor's services, with a secret
// that both sides have from their configuration.
type ServiceClient struct {
	ID      clients.ID
	Service string
	Secret  string
}

// EnsureServiceClients makes the stored identities of services those given: it
// adds what is new, and turns a changed secret into a rotation. A revoked
// client stays revoked, and others are left alone.
func (a *App) EnsureServiceClients(ctx context.Context, wanted []ServiceClient) error {
	ctx = pg.WithScope(ctx, pg.System())
	return a.store.InTx(ctx, func(tx *postgres.Store) error {
		if err := tx.LockServiceClients(ctx); err != nil {
			return err
		}
		for _, w := range wanted {
			if err := a.ensureServiceClient(ctx, tx, w); err != nil {
				return fmt.Errorf("service client %s: %w", w.ID, err)
			}
		}
		return nil
	})
}

func (a *App) ensureServiceClient(ctx context.Context, tx *postgres.Store, w ServiceClient) error {
	current, err := tx.ClientForUpdate(ctx, w.ID)
	if errors.Is(err, clients.ErrNotFound) {
		return a.addServiceClient(ctx, tx, w)
	}
	if err != nil {
		return err
	}
	if current.Service != w.Service {
		return clients.ErrInvalid.Because("the client id stands for another owner")
	}
	if current.Revoked() || current.Holds(w.Secret) {
		return nil
	}
	rotated, err := current.Rotate(clients.Rotation{Secret: w.Secret, Overlap: clients.UsualOverlap, At: a.instant()})
	if err != nil {
		return err
	}
	if err := tx.UpdateClient(ctx, rotated); err != nil {
		return err
	}
	return a.recordClient(ctx, tx, "api_client.rotated", rotated)
}

func (a *App) addServiceClient(ctx context.Context, tx *postgres.Store, w ServiceClient) error {
	added, err := clients.Register(clients.Client{ID: w.ID, Service: w.Service, DisplayName: w.Service}, w.Secret, a.instant())
	if err != nil {
		return err
	}
	if err := tx.InsertClient(ctx, added); err != nil {
		return err
	}
	return a.recordClient(ctx, tx, "api_client.created", added)
}
