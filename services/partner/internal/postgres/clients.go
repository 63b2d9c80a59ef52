package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/holdfast-channel/holdfast/services/partner/internal/clients"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

const selectClient = `
	SELECT client_id, partner_id, service, display_name, scopes, revision, create_time, revoke_time
	FROM api_clients`

func scanClient(row pgx.CollectableRow) (c clients.Client, err error) {
	err = row.Scan(&c.ID, (*zeronull.Text)(&c.PartnerID), (*zeronull.Text)(&c.Service), &c.DisplayName, &c.Scopes,
		&c.Revision, instant(&c.CreateTime), instant(&c.RevokeTime))
	return c, err
}

// Client returns the client, or clients.ErrNotFound. It takes one round trip
// and the same statements whether there is such a client or not.
func (s *Store) Client(ctx context.Context, id clients.ID) (clients.Client, error) {
	return s.client(ctx, id, selectClient+` WHERE client_id = $1`)
}

// ClientForUpdate is Client, and keeps others from changing it meanwhile.
func (s *Store) ClientForUpdate(ctx context.Context, id clients.ID) (clients.Client, error) {
	return s.client(ctx, id, selectClient+` WHERE client_id = $1 FOR UPDATE`)
}

func (s *Store) client(ctx context.Context, id clients.ID, sql string) (c clients.Client, err error) {
	var batch pgx.Batch
	batch.Queue(sql, id).Query(func(rows pgx.Rows) (err error) {
		c, err = exactly(rows, clients.ErrNotFound, scanClient)
		return err
	})
	batch.Queue(selectSecrets, []clients.ID{id}).Query(func(rows pgx.Rows) (err error) {
		kept, err := pgx.CollectRows(rows, scanSecret)
		if err == nil {
			c.Secrets = secretsOf(c.ID, kept)
		}
		return err
	})
	err = s.tx.SendBatch(ctx, &batch).Close()
	return c, err
}

// Clients lists clients in the order of their ids.
func (s *Store) Clients(ctx context.Context, q clients.Query) ([]clients.Client, error) {
	found, err := all(ctx, s, scanClient, selectClient+`
		WHERE client_id > $1
		AND ($2 = '' OR partner_id = $2)
		ORDER BY client_id
		LIMIT $3`, q.After, q.Partner, q.Limit)
	if err != nil {
		return nil, err
	}
	return found, s.fillSecrets(ctx, found)
}

// InsertClient adds c with its secrets, or returns partners.ErrNotFound.
func (s *Store) InsertClient(ctx context.Context, c clients.Client) error {
	_, err := s.tx.Exec(ctx, `
		INSERT INTO api_clients (client_id, partner_id, service, display_name, scopes, revision, create_time)
		VALUES (@id, @partner, @service, @display, @scopes, @revision, @created)`,
		pgx.StrictNamedArgs{
			"id": c.ID, "partner": zeronull.Text(c.PartnerID), "service": zeronull.Text(c.Service),
			"display": c.DisplayName, "scopes": scopeTexts(c.Scopes), "revision": c.Revision, "created": c.CreateTime,
		})
	if pg.Constraint(err) == "api_clients_of_a_partner" {
		return partners.ErrNotFound.On("partner_id")
	}
	if err != nil {
		return fmt.Errorf("insert client: %w", err)
	}
	return s.replaceSecrets(ctx, c)
}

// UpdateClient writes whether c is revoked, and its secrets.
func (s *Store) UpdateClient(ctx context.Context, c clients.Client) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE api_clients
		SET revoke_time = $2, revision = $3
		WHERE client_id = $1`, c.ID, instant(&c.RevokeTime), c.Revision)
	if err != nil {
		return fmt.Errorf("update client %s: %w", c.ID, err)
	}
	return s.replaceSecrets(ctx, c)
}

// RevokedSince lists the clients revoked at an instant or later.
func (s *Store) RevokedSince(ctx context.Context, since time.Time) ([]clients.ID, error) {
	return all(ctx, s, pgx.RowTo[clients.ID], `
		SELECT client_id
		FROM api_clients
		WHERE revoke_time >= $1
		ORDER BY client_id`, since)
}

// LockServiceClients lets one process at a time bring the services' clients up
// to date, until the transaction ends.
func (s *Store) LockServiceClients(ctx context.Context) error {
	_, err := s.tx.Exec(ctx, `
		SELECT pg_advisory_xact_lock(hashtext('api_clients.services'))`)
	return err
}

// scopeTexts is never nil, which would be NULL.
func scopeTexts(scopes []clients.Scope) []string {
	texts := make([]string, len(scopes))
	for i, scope := range scopes {
		texts[i] = string(scope)
	}
	return texts
}
