package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/holdfast-channel/holdfast/services/partner/internal/clients"
)

const selectSecrets = `
	SELECT client_id, hash, hint, create_time, expire_time
	FROM client_secrets
	WHERE client_id = ANY ($1)
	ORDER BY client_id, ordinal`

// secret is a row of client_secrets.
type secret struct {
	client clients.ID
	clients.Secret
}

func scanSecret(row pgx.CollectableRow) (s secret, err error) {
	var hash []byte
	if err := row.Scan(&s.client, &hash, &s.Hint, instant(&s.CreateTime), instant(&s.ExpireTime)); err != nil {
		return s, err
	}
	if copy(s.Hash[:], hash) != len(s.Hash) {
		return s, fmt.Errorf("a secret of client %s has a hash of %d bytes", s.client, len(hash))
	}
	return s, nil
}

// fillSecrets gives each client its secrets.
func (s *Store) fillSecrets(ctx context.Context, found []clients.Client) error {
	ids := make([]clients.ID, len(found))
	for i := range found {
		ids[i] = found[i].ID
	}
	kept, err := all(ctx, s, scanSecret, selectSecrets, ids)
	if err != nil {
		return err
	}
	for i := range found {
		found[i].Secrets = secretsOf(found[i].ID, kept)
	}
	return nil
}

func secretsOf(id clients.ID, kept []secret) (own []clients.Secret) {
	for _, s := range kept {
		if s.client == id {
			own = append(own, s.Secret)
		}
	}
	return own
}

// replaceSecrets makes the stored secrets those of c.
func (s *Store) replaceSecrets(ctx context.Context, c clients.Client) error {
	var (
		hashes  [][]byte
		hints   []string
		created []time.Time
		expires []zeronull.Timestamptz
	)
	for _, kept := range c.Secrets {
		hashes = append(hashes, kept.Hash[:])
		hints = append(hints, kept.Hint)
		created = append(created, kept.CreateTime)
		expires = append(expires, zeronull.Timestamptz(kept.ExpireTime))
	}
	_, err := s.tx.Exec(ctx, `
		DELETE FROM client_secrets
		WHERE client_id = $1`, c.ID)
	if err != nil {
		return fmt.Errorf("clear secrets of client %s: %w", c.ID, err)
	}
	_, err = s.tx.Exec(ctx, `
		INSERT INTO client_secrets (client_id, ordinal, partner_id, hash, hint, create_time, expire_time)
		SELECT @client, given.place - 1, @partner, given.hash, given.hint, given.created, given.expires
		FROM unnest(@hashes::bytea[], @hints::text[], @created::timestamptz[], @expires::timestamptz[])
			WITH ORDINALITY AS given (hash, hint, created, expires, place)`,
		pgx.StrictNamedArgs{
			"client": c.ID, "partner": zeronull.Text(c.PartnerID),
			"hashes": hashes, "hints": hints, "created": created, "expires": expires,
		})
	if err != nil {
		return fmt.Errorf("write secrets of client %s: %w", c.ID, err)
	}
	return nil
}
