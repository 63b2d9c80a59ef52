-- What partners are owed month by month, and what they object to.

-- +goose Up

-- A month of a partner in one currency, closed. Nothing of it changes but how it
-- is settled: what was paid, once, and its state. closing_minor is what was owed
-- when it was closed; what is left of it opens the next one.
CREATE TABLE statements (
    statement_id    text        NOT NULL,
    partner_id      text        NOT NULL,
    partner_name    text        NOT NULL,
    currency        char(3)     NOT NULL,
    month           date        NOT NULL,
    opening_minor   bigint      NOT NULL,
    lines_minor     bigint      NOT NULL,
    prior_minor     bigint      NOT NULL,
    closing_minor   bigint      NOT NULL,
    line_count      bigint      NOT NULL,
    minimum_minor   bigint      NOT NULL,
    self_billed     boolean     NOT NULL,
    document_number text,
    agreement_id    text        NOT NULL,
    tax_id          text        NOT NULL,
    code_version_id text        NOT NULL,
    dispute_until   date        NOT NULL,
    previous_statement_id text,
    paid_minor      bigint      NOT NULL DEFAULT 0,
    state           text        NOT NULL,
    close_time      timestamptz NOT NULL,
    closer          text        NOT NULL,
    revision        bigint      NOT NULL DEFAULT 1,
    CONSTRAINT statements_pkey PRIMARY KEY (statement_id),
    CONSTRAINT statements_one_a_month UNIQUE (partner_id, currency, month),
    CONSTRAINT statements_one_successor UNIQUE (previous_statement_id),
    CONSTRAINT statements_one_per_document UNIQUE (document_number),
    CONSTRAINT statements_after_a_statement FOREIGN KEY (previous_statement_id) REFERENCES statements,
    CONSTRAINT statements_of_a_month CHECK (extract(day FROM month) = 1),
    CONSTRAINT statements_closing CHECK (closing_minor = opening_minor + lines_minor),
    CONSTRAINT statements_first_opens_at_zero CHECK (previous_statement_id IS NOT NULL OR opening_minor = 0),
    CONSTRAINT statements_known_state CHECK (state IN ('CLOSED', 'CARRIED', 'PAYING', 'PAID')),
    CONSTRAINT statements_minimum_not_negative CHECK (minimum_minor >= 0),
    CONSTRAINT statements_paid_once_approved CHECK (paid_minor >= 0 AND (state <> 'CLOSED' OR paid_minor = 0) AND (state NOT IN ('PAYING', 'PAID') OR paid_minor > 0)),
    CONSTRAINT statements_numbered_if_self_billed CHECK (self_billed = (document_number IS NOT NULL) AND (NOT self_billed OR tax_id <> ''))
);
CREATE UNIQUE INDEX statements_one_first ON statements (partner_id, currency) WHERE previous_statement_id IS NULL;
CREATE INDEX statements_of_partner ON statements (partner_id, statement_id);
CREATE INDEX statements_by_month ON statements (month, statement_id);
CALL holdfast_wall('statements');

-- The last number given in each series of documents. A number is taken in the
-- transaction that uses it, so none is ever missing.
CREATE TABLE document_series (
    series      text   NOT NULL,
    last_number bigint NOT NULL,
    CONSTRAINT document_series_pkey PRIMARY KEY (series)
);
INSERT INTO document_series (series, last_number) VALUES ('SELF_BILLING', 0);

ALTER TABLE statement_lines
    ADD CONSTRAINT statement_lines_of_a_statement FOREIGN KEY (statement_id) REFERENCES statements DEFERRABLE INITIALLY DEFERRED;

-- Refuses, when the transaction commits, a statement that is not the sum of its
-- lines, or does not go on where the one before it has ended.
-- +goose StatementBegin
CREATE FUNCTION check_statement_adds_up() RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    lines   bigint;
    total   numeric;
    earlier numeric;
    strange bigint;
    before  statements%ROWTYPE;
BEGIN
    SELECT count(*), coalesce(sum(amount_minor), 0), coalesce(sum(amount_minor) FILTER (WHERE effective_date < NEW.month), 0),
        count(*) FILTER (WHERE partner_id <> NEW.partner_id OR currency <> NEW.currency OR effective_date >= NEW.month + interval '1 month')
    INTO lines, total, earlier, strange
    FROM statement_lines
    WHERE statement_id = NEW.statement_id;
    IF lines <> NEW.line_count OR total <> NEW.lines_minor OR earlier <> NEW.prior_minor OR strange > 0 THEN
        RAISE EXCEPTION 'statement % has % lines of %, % of it earlier, % of them not its own', NEW.statement_id, lines, total, earlier, strange
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statements_add_up';
    END IF;
    SELECT * INTO before
    FROM statements
    WHERE partner_id = NEW.partner_id AND currency = NEW.currency AND statement_id <> NEW.statement_id
    ORDER BY month DESC
    LIMIT 1;
    IF before.statement_id IS DISTINCT FROM NEW.previous_statement_id OR before.month >= NEW.month
        OR before.closing_minor - before.paid_minor <> NEW.opening_minor OR before.state = 'CLOSED' THEN
        RAISE EXCEPTION 'statement % opens at % after %', NEW.statement_id, NEW.opening_minor, before.statement_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statements_go_on';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER statements_add_up AFTER INSERT ON statements
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_statement_adds_up();

