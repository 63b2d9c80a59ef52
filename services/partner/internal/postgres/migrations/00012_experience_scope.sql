-- Partners' clients may ask for their table of scores. Clients that have every
-- scope there was go on having all, as when scopes were added before; those that
-- were narrowed on purpose stay narrow.

-- +goose Up

WITH widened AS (
    UPDATE api_clients
    SET scopes = scopes || ARRAY['experience:read'],
        revision = revision + 1
    WHERE partner_id IS NOT NULL
    AND revoke_time IS NULL
    AND scopes @> ARRAY['catalogue:read', 'customers:read', 'subscriptions:read', 'partner:read', 'margin:read',
        'quotes:write', 'renewals:read', 'renewals:write', 'clients:manage',
        'transfers:read', 'transfers:write', 'deals:read', 'deals:write', 'orders:read', 'orders:write',
        'statements:read', 'statements:write', 'forecast:read']
    AND NOT scopes && ARRAY['experience:read']
    RETURNING *
)
INSERT INTO events (kind, resource_id, revision, actor, partner_id, occur_time, snapshot)
SELECT
    'api_client.widened', client_id, revision, 'migration', partner_id, now(),
    jsonb_build_object(
        'id', client_id, 'partner_id', partner_id, 'service', '', 'display_name', display_name, 'scopes', to_jsonb(scopes),
        'secrets', NULL, 'revision', revision, 'create_time', create_time)
FROM widened
ORDER BY client_id;
