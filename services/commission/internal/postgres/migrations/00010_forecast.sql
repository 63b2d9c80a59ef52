-- The forecast: what each subscription brings to whom, sums of it that answer
-- questions, and snapshots that stay.

-- +goose Up

-- What the book does not tell of a contract: the running terms that came with an
-- import, the partners of record, and whether seats fell away when they changed
-- last.
CREATE TABLE forecast_contracts (
    subscription_id text    NOT NULL,
    revision        bigint  NOT NULL,
    imported        jsonb   NOT NULL,
    tenures         jsonb   NOT NULL,
    seats_declining boolean NOT NULL,
    CONSTRAINT forecast_contracts_pkey PRIMARY KEY (subscription_id)
);

-- A note for each change that concerns the forecast of a subscription, made in
-- the change's own transaction. Who takes it reads afterwards what the change
-- has left, so notes are never merged: one may stand for a change that is seen
-- only later.
CREATE TABLE forecast_marks (
    mark_id         bigint GENERATED ALWAYS AS IDENTITY,
    subscription_id text   NOT NULL,
    CONSTRAINT forecast_marks_pkey PRIMARY KEY (mark_id)
);

-- +goose StatementBegin
CREATE FUNCTION mark_for_forecast() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO forecast_marks (subscription_id)
    SELECT DISTINCT subscription_id
    FROM touched;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- The tables that a forecast is made of. A raise changes its relationship.
-- +goose StatementBegin
DO $$
DECLARE
    source text;
BEGIN
    FOREACH source IN ARRAY ARRAY['forecast_contracts', 'renewals', 'submissions', 'booked_terms', 'quotes', 'relationships', 'term_shares', 'withholdings'] LOOP
        EXECUTE format('CREATE TRIGGER forecast_marks_inserts AFTER INSERT ON %I REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION mark_for_forecast()', source);
        EXECUTE format('CREATE TRIGGER forecast_marks_updates AFTER UPDATE ON %I REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION mark_for_forecast()', source);
        EXECUTE format('CREATE TRIGGER forecast_marks_deletes AFTER DELETE ON %I REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION mark_for_forecast()', source);
    END LOOP;
END
$$;
-- +goose StatementEnd

-- What a subscription brings one partner in one settlement mode; without a mode
-- and terms where no margin is locked. The arrays that begin with term_ have an
-- element for each term, those that begin with earned_ one for each month of a
-- term, which earned_terms counts from 1. change_time is when time alone makes it
-- another.
CREATE TABLE forecast_parts (
    subscription_id  text        NOT NULL,
    partner_id       text        NOT NULL,
    settlement_mode  text        NOT NULL,
    family_id        text        NOT NULL,
    segment          text        NOT NULL,
    currency         char(3)     NOT NULL,
    state            text        NOT NULL,
    unlocked         boolean     NOT NULL,
    seats_declining  boolean     NOT NULL,
    due_count        integer     NOT NULL,
    renewed_count    integer     NOT NULL,
    term_starts      date[]      NOT NULL,
    term_aheads      smallint[]  NOT NULL,
    term_added       boolean[]   NOT NULL,
    term_seats       bigint[]    NOT NULL,
    term_unit_prices bigint[]    NOT NULL,
    term_bps         integer[]   NOT NULL,
    earned_terms     smallint[]  NOT NULL,
    earned_months    date[]      NOT NULL,
    earned_minors    bigint[]    NOT NULL,
    change_time      timestamptz NOT NULL,
    CONSTRAINT forecast_parts_pkey PRIMARY KEY (subscription_id, partner_id, settlement_mode),
    CONSTRAINT forecast_parts_without_lock CHECK (NOT unlocked OR settlement_mode = ''),
    CONSTRAINT forecast_parts_renewed_of_due CHECK (0 <= renewed_count AND renewed_count <= due_count)
);
CREATE INDEX forecast_parts_to_change ON forecast_parts (change_time);
CREATE INDEX forecast_parts_of_partner ON forecast_parts (partner_id, subscription_id);
CREATE INDEX forecast_parts_unlocked ON forecast_parts (partner_id) WHERE unlocked;
CALL holdfast_wall('forecast_parts');

