-- Rate cards, relationships with their locked margins, and calculations.

-- +goose Up

CREATE EXTENSION IF NOT EXISTS btree_gist;

-- Refuses what would rewrite a decision, whoever asks.
-- +goose StatementBegin
CREATE FUNCTION refuse_rewriting() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION '% on % would rewrite a decision', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
-- +goose StatementEnd

-- Versions of the vendor's margin rates.
CREATE TABLE rate_cards (
    rate_card_id   text        NOT NULL,
    display_name   text        NOT NULL,
    effective_date date        NOT NULL,
    state          text        NOT NULL,
    proposer       text        NOT NULL DEFAULT '',
    approver       text        NOT NULL DEFAULT '',
    revision       bigint      NOT NULL,
    create_time    timestamptz NOT NULL,
    approve_time   timestamptz,
    CONSTRAINT rate_cards_pkey PRIMARY KEY (rate_card_id),
    CONSTRAINT rate_cards_states CHECK (state IN ('DRAFT', 'PROPOSED', 'APPROVED')),
    CONSTRAINT rate_cards_proposed_by_one CHECK ((state = 'DRAFT') = (proposer = '')),
    CONSTRAINT rate_cards_approved_by_one CHECK ((state = 'APPROVED') = (approver <> '') AND (state = 'APPROVED') = (approve_time IS NOT NULL)),
    CONSTRAINT rate_cards_two_people CHECK (proposer = '' OR proposer <> approver)
);
CREATE UNIQUE INDEX rate_cards_one_a_day ON rate_cards (effective_date) WHERE state = 'APPROVED';
CREATE INDEX rate_cards_newest ON rate_cards (effective_date DESC, rate_card_id DESC);

-- An empty partner type, family or segment fits all.
CREATE TABLE rates (
    rate_card_id text    NOT NULL,
    partner_type text    NOT NULL,
    family_id    text    NOT NULL,
    segment      text    NOT NULL,
    margin_bps   integer NOT NULL,
    position     integer NOT NULL,
    CONSTRAINT rates_one_for_a_sale PRIMARY KEY (rate_card_id, partner_type, family_id, segment),
    CONSTRAINT rates_of_a_card FOREIGN KEY (rate_card_id) REFERENCES rate_cards,
    CONSTRAINT rates_in_range CHECK (margin_bps BETWEEN 0 AND 10000)
);
CREATE TRIGGER rates_immutable BEFORE UPDATE OR DELETE ON rates FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER rate_cards_kept BEFORE DELETE ON rate_cards FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER rate_cards_immutable BEFORE UPDATE ON rate_cards FOR EACH ROW
    WHEN (OLD.state = 'APPROVED' OR OLD.effective_date <> NEW.effective_date OR OLD.display_name <> NEW.display_name
        OR OLD.proposer <> '' AND OLD.proposer <> NEW.proposer)
    EXECUTE FUNCTION refuse_rewriting();

-- A rate comes with its card; a card that was proposed gets none.
-- +goose StatementBegin
CREATE FUNCTION refuse_late_rate() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF EXISTS (SELECT FROM rate_cards WHERE rate_card_id = NEW.rate_card_id AND state <> 'DRAFT') THEN
        RAISE EXCEPTION 'rate card % is no draft', NEW.rate_card_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER rates_of_drafts BEFORE INSERT ON rates FOR EACH ROW EXECUTE FUNCTION refuse_late_rate();