-- Refuses lines for a statement that is there already: it takes its lines before
-- it is written, and gains none afterwards.
-- +goose StatementBegin
CREATE FUNCTION refuse_late_lines() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF EXISTS (SELECT FROM taken JOIN statements USING (statement_id)) THEN
        RAISE EXCEPTION 'a closed statement gains no lines' USING ERRCODE = 'check_violation', CONSTRAINT = 'statements_frozen';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER statement_lines_frozen AFTER UPDATE ON statement_lines
    REFERENCING NEW TABLE AS taken FOR EACH STATEMENT EXECUTE FUNCTION refuse_late_lines();
CREATE TRIGGER statement_lines_open_at_first BEFORE INSERT ON statement_lines FOR EACH ROW
    WHEN (NEW.statement_id IS NOT NULL)
    EXECUTE FUNCTION refuse_rewriting();

-- What is settled of a statement goes one way. A payment that comes back is a line
-- of the open statement; the paid one is CARRIED by it.
CREATE TRIGGER statements_immutable BEFORE UPDATE ON statements FOR EACH ROW
    WHEN ((OLD.paid_minor <> NEW.paid_minor AND NOT (OLD.state = 'CLOSED' AND NEW.state = 'PAYING'))
        OR (OLD.state, NEW.state) NOT IN (('CLOSED', 'PAYING'), ('CLOSED', 'CARRIED'), ('PAYING', 'PAID'), ('PAYING', 'CARRIED'), ('PAID', 'CARRIED'),
            ('PAYING', 'PAYING'), ('PAID', 'PAID'))
        OR (OLD.statement_id, OLD.partner_id, OLD.partner_name, OLD.currency, OLD.month, OLD.opening_minor, OLD.lines_minor, OLD.prior_minor,
            OLD.closing_minor, OLD.line_count, OLD.minimum_minor, OLD.self_billed, OLD.document_number, OLD.agreement_id, OLD.tax_id,
            OLD.code_version_id, OLD.dispute_until, OLD.previous_statement_id, OLD.close_time, OLD.closer)
        IS DISTINCT FROM (NEW.statement_id, NEW.partner_id, NEW.partner_name, NEW.currency, NEW.month, NEW.opening_minor, NEW.lines_minor, NEW.prior_minor,
            NEW.closing_minor, NEW.line_count, NEW.minimum_minor, NEW.self_billed, NEW.document_number, NEW.agreement_id, NEW.tax_id,
            NEW.code_version_id, NEW.dispute_until, NEW.previous_statement_id, NEW.close_time, NEW.closer))
    EXECUTE FUNCTION refuse_rewriting();