-- The parts added up by what they are asked for and by what makes them equally
-- likely: the state of the next renewal, and how far ahead one is (0 for what is
-- committed). The rows of the partner '' are those of all partners together, and
-- the rows of the family '' and the segment '' those of all of both: most
-- questions are about these few.
CREATE TABLE forecast_rollups (
    partner_id      text     NOT NULL,
    month           date     NOT NULL,
    family_id       text     NOT NULL,
    segment         text     NOT NULL,
    currency        char(3)  NOT NULL,
    settlement_mode text     NOT NULL,
    state           text     NOT NULL,
    ahead           smallint NOT NULL,
    minor           bigint   NOT NULL,
    squares         numeric  NOT NULL,
    count           bigint   NOT NULL,
    CONSTRAINT forecast_rollups_pkey PRIMARY KEY (partner_id, family_id, segment, month, currency, settlement_mode, state, ahead),
    CONSTRAINT forecast_rollups_of_something CHECK (count > 0)
) WITH (fillfactor = 80);
CALL holdfast_wall('forecast_rollups');

-- What became of each partner's renewals that were decided.
CREATE TABLE forecast_histories (
    partner_id    text   NOT NULL,
    due_count     bigint NOT NULL,
    renewed_count bigint NOT NULL,
    CONSTRAINT forecast_histories_pkey PRIMARY KEY (partner_id),
    CONSTRAINT forecast_histories_renewed_of_due CHECK (0 <= renewed_count AND renewed_count <= due_count)
);
CALL holdfast_wall('forecast_histories');

-- Frozen forecasts. One of each month comes by itself, others by hand.
CREATE TABLE forecast_snapshots (
    snapshot_id        text        NOT NULL,
    month              date        NOT NULL,
    occasion           text        NOT NULL,
    state              text        NOT NULL,
    probabilities      jsonb       NOT NULL,
    actor              text        NOT NULL,
    subscription_count bigint      NOT NULL DEFAULT 0,
    create_time        timestamptz NOT NULL,
    take_time          timestamptz,
    CONSTRAINT forecast_snapshots_pkey PRIMARY KEY (snapshot_id),
    CONSTRAINT forecast_snapshots_first_of_month CHECK (extract(day FROM month) = 1),
    CONSTRAINT forecast_snapshots_known_occasion CHECK (occasion IN ('MONTHLY', 'BY_HAND')),
    CONSTRAINT forecast_snapshots_known_state CHECK (state IN ('REQUESTED', 'TAKEN')),
    CONSTRAINT forecast_snapshots_taken_at_a_time CHECK ((state = 'TAKEN') = (take_time IS NOT NULL))
);
CREATE UNIQUE INDEX forecast_snapshots_one_a_month ON forecast_snapshots (month) WHERE occasion = 'MONTHLY';
CREATE INDEX forecast_snapshots_requested ON forecast_snapshots (snapshot_id) WHERE state = 'REQUESTED';
CREATE TRIGGER forecast_snapshots_kept BEFORE DELETE ON forecast_snapshots FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER forecast_snapshots_immutable BEFORE UPDATE ON forecast_snapshots FOR EACH ROW
    WHEN (OLD.state = 'TAKEN' OR (OLD.snapshot_id, OLD.month, OLD.occasion, OLD.probabilities, OLD.actor, OLD.create_time)
        IS DISTINCT FROM (NEW.snapshot_id, NEW.month, NEW.occasion, NEW.probabilities, NEW.actor, NEW.create_time))
    EXECUTE FUNCTION refuse_rewriting();

