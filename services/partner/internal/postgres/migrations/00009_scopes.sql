-- Partners' clients may ask for more: transfers, deals and orders.
--
-- A client that was created without naming scopes has all that there were, by
-- name. It keeps having all: whoever meant "everything" goes on doing so. A
-- client that was created with fewer was narrowed on purpose and stays narrow,
-- even if it lacks a single one. A revoked one is left alone.

-- +goose Up

WITH widened AS (
    UPDATE api_clients
    SET scopes = scopes || ARRAY['transfers:read', 'transfers:write', 'deals:read', 'deals:write', 'orders:read', 'orders:write'],
        revision = revision + 1
    WHERE partner_id IS NOT NULL
    AND revoke_time IS NULL
    AND scopes @> ARRAY['catalogue:read', 'customers:read', 'subscriptions:read', 'partner:read', 'margin:read',
        'quotes:write', 'renewals:read', 'renewals:write', 'clients:manage']
    AND NOT scopes && ARRAY['transfers:read', 'transfers:write', 'deals:read', 'deals:write', 'orders:read', 'orders:write']
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
