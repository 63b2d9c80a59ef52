-- What every service's database holds before the service's own tables. It runs
-- as <service>_owner and derives the other roles from that name.

-- +goose Up

-- The role of this service for kind: holdfast_role('app') is customer_app in
-- the customer service's migrations.
CREATE FUNCTION holdfast_role(kind text) RETURNS text
    LANGUAGE sql STABLE
    RETURN substring(current_user FROM '^(.+)_owner$') || '_' || kind;

-- The partners whose rows this transaction may touch. Where nobody said, none.
CREATE FUNCTION holdfast_partner_ids() RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(nullif(current_setting('holdfast.partner_ids', true), '')::text[], '{}');

-- Puts the wall around a table with a column partner_id: the app role sees and
-- writes the rows of the transaction's partners, the system role all, and the
-- owner all, for migrations. The partners are asked for once a statement, by a
-- subquery, and not once a row.
-- +goose StatementBegin
CREATE PROCEDURE holdfast_wall(walled regclass)
    LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', walled);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', walled);
    EXECUTE format(
        'CREATE POLICY partner_rows ON %s TO %I USING (partner_id = ANY ((SELECT holdfast_partner_ids())::text[])) WITH CHECK (partner_id = ANY ((SELECT holdfast_partner_ids())::text[]))',
        walled, holdfast_role('app'));
    EXECUTE format('CREATE POLICY system_rows ON %s TO %I USING (true) WITH CHECK (true)', walled, holdfast_role('system'));
    EXECUTE format('CREATE POLICY owner_rows ON %s TO %I USING (true) WITH CHECK (true)', walled, current_user);
END
$$;
-- +goose StatementEnd

-- Tables made from here on are open to both roles, row-level security permitting.
-- +goose StatementBegin
DO $$
BEGIN
    IF holdfast_role('app') IS NULL THEN
        RAISE EXCEPTION 'migrations run as <service>_owner, not as %', current_user;
    END IF;
    EXECUTE format('ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I, %I',
        holdfast_role('app'), holdfast_role('system'));
    EXECUTE format('ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO %I, %I',
        holdfast_role('app'), holdfast_role('system'));
END
$$;
-- +goose StatementEnd

-- The answers given to mutations, by caller and request id. scope holds the
-- partners of the transaction that stored the row; who may act for all of them
-- may read it.
CREATE TABLE idempotency_keys (
    caller              text        NOT NULL,
    request_id          text        NOT NULL,
    method              text        NOT NULL,
    fingerprint         bytea       NOT NULL,
    fingerprint_version smallint    NOT NULL,
    scope               text[]      NOT NULL DEFAULT holdfast_partner_ids(),
    answer              jsonb       NOT NULL,
    create_time         timestamptz NOT NULL DEFAULT now(),
    expire_time         timestamptz NOT NULL DEFAULT now() + interval '30 days',
    CONSTRAINT idempotency_keys_one_answer PRIMARY KEY (caller, request_id)
);
CREATE INDEX idempotency_keys_expire_time ON idempotency_keys (expire_time);

ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;

-- What happened, for the services above. position is stamped after commit, and
-- only what has one is delivered.
CREATE TABLE events (
    id          bigint      GENERATED ALWAYS AS IDENTITY,
    position    bigint,
    kind        text        NOT NULL,
    resource_id text        NOT NULL,
    revision    bigint      NOT NULL,
    actor       text        NOT NULL,
    partner_id  text,
    occur_time  timestamptz NOT NULL,
    snapshot    jsonb       NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (id),
    CONSTRAINT events_one_position UNIQUE (position),
    CONSTRAINT events_position_starts_at_1 CHECK (position > 0)
);
CREATE INDEX events_unsequenced ON events (id) WHERE position IS NULL;

ALTER TABLE events ENABLE ROW LEVEL SECURITY;
ALTER TABLE events FORCE ROW LEVEL SECURITY;

-- How far this service has consumed the feeds of others.
CREATE TABLE feed_positions (
    feed        text        NOT NULL,
    position    bigint      NOT NULL,
    update_time timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT feed_positions_pkey PRIMARY KEY (feed),
    CONSTRAINT feed_positions_not_negative CHECK (position >= 0)
);

-- Answers and events are written once: nobody may change them, and partners'
-- callers may not read the feed at all.
-- +goose StatementBegin
DO $$
DECLARE
    app    text := holdfast_role('app');
    system text := holdfast_role('system');
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE ON idempotency_keys FROM %I', app);
    EXECUTE format('REVOKE UPDATE ON idempotency_keys FROM %I', system);
    EXECUTE format(
        'CREATE POLICY partner_rows ON idempotency_keys TO %I USING (scope <> ''{}'' AND scope <@ holdfast_partner_ids()) WITH CHECK (scope <> ''{}'' AND scope <@ holdfast_partner_ids())',
        app);
    EXECUTE format('CREATE POLICY system_rows ON idempotency_keys TO %I USING (true) WITH CHECK (true)', system);
    EXECUTE format('CREATE POLICY owner_rows ON idempotency_keys TO %I USING (true) WITH CHECK (true)', current_user);

    EXECUTE format('REVOKE ALL ON events FROM %I, %I', app, system);
    EXECUTE format('GRANT INSERT ON events TO %I', app);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE (position) ON events TO %I', system);
    EXECUTE format(
        'CREATE POLICY partner_rows ON events FOR INSERT TO %I WITH CHECK (partner_id IS NULL OR partner_id = ANY (holdfast_partner_ids()))',
        app);
    EXECUTE format('CREATE POLICY system_rows ON events TO %I USING (true) WITH CHECK (true)', system);
    EXECUTE format('CREATE POLICY owner_rows ON events TO %I USING (true) WITH CHECK (true)', current_user);

    EXECUTE format('REVOKE ALL ON feed_positions FROM %I', app);
    EXECUTE format('REVOKE DELETE ON feed_positions FROM %I', system);
END
$$;
-- +goose StatementEnd
