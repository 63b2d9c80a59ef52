-- What is paid out to partners, and what the bank says of it.

-- +goose Up

-- What two people decide to pay in one currency on one day. omissions are the
-- statements that it leaves out. The debtor is the account that its file names,
-- kept when the file is first written, so that it is the same ever after. The
-- vendor's own: partners' transactions do not see batches.
CREATE TABLE payout_batches (
    payout_batch_id text        NOT NULL,
    currency        char(3)     NOT NULL,
    only_partner_id text,
    execution_date  date        NOT NULL,
    state           text        NOT NULL,
    payout_count    integer     NOT NULL,
    total_minor     bigint      NOT NULL,
    omissions       jsonb       NOT NULL,
    proposer        text        NOT NULL,
    approver        text        NOT NULL DEFAULT '',
    canceller       text        NOT NULL DEFAULT '',
    debtor          jsonb,
    revision        bigint      NOT NULL,
    create_time     timestamptz NOT NULL,
    approve_time    timestamptz,
    cancel_time     timestamptz,
    instruct_time   timestamptz,
    complete_time   timestamptz,
    export_time     timestamptz,
    CONSTRAINT payout_batches_pkey PRIMARY KEY (payout_batch_id),
    CONSTRAINT payout_batches_known_state CHECK (state IN ('PROPOSED', 'APPROVED', 'INSTRUCTED', 'COMPLETED', 'CANCELLED')),
    CONSTRAINT payout_batches_pay CHECK (payout_count BETWEEN 1 AND 1000 AND total_minor >= payout_count),
    CONSTRAINT payout_batches_two_people CHECK (
        proposer <> '' AND (
            (state = 'PROPOSED' AND approver = '' AND canceller = '')
            OR (state = 'CANCELLED' AND approver = '' AND canceller <> '')
            OR (state IN ('APPROVED', 'INSTRUCTED', 'COMPLETED') AND approver <> '' AND approver <> proposer AND canceller = ''))),
    CONSTRAINT payout_batches_times CHECK (
        (approver = '') = (approve_time IS NULL) AND (canceller = '') = (cancel_time IS NULL)
        AND (state IN ('INSTRUCTED', 'COMPLETED')) = (instruct_time IS NOT NULL) AND (state = 'COMPLETED') = (complete_time IS NOT NULL)),
    CONSTRAINT payout_batches_exported_once_instructed CHECK (
        (export_time IS NULL) = (debtor IS NULL) AND (export_time IS NULL OR instruct_time IS NOT NULL))
);
CREATE INDEX payout_batches_to_post ON payout_batches (approve_time) WHERE state = 'APPROVED';

-- A batch goes one way, and what was proposed stands still.
CREATE TRIGGER payout_batches_immutable BEFORE UPDATE ON payout_batches FOR EACH ROW
    WHEN ((OLD.state, NEW.state) NOT IN (('PROPOSED', 'APPROVED'), ('PROPOSED', 'CANCELLED'), ('APPROVED', 'INSTRUCTED'), ('APPROVED', 'COMPLETED'),
            ('INSTRUCTED', 'INSTRUCTED'), ('INSTRUCTED', 'COMPLETED'), ('COMPLETED', 'COMPLETED'))
        OR (OLD.payout_batch_id, OLD.currency, OLD.only_partner_id, OLD.execution_date, OLD.payout_count, OLD.total_minor, OLD.omissions, OLD.proposer,
            OLD.create_time)
        IS DISTINCT FROM (NEW.payout_batch_id, NEW.currency, NEW.only_partner_id, NEW.execution_date, NEW.payout_count, NEW.total_minor, NEW.omissions, NEW.proposer,
            NEW.create_time)
        OR OLD.approver <> '' AND (OLD.approver, OLD.approve_time) IS DISTINCT FROM (NEW.approver, NEW.approve_time)
        OR OLD.export_time IS NOT NULL AND (OLD.export_time, OLD.debtor) IS DISTINCT FROM (NEW.export_time, NEW.debtor))
    EXECUTE FUNCTION refuse_rewriting();

-- One statement's payment. The account's number is not here: who pays asks for
-- it. in_file says that the batch's file has it.
CREATE TABLE payouts (
    payout_id         text        NOT NULL,
    payout_batch_id   text        NOT NULL,
    partner_id        text        NOT NULL,
    statement_id      text        NOT NULL,
    currency          char(3)     NOT NULL,
    amount_minor      bigint      NOT NULL,
    payout_account_id text        NOT NULL,
    masked_account    text        NOT NULL,
    holder_name       text        NOT NULL,
    execution_date    date        NOT NULL,
    state             text        NOT NULL,
    obstacle          text        NOT NULL DEFAULT '',
    detail            text        NOT NULL DEFAULT '',
    instruct_date     date,
    in_file           boolean     NOT NULL DEFAULT false,
    paid              jsonb,
    returned          jsonb,
    revision          bigint      NOT NULL,
    create_time       timestamptz NOT NULL,
    update_time       timestamptz NOT NULL,
    CONSTRAINT payouts_pkey PRIMARY KEY (payout_id),
    CONSTRAINT payouts_of_a_batch FOREIGN KEY (payout_batch_id) REFERENCES payout_batches,
    CONSTRAINT payouts_of_a_statement FOREIGN KEY (statement_id) REFERENCES statements,
    CONSTRAINT payouts_positive CHECK (amount_minor > 0),
    CONSTRAINT payouts_skipped_for_a_reason CHECK ((state = 'SKIPPED') = (obstacle <> '')),
    CONSTRAINT payouts_answered CHECK (
        (state IN ('PROPOSED', 'SKIPPED', 'CANCELLED') AND instruct_date IS NULL AND NOT in_file AND paid IS NULL AND returned IS NULL)
        OR (state = 'INSTRUCTED' AND instruct_date IS NOT NULL AND paid IS NULL AND returned IS NULL)
        OR (state = 'PAID' AND instruct_date IS NOT NULL AND paid IS NOT NULL AND returned IS NULL)
        OR (state = 'RETURNED' AND instruct_date IS NOT NULL AND returned IS NOT NULL))
);
-- A statement is paid once, whatever happens: this is the last wall.
CREATE UNIQUE INDEX payouts_one_live_per_statement ON payouts (statement_id) WHERE state NOT IN ('SKIPPED', 'CANCELLED');
CREATE INDEX payouts_of_batch ON payouts (payout_batch_id, payout_id);
CREATE INDEX payouts_of_partner ON payouts (partner_id, payout_id);
CREATE INDEX payouts_by_statement ON payouts (statement_id);
CALL holdfast_wall('payouts');

