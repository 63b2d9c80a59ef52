-- Partners and what they have agreed with the vendor.

-- +goose Up

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE partners (
    partner_id   text        NOT NULL,
    display_name text        NOT NULL,
    legal_name   text        NOT NULL DEFAULT '',
    type         text        NOT NULL,
    country      char(2)     NOT NULL,
    state        text        NOT NULL,
    cause        text        NOT NULL DEFAULT '',
    suspend_date date,
    revision     bigint      NOT NULL,
    create_time  timestamptz NOT NULL,
    update_time  timestamptz NOT NULL,
    CONSTRAINT partners_pkey PRIMARY KEY (partner_id),
    CONSTRAINT partners_id_readable CHECK (partner_id ~ '^[a-z][a-z0-9-]{1,38}$'),
    CONSTRAINT partners_type_known CHECK (type IN (
        'RESELLER', 'SYSTEMS_INTEGRATOR', 'MANAGED_SERVICE_PROVIDER', 'INDEPENDENT_SOFTWARE_VENDOR', 'SALES_AGENT',
        'DISTRIBUTOR', 'SUPPLIER', 'CYBER_RESILIENCE', 'STRATEGIC_ALLIANCE', 'DIRECT')),
    CONSTRAINT partners_one_direct CHECK ((type = 'DIRECT') = (partner_id = 'direct')),
    CONSTRAINT partners_direct_sells CHECK (partner_id <> 'direct' OR state = 'ACTIVE'),
    CONSTRAINT partners_suspended_for_a_cause CHECK (
        (state = 'ACTIVE' AND cause = '' AND suspend_date IS NULL)
        OR (state = 'SUSPENDED' AND cause IN ('SUSPENDED', 'DEAUTHORISED', 'INSOLVENT') AND suspend_date IS NOT NULL))
);
CALL holdfast_wall('partners');

-- Two agreements of a partner never share a day.
CREATE TABLE agreements (
    agreement_id    text        NOT NULL,
    partner_id      text        NOT NULL,
    settlement_mode text        NOT NULL,
    tier            text        NOT NULL DEFAULT '',
    from_date       date        NOT NULL,
    until_date      date,
    accepted_code   text,
    revision        bigint      NOT NULL,
    create_time     timestamptz NOT NULL,
    CONSTRAINT agreements_pkey PRIMARY KEY (agreement_id),
    CONSTRAINT agreements_of_a_partner FOREIGN KEY (partner_id) REFERENCES partners,
    CONSTRAINT agreements_mode_known CHECK (settlement_mode IN ('RESALE', 'AGENCY')),
    CONSTRAINT agreements_have_a_day CHECK (until_date > from_date),
    CONSTRAINT agreements_one_a_day EXCLUDE USING gist (partner_id WITH =, daterange(from_date, until_date) WITH &&)
);
CREATE UNIQUE INDEX agreements_newest_first ON agreements (partner_id, from_date DESC);
CALL holdfast_wall('agreements');

-- Partners' callers read what they may see here and change nothing.
-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON partners, agreements FROM %I', holdfast_role('app'));
END
$$;
-- +goose StatementEnd

-- The vendor's own field sales, so that no subscription is without a partner.
INSERT INTO partners (partner_id, display_name, type, country, state, revision, create_time, update_time)
VALUES ('direct', 'Direct sales', 'DIRECT', 'GB', 'ACTIVE', 1, date_trunc('milliseconds', now()), date_trunc('milliseconds', now()));

INSERT INTO events (kind, resource_id, revision, actor, partner_id, occur_time, snapshot)
SELECT
    'partner.created', partner_id, revision, 'migration', partner_id, create_time,
    jsonb_build_object(
        'id', partner_id, 'display_name', display_name, 'legal_name', legal_name, 'type', type, 'country', country,
        'state', state, 'cause', cause, 'suspend_date', '', 'revision', revision,
        'create_time', to_char(create_time, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'update_time', to_char(update_time, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
FROM partners;
