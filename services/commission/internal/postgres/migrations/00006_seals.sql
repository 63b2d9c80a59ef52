-- The order of the ledger, seals over it, and balances as known at a seal.

-- +goose Up

-- The places of entries in the ledger: 1, 2, 3 without gaps, given once they are
-- committed. digest is the entry's on that occasion.
CREATE TABLE sealed_entries (
    position   bigint NOT NULL,
    entry_id   text   NOT NULL,
    partner_id text   NOT NULL,
    digest     bytea  NOT NULL,
    CONSTRAINT sealed_entries_pkey PRIMARY KEY (position),
    CONSTRAINT sealed_entries_one_position UNIQUE (entry_id),
    CONSTRAINT sealed_entries_of_an_entry FOREIGN KEY (entry_id) REFERENCES ledger_entries,
    CONSTRAINT sealed_entries_position_starts_at_1 CHECK (position > 0)
);
CALL holdfast_wall('sealed_entries');

-- A seal over the entries of some positions, chained to the seal before. Ids
-- below scan_from belong to entries that have their position, or can't be
-- committed any more.
CREATE TABLE ledger_seals (
    seal_number    bigint      NOT NULL,
    first_position bigint      NOT NULL,
    last_position  bigint      NOT NULL,
    digest         bytea       NOT NULL,
    seal_time      timestamptz NOT NULL,
    scan_from      text        NOT NULL,
    CONSTRAINT ledger_seals_pkey PRIMARY KEY (seal_number),
    CONSTRAINT ledger_seals_first_position_once UNIQUE (first_position),
    CONSTRAINT ledger_seals_last_position_once UNIQUE (last_position),
    CONSTRAINT ledger_seals_not_empty CHECK (0 < first_position AND first_position <= last_position)
);

-- What the feed tells of seals and of entries by hand is held against them.
CREATE UNIQUE INDEX events_one_per_seal ON events ((resource_id::bigint)) WHERE kind = 'ledger.sealed';
CREATE UNIQUE INDEX events_one_per_entry ON events (resource_id) WHERE kind = 'ledger_entry.posted';

-- A partner's balances in one currency, as known when the ledger was sealed up to
-- a position. Every entry up to there was posted by known_through, and every later
-- one from known_from on.
CREATE TABLE balance_snapshots (
    partner_id    text        NOT NULL,
    currency      char(3)     NOT NULL,
    position      bigint      NOT NULL,
    known_from    timestamptz NOT NULL,
    known_through timestamptz NOT NULL,
    CONSTRAINT balance_snapshots_pkey PRIMARY KEY (partner_id, currency, position)
);
CALL holdfast_wall('balance_snapshots');

-- The balance of an account by the end of each day of a month in which it
-- changed, credits less debits.
CREATE TABLE snapshot_balances (
    partner_id text     NOT NULL,
    currency   char(3)  NOT NULL,
    position   bigint   NOT NULL,
    account    text     NOT NULL,
    month      date     NOT NULL,
    days       bigint[] NOT NULL,
    CONSTRAINT snapshot_balances_pkey PRIMARY KEY (partner_id, currency, position, account, month),
    CONSTRAINT snapshot_balances_of_a_snapshot FOREIGN KEY (partner_id, currency, position) REFERENCES balance_snapshots,
    CONSTRAINT snapshot_balances_whole_months CHECK (
        extract(day FROM month) = 1 AND cardinality(days) = extract(day FROM month + interval '1 month' - interval '1 day'))
);
CALL holdfast_wall('snapshot_balances');

-- +goose StatementBegin
DO $$
DECLARE
    app    text := holdfast_role('app');
    system text := holdfast_role('system');
    kept   text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['sealed_entries', 'ledger_seals', 'balance_snapshots', 'snapshot_balances'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()', kept || '_immutable', kept);
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I EXECUTE FUNCTION refuse_rewriting()', kept || '_kept', kept);
        EXECUTE format('REVOKE UPDATE, DELETE ON %I FROM %I, %I', kept, app, system);
        EXECUTE format('REVOKE INSERT ON %I FROM %I', kept, app);
    END LOOP;
    EXECUTE format('REVOKE ALL ON ledger_seals FROM %I', app);
END
$$;
-- +goose StatementEnd

-- An entry is written with its postings, by one statement. What 00005 checked row
-- by row at COMMIT is checked once, at the end of that statement. That includes
-- that postings have an entry, which a foreign key would look up once more for
-- each: a fifth of what a batch takes.
DROP TRIGGER ledger_entries_balanced ON ledger_entries;
DROP TRIGGER ledger_postings_balanced ON ledger_postings;
DROP FUNCTION check_entry_balances();
ALTER TABLE ledger_postings DROP CONSTRAINT ledger_postings_of_an_entry;

-- Refuses an entry that comes without postings. A session keeps the plan of its
-- first call while the tables grow, so the plan is one that looks every entry up
-- by its key, however few there were.
-- +goose StatementBegin
CREATE FUNCTION check_entries_posted() RETURNS trigger
    LANGUAGE plpgsql
    SET enable_seqscan TO off
AS $$
DECLARE
    bare text;
BEGIN
    SELECT w.entry_id
    INTO bare
    FROM written w
    LEFT JOIN LATERAL (SELECT 1 AS there FROM ledger_postings p WHERE p.entry_id = w.entry_id LIMIT 1) p ON true
    WHERE p.there IS NULL
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % comes without postings', bare USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entries_balanced';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER ledger_entries_balanced AFTER INSERT ON ledger_entries
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION check_entries_posted();

-- Refuses postings that do not balance by themselves, entry by entry, or are not
-- all their entry's partner's, in its currency, for its day.
-- +goose StatementBegin
CREATE FUNCTION check_postings_balance() RETURNS trigger
    LANGUAGE plpgsql
    SET enable_seqscan TO off
AS $$
DECLARE
    entry   text;
    legs    bigint;
    balance numeric;
    own     bigint;
BEGIN
    SELECT s.entry_id, s.legs, s.balance, s.own
    INTO entry, legs, balance, own
    FROM (
        SELECT w.entry_id, count(*) AS legs, sum(w.debit_minor) - sum(w.credit_minor) AS balance, count(e.own) AS own
        FROM written w
        LEFT JOIN LATERAL (
            SELECT 1 AS own
            FROM ledger_entries e
            WHERE e.entry_id = w.entry_id AND e.partner_id = w.partner_id AND e.currency = w.currency AND e.effective_date = w.effective_date
            AND e.post_time = w.post_time
            LIMIT 1
        ) e ON true
        GROUP BY w.entry_id
    ) s
    WHERE s.legs < 2 OR s.balance <> 0 OR s.own <> s.legs
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % has % postings, which are % apart, % of them its own', entry, legs, balance, own
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entries_balanced';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER ledger_postings_balanced AFTER INSERT ON ledger_postings
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION check_postings_balance();
