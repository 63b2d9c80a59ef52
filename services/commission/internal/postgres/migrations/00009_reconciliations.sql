-- Partners' files compared with their statements.

-- +goose Up

-- A reconciliation with its sums. statement_id is NULL where the month was not
-- closed.
CREATE TABLE reconciliations (
    reconciliation_id text        NOT NULL,
    partner_id        text        NOT NULL,
    currency          char(3)     NOT NULL,
    month             date        NOT NULL,
    statement_id      text,
    file_name         text        NOT NULL,
    content_digest    bytea       NOT NULL,
    row_count         integer     NOT NULL,
    file_minor        bigint      NOT NULL,
    statement_minor   bigint      NOT NULL,
    sums              jsonb       NOT NULL,
    ignored_columns   text[]      NOT NULL,
    actor             text        NOT NULL,
    create_time       timestamptz NOT NULL,
    CONSTRAINT reconciliations_pkey PRIMARY KEY (reconciliation_id),
    CONSTRAINT reconciliations_of_a_statement FOREIGN KEY (statement_id) REFERENCES statements,
    CONSTRAINT reconciliations_of_a_month CHECK (extract(day FROM month) = 1)
);
CREATE INDEX reconciliations_of_partner ON reconciliations (partner_id, reconciliation_id);
CALL holdfast_wall('reconciliations');

-- A row of the file, a line of the statement, or both. What the line says stands
-- with the line, which never changes.
CREATE TABLE reconciliation_rows (
    reconciliation_id text    NOT NULL,
    number            integer NOT NULL,
    partner_id        text    NOT NULL,
    outcome           text    NOT NULL,
    differences       text[]  NOT NULL,
    entry_id          text,
    file_line         integer,
    file_line_id      text,
    file_reference    text,
    file_date         date,
    file_minor        bigint,
    file_rate_bps     integer,
    file_customer     text,
    CONSTRAINT reconciliation_rows_pkey PRIMARY KEY (reconciliation_id, number),
    CONSTRAINT reconciliation_rows_of_a_reconciliation FOREIGN KEY (reconciliation_id) REFERENCES reconciliations DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT reconciliation_rows_of_a_line FOREIGN KEY (entry_id) REFERENCES statement_lines,
    CONSTRAINT reconciliation_rows_known_outcome CHECK (
        CASE outcome
            WHEN 'MATCHED' THEN file_line IS NOT NULL AND entry_id IS NOT NULL AND differences = '{}'
            WHEN 'DIFFERENT' THEN file_line IS NOT NULL AND entry_id IS NOT NULL AND differences <> '{}'
            WHEN 'MISSING' THEN file_line IS NOT NULL AND entry_id IS NULL AND differences = '{}'
            WHEN 'EXTRA' THEN file_line IS NULL AND entry_id IS NOT NULL AND differences = '{}'
            ELSE false
        END),
    CONSTRAINT reconciliation_rows_known_differences CHECK (differences <@ ARRAY['AMOUNT', 'DATE', 'RATE']),
    CONSTRAINT reconciliation_rows_whole CHECK (
        (file_line IS NULL) = (file_minor IS NULL) AND (file_line IS NULL) = (file_line_id IS NULL) AND (file_line IS NULL) = (file_reference IS NULL)
        AND (file_line IS NULL) = (file_customer IS NULL) AND (file_line IS NOT NULL OR file_date IS NULL AND file_rate_bps IS NULL))
);
-- A row of the file is paired once, and so is a line of the statement.
CREATE UNIQUE INDEX reconciliation_rows_one_per_file_line ON reconciliation_rows (reconciliation_id, file_line);
CREATE UNIQUE INDEX reconciliation_rows_one_per_line ON reconciliation_rows (reconciliation_id, entry_id);
CREATE INDEX reconciliation_rows_by_outcome ON reconciliation_rows (reconciliation_id, outcome, number);
CALL holdfast_wall('reconciliation_rows');

-- Refuses, when the transaction commits, a reconciliation whose rows are not what
-- its sums say, are not its partner's, in its currency, or are not the lines of its
-- statement.
-- +goose StatementBegin
CREATE FUNCTION check_reconciliation_adds_up() RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    total   bigint;
    lines   bigint;
    file    numeric;
    stated  numeric;
    strange bigint;
BEGIN
    SELECT count(*), count(r.entry_id), coalesce(sum(r.file_minor), 0), coalesce(sum(l.amount_minor), 0),
        count(*) FILTER (WHERE r.partner_id <> NEW.partner_id OR r.entry_id IS NOT NULL AND (
            l.partner_id IS DISTINCT FROM NEW.partner_id OR l.currency IS DISTINCT FROM NEW.currency
            OR NEW.statement_id IS NOT NULL AND l.statement_id IS DISTINCT FROM NEW.statement_id))
    INTO total, lines, file, stated, strange
    FROM reconciliation_rows r
    LEFT JOIN statement_lines l ON l.entry_id = r.entry_id
    WHERE r.reconciliation_id = NEW.reconciliation_id;
    IF total <> NEW.row_count OR file <> NEW.file_minor OR stated <> NEW.statement_minor OR strange > 0 THEN
        RAISE EXCEPTION 'reconciliation % has % rows of % and %, % of them not its own', NEW.reconciliation_id, total, file, stated, strange
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reconciliations_add_up';
    END IF;
    IF NEW.statement_id IS NOT NULL AND NOT EXISTS (
        SELECT
        FROM statements s
        WHERE s.statement_id = NEW.statement_id
        AND (s.partner_id, s.currency, s.month, s.line_count, s.lines_minor) = (NEW.partner_id, NEW.currency, NEW.month, lines, stated))
    THEN
        RAISE EXCEPTION 'reconciliation % has not the lines of statement %', NEW.reconciliation_id, NEW.statement_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reconciliations_whole';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER reconciliations_add_up AFTER INSERT ON reconciliations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_reconciliation_adds_up();

-- Refuses rows for a reconciliation that is there already: it comes after its
-- rows, and gains none.
-- +goose StatementBegin
CREATE FUNCTION refuse_late_rows() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF EXISTS (SELECT FROM added JOIN reconciliations USING (reconciliation_id)) THEN
        RAISE EXCEPTION 'a reconciliation gains no rows' USING ERRCODE = 'check_violation', CONSTRAINT = 'reconciliations_frozen';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER reconciliation_rows_frozen AFTER INSERT ON reconciliation_rows
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_late_rows();

-- What was found stands.
-- +goose StatementBegin
DO $$
DECLARE
    app    text := holdfast_role('app');
    system text := holdfast_role('system');
    kept   text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['reconciliations', 'reconciliation_rows'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()', kept || '_immutable', kept);
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I EXECUTE FUNCTION refuse_rewriting()', kept || '_kept', kept);
        EXECUTE format('REVOKE UPDATE, DELETE ON %I FROM %I, %I', kept, app, system);
    END LOOP;
END
$$;
-- +goose StatementEnd
