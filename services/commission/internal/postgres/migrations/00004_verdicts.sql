-- What a verdict about a change of partner does to the margin: caps that come
-- and go, the terms that a transfer divides, and what caps withhold.

-- +goose Up

-- The case that decides about the cap, as it was heard of last, and the
-- transfer that began the relationship. cap_because tells the capped partner
-- why.
ALTER TABLE relationships
    ADD COLUMN transfer_id   text    NOT NULL DEFAULT '',
    ADD COLUMN case_id       text    NOT NULL DEFAULT '',
    ADD COLUMN case_revision bigint  NOT NULL DEFAULT 0,
    ADD COLUMN case_held     boolean NOT NULL DEFAULT false,
    ADD COLUMN case_final    boolean NOT NULL DEFAULT false,
    ADD COLUMN cap_because   jsonb,
    ADD CONSTRAINT relationships_held_while_capped CHECK (NOT case_held OR cap_bps IS NOT NULL);
CREATE INDEX relationships_of_case ON relationships (case_id) WHERE case_id <> '';
CREATE INDEX relationships_open_case ON relationships (relationship_id) WHERE case_id <> '' AND NOT case_final;

-- The changes of partner that came by a transfer, as customer's feed told them:
-- what there is to do on the day that each takes effect. Of no concern to
-- partners.
CREATE TABLE handovers (
    subscription_id text        NOT NULL,
    transfer_id     text        NOT NULL,
    partner_id      text        NOT NULL,
    from_date       date        NOT NULL,
    divide_time     timestamptz,
    CONSTRAINT handovers_pkey PRIMARY KEY (subscription_id, transfer_id)
);
CREATE INDEX handovers_to_do ON handovers (from_date) WHERE divide_time IS NULL;
CALL holdfast_wall('handovers');

-- One partner's part of what was booked for a term, or imported, that a
-- transfer fell into. source_id is the submission that booked it; of an
-- imported term, the subscription and the term's first day. A later transfer
-- within the same term divides a part again, and replaces it.
CREATE TABLE term_shares (
    term_share_id   text        NOT NULL,
    source_id       text        NOT NULL,
    subscription_id text        NOT NULL,
    partner_id      text        NOT NULL,
    relationship_id text        NOT NULL,
    transfer_id     text        NOT NULL,
    term_start      date        NOT NULL,
    term_end        date        NOT NULL,
    from_date       date        NOT NULL,
    until_date      date        NOT NULL,
    currency        char(3)     NOT NULL,
    net_minor       bigint      NOT NULL,
    margin_minor    bigint      NOT NULL,
    locked_bps      integer     NOT NULL,
    cap_bps         integer,
    effective_bps   integer     NOT NULL,
    settlement_mode text        NOT NULL,
    instalments     jsonb       NOT NULL,
    replaced_by     text        NOT NULL DEFAULT '',
    create_time     timestamptz NOT NULL,
    CONSTRAINT term_shares_pkey PRIMARY KEY (term_share_id),
    CONSTRAINT term_shares_divided_once UNIQUE (source_id, transfer_id, relationship_id),
    CONSTRAINT term_shares_relationship FOREIGN KEY (relationship_id) REFERENCES relationships,
    CONSTRAINT term_shares_within_the_term CHECK (term_start <= from_date AND from_date < until_date AND until_date <= term_end),
    CONSTRAINT term_shares_margin_within_net CHECK (0 <= margin_minor AND margin_minor <= net_minor),
    CONSTRAINT term_shares_lower_of_lock_and_cap CHECK (effective_bps = least(locked_bps, cap_bps))
);
-- No day of a term is two partners'.
ALTER TABLE term_shares ADD CONSTRAINT term_shares_one_partner_a_day
    EXCLUDE USING gist (source_id COLLATE "POSIX" WITH =, daterange(from_date, until_date) WITH &&) WHERE (replaced_by = '');
CREATE INDEX term_shares_of_subscription ON term_shares (subscription_id, term_share_id);
CREATE INDEX term_shares_of_partner ON term_shares (partner_id, term_share_id);
CREATE INDEX term_shares_of_relationship ON term_shares (relationship_id);
CREATE INDEX term_shares_of_transfer ON term_shares (transfer_id);
CALL holdfast_wall('term_shares');

-- What a cap makes of one booked margin or share.
CREATE TABLE withholdings (
    withholding_id  text        NOT NULL,
    case_id         text        NOT NULL,
    relationship_id text        NOT NULL,
    subscription_id text        NOT NULL,
    partner_id      text        NOT NULL,
    source_id       text        NOT NULL,
    currency        char(3)     NOT NULL,
    agreed_minor    bigint      NOT NULL,
    capped_minor    bigint      NOT NULL,
    state           text        NOT NULL,
    revision        bigint      NOT NULL,
    create_time     timestamptz NOT NULL,
    update_time     timestamptz NOT NULL,
    CONSTRAINT withholdings_pkey PRIMARY KEY (withholding_id),
    CONSTRAINT withholdings_one_per_source UNIQUE (source_id),
    CONSTRAINT withholdings_relationship FOREIGN KEY (relationship_id) REFERENCES relationships,
    CONSTRAINT withholdings_capped_within_agreed CHECK (0 <= capped_minor AND capped_minor <= agreed_minor),
    CONSTRAINT withholdings_known_state CHECK (state IN ('KEPT', 'HELD', 'RELEASED'))
);
CREATE INDEX withholdings_of_case ON withholdings (case_id, withholding_id);
CREATE INDEX withholdings_of_partner ON withholdings (partner_id, withholding_id);
CREATE INDEX withholdings_of_subscription ON withholdings (subscription_id, withholding_id);
CREATE INDEX withholdings_of_relationship ON withholdings (relationship_id);
CALL holdfast_wall('withholdings');

CREATE INDEX IF NOT EXISTS booked_terms_of_relationship ON booked_terms (relationship_id);

-- Partners read what concerns them; only the service's own work writes. Of a
-- share nothing changes but that another replaces it.
-- +goose StatementBegin
DO $$
DECLARE
    app    text := holdfast_role('app');
    system text := holdfast_role('system');
BEGIN
    EXECUTE format('REVOKE ALL ON handovers FROM %I', app);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON term_shares, withholdings FROM %I', app);
    EXECUTE format('REVOKE UPDATE, DELETE ON term_shares FROM %I', system);
    EXECUTE format('GRANT UPDATE (replaced_by) ON term_shares TO %I', system);
    EXECUTE format('REVOKE DELETE ON withholdings FROM %I', system);
END
$$;
-- +goose StatementEnd