CREATE TRIGGER payouts_immutable BEFORE UPDATE ON payouts FOR EACH ROW
    WHEN ((OLD.state, NEW.state) NOT IN (('PROPOSED', 'INSTRUCTED'), ('PROPOSED', 'SKIPPED'), ('PROPOSED', 'CANCELLED'), ('INSTRUCTED', 'INSTRUCTED'),
            ('INSTRUCTED', 'PAID'), ('INSTRUCTED', 'RETURNED'), ('PAID', 'RETURNED'))
        OR (OLD.payout_id, OLD.payout_batch_id, OLD.partner_id, OLD.statement_id, OLD.currency, OLD.amount_minor, OLD.payout_account_id,
            OLD.masked_account, OLD.holder_name, OLD.execution_date, OLD.create_time)
        IS DISTINCT FROM (NEW.payout_id, NEW.payout_batch_id, NEW.partner_id, NEW.statement_id, NEW.currency, NEW.amount_minor, NEW.payout_account_id,
            NEW.masked_account, NEW.holder_name, NEW.execution_date, NEW.create_time)
        OR OLD.instruct_date <> NEW.instruct_date OR OLD.in_file AND NOT NEW.in_file OR OLD.paid <> NEW.paid)
    EXECUTE FUNCTION refuse_rewriting();

-- Each payout is entered into the ledger once, paid once and returned once.
CREATE UNIQUE INDEX ledger_entries_one_per_payout ON ledger_entries (cause, kind) WHERE kind IN ('PAYOUT', 'PAYOUT_PAID', 'PAYOUT_RETURNED');

-- Refuses, when the transaction commits, a batch that is not the sum of its
-- payouts.
-- +goose StatementBegin
CREATE FUNCTION check_batch_adds_up() RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    payouts bigint;
    total   numeric;
    strange bigint;
BEGIN
    SELECT count(*), coalesce(sum(p.amount_minor), 0),
        count(*) FILTER (WHERE p.currency <> NEW.currency OR p.execution_date <> NEW.execution_date OR s.partner_id <> p.partner_id OR s.currency <> p.currency)
    INTO payouts, total, strange
    FROM payouts p
    JOIN statements s ON s.statement_id = p.statement_id
    WHERE p.payout_batch_id = NEW.payout_batch_id;
    IF payouts <> NEW.payout_count OR total <> NEW.total_minor OR strange > 0 THEN
        RAISE EXCEPTION 'payout batch % has % payouts of %, % of them not its own', NEW.payout_batch_id, payouts, total, strange
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payout_batches_add_up';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER payout_batches_add_up AFTER INSERT ON payout_batches
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_batch_adds_up();

-- Refuses a payout that is posted with another amount than its statement says is
-- paid of it, or that comes to a batch that is decided.
-- +goose StatementBegin
CREATE FUNCTION check_payout_posted() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF NEW.state = 'INSTRUCTED' AND NOT EXISTS (
            SELECT FROM statements WHERE statement_id = NEW.statement_id AND paid_minor = NEW.amount_minor AND state = 'PAYING')
        OR NEW.state <> 'CANCELLED' AND NEW.state <> 'PROPOSED' AND NOT EXISTS (
            SELECT FROM payout_batches WHERE payout_batch_id = NEW.payout_batch_id AND state IN ('APPROVED', 'INSTRUCTED', 'COMPLETED'))
    THEN
        RAISE EXCEPTION 'payout % of % is not what was approved', NEW.payout_id, NEW.amount_minor
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payouts_as_approved';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER payouts_as_approved AFTER UPDATE ON payouts
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.state = 'PROPOSED') EXECUTE FUNCTION check_payout_posted();

-- Partners read what was decided about them; only the service's own work writes.
-- +goose StatementBegin
DO $$
DECLARE
    app    text := holdfast_role('app');
    system text := holdfast_role('system');
    kept   text;
BEGIN
    EXECUTE format('CREATE POLICY decided_rows ON payouts AS RESTRICTIVE TO %I USING (state NOT IN (''PROPOSED'', ''CANCELLED''))', app);
    FOREACH kept IN ARRAY ARRAY['payout_batches', 'payouts'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE DELETE OR TRUNCATE ON %I EXECUTE FUNCTION refuse_rewriting()', kept || '_kept', kept);
        EXECUTE format('REVOKE UPDATE, DELETE ON %I FROM %I', kept, system);
    END LOOP;
    EXECUTE format('REVOKE ALL ON payout_batches FROM %I', app);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON payouts FROM %I', app);
    EXECUTE format('GRANT UPDATE (state, approver, canceller, debtor, revision, approve_time, cancel_time, instruct_time, complete_time, export_time)
        ON payout_batches TO %I', system);
    EXECUTE format('GRANT UPDATE (state, obstacle, detail, instruct_date, in_file, paid, returned, revision, update_time) ON payouts TO %I', system);
END
$$;
-- +goose StatementEnd