-- The parts and sums of a snapshot, as they were.
CREATE TABLE forecast_snapshot_parts (
    snapshot_id      text       NOT NULL,
    subscription_id  text       NOT NULL,
    partner_id       text       NOT NULL,
    settlement_mode  text       NOT NULL,
    family_id        text       NOT NULL,
    segment          text       NOT NULL,
    currency         char(3)    NOT NULL,
    state            text       NOT NULL,
    term_starts      date[]     NOT NULL,
    term_aheads      smallint[] NOT NULL,
    term_added       boolean[]  NOT NULL,
    term_seats       bigint[]   NOT NULL,
    term_unit_prices bigint[]   NOT NULL,
    term_bps         integer[]  NOT NULL,
    earned_terms     smallint[] NOT NULL,
    earned_months    date[]     NOT NULL,
    earned_minors    bigint[]   NOT NULL,
    CONSTRAINT forecast_snapshot_parts_pkey PRIMARY KEY (snapshot_id, subscription_id, partner_id, settlement_mode),
    CONSTRAINT forecast_snapshot_parts_of_a_snapshot FOREIGN KEY (snapshot_id) REFERENCES forecast_snapshots
);
CREATE INDEX forecast_snapshot_parts_of_partner ON forecast_snapshot_parts (snapshot_id, partner_id);
CALL holdfast_wall('forecast_snapshot_parts');

CREATE TABLE forecast_snapshot_rollups (
    snapshot_id     text     NOT NULL,
    partner_id      text     NOT NULL,
    month           date     NOT NULL,
    family_id       text     NOT NULL,
    segment         text     NOT NULL,
    currency        char(3)  NOT NULL,
    settlement_mode text     NOT NULL,
    state           text     NOT NULL,
    ahead           smallint NOT NULL,
    minor           bigint   NOT NULL,
    squares         numeric  NOT NULL,
    CONSTRAINT forecast_snapshot_rollups_pkey
        PRIMARY KEY (snapshot_id, partner_id, family_id, segment, month, currency, settlement_mode, state, ahead),
    CONSTRAINT forecast_snapshot_rollups_of_a_snapshot FOREIGN KEY (snapshot_id) REFERENCES forecast_snapshots
);
CALL holdfast_wall('forecast_snapshot_rollups');

-- What was frozen stays as it is, and gains nothing.
-- +goose StatementBegin
CREATE FUNCTION refuse_late_freezing() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF EXISTS (SELECT FROM forecast_snapshots s WHERE s.state = 'TAKEN' AND s.snapshot_id IN (SELECT added.snapshot_id FROM added)) THEN
        RAISE EXCEPTION 'a snapshot that is taken gains nothing' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
DECLARE
    frozen text;
BEGIN
    FOREACH frozen IN ARRAY ARRAY['forecast_snapshot_parts', 'forecast_snapshot_rollups'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()', frozen || '_immutable', frozen);
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %I REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_late_freezing()', frozen || '_in_time', frozen);
    END LOOP;
END
$$;
-- +goose StatementEnd

-- Partners read their own parts and sums; only the service's own work writes
-- them. The triggers write marks for whoever makes the change.
-- +goose StatementBegin
DO $$
DECLARE
    app    text := holdfast_role('app');
    system text := holdfast_role('system');
BEGIN
    EXECUTE format('REVOKE ALL ON forecast_contracts, forecast_snapshots, forecast_snapshot_parts, forecast_snapshot_rollups FROM %I', app);
    EXECUTE format('REVOKE SELECT, UPDATE, DELETE ON forecast_marks FROM %I', app);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON forecast_parts, forecast_rollups, forecast_histories FROM %I', app);
    EXECUTE format('REVOKE DELETE ON forecast_snapshots FROM %I', system);
    EXECUTE format('REVOKE UPDATE, DELETE ON forecast_snapshot_parts, forecast_snapshot_rollups FROM %I', system);
END
$$;
-- +goose StatementEnd

-- The feed is read once more from its beginning: of what it has told already,
-- only the contracts are news.
UPDATE feed_positions
SET position = 0
WHERE feed = 'customer';