-- A partner's objection to a line. What it holds is on the open statement; what
-- was paid before is not held.
CREATE TABLE disputes (
    dispute_id       text        NOT NULL,
    entry_id         text        NOT NULL,
    statement_id     text        NOT NULL,
    partner_id       text        NOT NULL,
    currency         char(3)     NOT NULL,
    line_minor       bigint      NOT NULL,
    held_minor       bigint      NOT NULL,
    claimed_minor    bigint,
    reason_text      text        NOT NULL,
    state            text        NOT NULL,
    outcome          text        NOT NULL DEFAULT '',
    adjustment_minor bigint,
    resolution_text  text        NOT NULL DEFAULT '',
    hold_entry_id    text,
    release_entry_id text,
    adjustment_entry_id text,
    opener           text        NOT NULL,
    open_time        timestamptz NOT NULL,
    closer           text        NOT NULL DEFAULT '',
    close_time       timestamptz,
    revision         bigint      NOT NULL DEFAULT 1,
    CONSTRAINT disputes_pkey PRIMARY KEY (dispute_id),
    CONSTRAINT disputes_of_a_line FOREIGN KEY (entry_id) REFERENCES statement_lines,
    CONSTRAINT disputes_of_a_statement FOREIGN KEY (statement_id) REFERENCES statements,
    CONSTRAINT disputes_hold_entry FOREIGN KEY (hold_entry_id) REFERENCES ledger_entries,
    CONSTRAINT disputes_release_entry FOREIGN KEY (release_entry_id) REFERENCES ledger_entries,
    CONSTRAINT disputes_adjustment_entry FOREIGN KEY (adjustment_entry_id) REFERENCES ledger_entries,
    CONSTRAINT disputes_known_state CHECK (state IN ('OPEN', 'RESOLVED', 'WITHDRAWN')),
    CONSTRAINT disputes_all_or_nothing_held CHECK (held_minor IN (0, line_minor) AND (held_minor = 0) = (hold_entry_id IS NULL)),
    CONSTRAINT disputes_released_at_the_end CHECK ((release_entry_id IS NOT NULL) = (state <> 'OPEN' AND hold_entry_id IS NOT NULL)),
    CONSTRAINT disputes_closed CHECK ((state = 'OPEN') = (close_time IS NULL)),
    CONSTRAINT disputes_known_outcome CHECK ((state = 'RESOLVED') = (outcome IN ('UPHELD', 'REJECTED')) AND (state = 'RESOLVED' OR outcome = '')),
    CONSTRAINT disputes_adjusted_if_upheld CHECK ((outcome = 'UPHELD') = (adjustment_minor IS NOT NULL) AND (outcome = 'UPHELD') = (adjustment_entry_id IS NOT NULL))
);
CREATE UNIQUE INDEX disputes_one_open_a_line ON disputes (entry_id) WHERE state = 'OPEN';
CREATE INDEX disputes_of_partner ON disputes (partner_id, dispute_id);
CREATE INDEX disputes_of_statement ON disputes (statement_id, dispute_id);
CREATE INDEX disputes_holding ON disputes (partner_id, currency) WHERE state = 'OPEN' AND hold_entry_id IS NOT NULL;
CALL holdfast_wall('disputes');

-- What both sides have said of a dispute since.
CREATE TABLE dispute_comments (
    dispute_id  text        NOT NULL,
    number      integer     NOT NULL,
    partner_id  text        NOT NULL,
    side        text        NOT NULL,
    author      text        NOT NULL,
    comment     text        NOT NULL,
    create_time timestamptz NOT NULL,
    CONSTRAINT dispute_comments_pkey PRIMARY KEY (dispute_id, number),
    CONSTRAINT dispute_comments_of_a_dispute FOREIGN KEY (dispute_id) REFERENCES disputes,
    CONSTRAINT dispute_comments_known_side CHECK (side IN ('PARTNER', 'VENDOR'))
);
CALL holdfast_wall('dispute_comments');

-- A dispute ends once.
CREATE TRIGGER disputes_immutable BEFORE UPDATE ON disputes FOR EACH ROW
    WHEN (OLD.state <> 'OPEN'
        OR (OLD.dispute_id, OLD.entry_id, OLD.statement_id, OLD.partner_id, OLD.currency, OLD.line_minor, OLD.held_minor, OLD.claimed_minor,
            OLD.reason_text, OLD.hold_entry_id, OLD.opener, OLD.open_time)
        IS DISTINCT FROM (NEW.dispute_id, NEW.entry_id, NEW.statement_id, NEW.partner_id, NEW.currency, NEW.line_minor, NEW.held_minor, NEW.claimed_minor,
            NEW.reason_text, NEW.hold_entry_id, NEW.opener, NEW.open_time))
    EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER dispute_comments_immutable BEFORE UPDATE ON dispute_comments FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();

-- Partners read; only the service's own work writes, and nobody takes anything
-- away.
-- +goose StatementBegin
DO $$
DECLARE
    app    text := holdfast_role('app');
    system text := holdfast_role('system');
    kept   text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['statements', 'disputes', 'dispute_comments', 'document_series'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE DELETE OR TRUNCATE ON %I EXECUTE FUNCTION refuse_rewriting()', kept || '_kept', kept);
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON %I FROM %I', kept, app);
        EXECUTE format('REVOKE UPDATE, DELETE ON %I FROM %I', kept, system);
    END LOOP;
    EXECUTE format('GRANT UPDATE (paid_minor, state, revision) ON statements TO %I', system);
    EXECUTE format('GRANT UPDATE (state, outcome, adjustment_minor, resolution_text, release_entry_id, adjustment_entry_id, closer, close_time, revision) ON disputes TO %I', system);
    EXECUTE format('REVOKE ALL ON document_series FROM %I', app);
    EXECUTE format('REVOKE INSERT ON document_series FROM %I', system);
    EXECUTE format('GRANT UPDATE (last_number) ON document_series TO %I', system);
END
$$;
-- +goose StatementEnd
