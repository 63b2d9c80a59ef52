-- The programs that may ask for tokens. A client without a partner is one of
-- the vendor's services, which no partner's caller can see.

-- +goose Up

CREATE TABLE api_clients (
    client_id    text        NOT NULL,
    partner_id   text,
    service      text,
    display_name text        NOT NULL DEFAULT '',
    scopes       text[]      NOT NULL DEFAULT '{}',
    revision     bigint      NOT NULL,
    create_time  timestamptz NOT NULL,
    revoke_time  timestamptz,
    CONSTRAINT api_clients_pkey PRIMARY KEY (client_id),
    CONSTRAINT api_clients_of_a_partner FOREIGN KEY (partner_id) REFERENCES partners,
    CONSTRAINT api_clients_one_owner CHECK ((partner_id IS NULL) <> (service IS NULL)),
    CONSTRAINT api_clients_services_have_no_scopes CHECK (service IS NULL OR scopes = '{}')
);
CREATE INDEX api_clients_of_partner ON api_clients (partner_id, client_id);
CREATE INDEX api_clients_revoked ON api_clients (revoke_time) WHERE revoke_time IS NOT NULL;
CALL holdfast_wall('api_clients');

-- The SHA-256 of each secret of 256 random bits; the newest has ordinal 0.
CREATE TABLE client_secrets (
    client_id   text        NOT NULL,
    ordinal     smallint    NOT NULL,
    partner_id  text,
    hash        bytea       NOT NULL,
    hint        text        NOT NULL,
    create_time timestamptz NOT NULL,
    expire_time timestamptz,
    CONSTRAINT client_secrets_pkey PRIMARY KEY (client_id, ordinal),
    CONSTRAINT client_secrets_of_a_client FOREIGN KEY (client_id) REFERENCES api_clients,
    CONSTRAINT client_secrets_at_most_three CHECK (ordinal BETWEEN 0 AND 2),
    CONSTRAINT client_secrets_hashed CHECK (octet_length(hash) = 32)
);
CALL holdfast_wall('client_secrets');

-- A partner's caller may rotate and revoke its clients, but neither make nor
-- delete one.
-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('REVOKE INSERT, DELETE ON api_clients FROM %I', holdfast_role('app'));
END
$$;
-- +goose StatementEnd