-- One subscription with its partner of record, from a day on, and the margin
-- that is locked in it.
-- The exclusion's collation, equal to the column's in all but
-- name, keeps look-ups by subscription on relationships_one_start, which is many
-- times as fast.
CREATE TABLE relationships (
    relationship_id     text        NOT NULL,
    subscription_id     text        NOT NULL,
    partner_id          text        NOT NULL,
    from_date           date        NOT NULL,
    until_date          date,
    settlement_mode     text        NOT NULL,
    locked_bps          integer     NOT NULL,
    lock_date           date        NOT NULL,
    rate_card_id        text        NOT NULL,
    cap_bps             integer,
    cap_until_date      date,
    cap_code_version_id text        NOT NULL DEFAULT '',
    cap_appeal_date     date,
    revision            bigint      NOT NULL,
    create_time         timestamptz NOT NULL,
    CONSTRAINT relationships_pkey PRIMARY KEY (relationship_id),
    CONSTRAINT relationships_one_start UNIQUE (subscription_id, partner_id, from_date),
    CONSTRAINT relationships_one_partner_a_day
        EXCLUDE USING gist (subscription_id COLLATE "POSIX" WITH =, daterange(from_date, until_date) WITH &&),
    CONSTRAINT relationships_not_empty CHECK (until_date > from_date),
    CONSTRAINT relationships_settlement_modes CHECK (settlement_mode IN ('RESALE', 'AGENCY')),
    CONSTRAINT relationships_lock_in_range CHECK (locked_bps BETWEEN 0 AND 10000),
    CONSTRAINT relationships_cap_in_range CHECK (cap_bps BETWEEN 0 AND 10000)
);
CREATE UNIQUE INDEX relationships_one_running ON relationships (subscription_id) WHERE until_date IS NULL;
CREATE INDEX relationships_of_partner ON relationships (partner_id, relationship_id);

-- The lock is for the life of the relationship.
CREATE TRIGGER relationships_locked BEFORE UPDATE ON relationships FOR EACH ROW
    WHEN (OLD.locked_bps <> NEW.locked_bps OR OLD.lock_date <> NEW.lock_date OR OLD.rate_card_id <> NEW.rate_card_id
        OR OLD.partner_id <> NEW.partner_id OR OLD.subscription_id <> NEW.subscription_id)
    EXECUTE FUNCTION refuse_rewriting();

-- Raises of locked margins: what was approved, and at most one proposal.
CREATE TABLE raises (
    relationship_id text    NOT NULL,
    partner_id      text    NOT NULL,
    effective_date  date    NOT NULL,
    bps             integer NOT NULL,
    proposer        text    NOT NULL,
    approver        text    NOT NULL,
    CONSTRAINT raises_of_a_relationship FOREIGN KEY (relationship_id) REFERENCES relationships,
    CONSTRAINT raises_in_range CHECK (bps BETWEEN 0 AND 10000),
    CONSTRAINT raises_two_people CHECK (proposer <> approver)
);
CREATE UNIQUE INDEX raises_once_a_term ON raises (relationship_id, effective_date) WHERE approver <> '';
CREATE UNIQUE INDEX raises_one_proposal ON raises (relationship_id) WHERE approver = '';
CREATE TRIGGER raises_immutable BEFORE UPDATE OR DELETE ON raises FOR EACH ROW
    WHEN (OLD.approver <> '')
    EXECUTE FUNCTION refuse_rewriting();

-- What margins came to, and why, exactly as it was calculated.
CREATE TABLE calculations (
    calculation_id  text        NOT NULL,
    partner_id      text        NOT NULL,
    subscription_id text        NOT NULL,
    relationship_id text        NOT NULL,
    fingerprint     text        NOT NULL,
    body            jsonb       NOT NULL,
    create_time     timestamptz NOT NULL,
    CONSTRAINT calculations_pkey PRIMARY KEY (calculation_id)
);
CREATE TRIGGER calculations_immutable BEFORE UPDATE OR DELETE ON calculations FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();

CALL holdfast_wall('relationships');
CALL holdfast_wall('raises');
CALL holdfast_wall('calculations');

-- Rate cards are the vendor's own: partners' transactions do not see them.
-- +goose StatementBegin
DO $$
DECLARE
    app    text := holdfast_role('app');
    system text := holdfast_role('system');
BEGIN
    EXECUTE format('REVOKE ALL ON rate_cards, rates FROM %I', app);
    EXECUTE format('REVOKE DELETE, TRUNCATE ON rate_cards FROM %I', system);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON rates FROM %I', system);
    EXECUTE format('REVOKE DELETE ON relationships FROM %I, %I', app, system);
    EXECUTE format('REVOKE UPDATE, DELETE ON calculations FROM %I, %I', app, system);
END
$$;
-- +goose StatementEnd
