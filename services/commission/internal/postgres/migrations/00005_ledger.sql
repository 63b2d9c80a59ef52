-- What billing tells of invoices, what they earn, and the ledger.

-- +goose Up

-- An invoice as it was issued. fingerprint tells the same fact told again from
-- another one under the same id.
CREATE TABLE invoices (
    invoice_id   text        NOT NULL,
    currency     char(3)     NOT NULL,
    issue_date   date        NOT NULL,
    due_date     date        NOT NULL,
    amount_minor bigint      NOT NULL,
    hold_days    integer     NOT NULL,
    overdue_days integer     NOT NULL,
    code_version_id text     NOT NULL,
    fx_set_id    text        NOT NULL,
    fingerprint  bytea       NOT NULL,
    actor        text        NOT NULL,
    record_time  timestamptz NOT NULL,
    CONSTRAINT invoices_pkey PRIMARY KEY (invoice_id),
    CONSTRAINT invoices_due_after_issue CHECK (issue_date <= due_date),
    CONSTRAINT invoices_positive CHECK (amount_minor > 0)
);

-- A line is an instalment of what was booked (source_id is the submission) or
-- imported (the subscription and the term's first day). An instalment whose line
-- was credited in full as a mistake may be invoiced again: then voided is true.
CREATE TABLE invoice_lines (
    invoice_id      text     NOT NULL,
    line_number     smallint NOT NULL,
    source_id       text     NOT NULL,
    instalment      smallint NOT NULL,
    subscription_id text     NOT NULL,
    amount_minor    bigint   NOT NULL,
    voided          boolean  NOT NULL DEFAULT false,
    CONSTRAINT invoice_lines_pkey PRIMARY KEY (invoice_id, line_number),
    CONSTRAINT invoice_lines_of_an_invoice FOREIGN KEY (invoice_id) REFERENCES invoices,
    CONSTRAINT invoice_lines_not_negative CHECK (amount_minor >= 0)
);
CREATE UNIQUE INDEX invoice_lines_invoiced_once ON invoice_lines (source_id, instalment) WHERE NOT voided;
CREATE INDEX invoice_lines_of_source ON invoice_lines (source_id);
CREATE INDEX invoice_lines_of_subscription ON invoice_lines (subscription_id);

-- Payments, payments taken back (reverses names which), and credits.
CREATE TABLE billing_facts (
    kind         text        NOT NULL,
    external_id  text        NOT NULL,
    invoice_id   text        NOT NULL,
    value_date   date        NOT NULL,
    amount_minor bigint      NOT NULL,
    cause        text        NOT NULL DEFAULT '',
    reverses     text,
    fingerprint  bytea       NOT NULL,
    actor        text        NOT NULL,
    record_time  timestamptz NOT NULL,
    CONSTRAINT billing_facts_pkey PRIMARY KEY (kind, external_id),
    CONSTRAINT billing_facts_of_an_invoice FOREIGN KEY (invoice_id) REFERENCES invoices,
    CONSTRAINT billing_facts_reversed_once UNIQUE (reverses),
    CONSTRAINT billing_facts_known_kind CHECK (kind IN ('PAYMENT', 'PAYMENT_REVERSAL', 'CREDIT_NOTE')),
    CONSTRAINT billing_facts_known_cause CHECK ((kind = 'CREDIT_NOTE') = (cause IN ('CUSTOMER', 'VENDOR_FAULT', 'CORRECTION'))),
    CONSTRAINT billing_facts_reversal_of_a_payment CHECK ((kind = 'PAYMENT_REVERSAL') = (reverses IS NOT NULL)),
    CONSTRAINT billing_facts_positive CHECK (amount_minor > 0)
);
CREATE INDEX billing_facts_by_invoice ON billing_facts (invoice_id);

-- What falls to each line of a fact's invoice.
CREATE TABLE billing_fact_lines (
    kind         text     NOT NULL,
    external_id  text     NOT NULL,
    line_number  smallint NOT NULL,
    amount_minor bigint   NOT NULL,
    CONSTRAINT billing_fact_lines_pkey PRIMARY KEY (kind, external_id, line_number),
    CONSTRAINT billing_fact_lines_of_a_fact FOREIGN KEY (kind, external_id) REFERENCES billing_facts,
    CONSTRAINT billing_fact_lines_positive CHECK (amount_minor > 0)
);

-- What one relationship earns by a line: the margin or an adjustment of it, or
-- the reward. The amounts are those that its entries come to; next_date is the
-- day on which time alone changes them.
CREATE TABLE accruals (
    accrual_id        text     NOT NULL,
    invoice_id        text     NOT NULL,
    line_number       smallint NOT NULL,
    relationship_id   text     NOT NULL,
    kind              text     NOT NULL,
    partner_id        text     NOT NULL,
    subscription_id   text     NOT NULL,
    source_id         text     NOT NULL,
    instalment        smallint NOT NULL,
    calculation_id    text     NOT NULL,
    customer_id       text     NOT NULL,
    customer_name     text     NOT NULL,
    product_id        text     NOT NULL,
    family_id         text     NOT NULL,
    segment           text     NOT NULL,
    partner_reference text     NOT NULL,
    service_date      date     NOT NULL,
    settlement_mode   text     NOT NULL,
    currency          char(3)  NOT NULL,
    net_minor         bigint   NOT NULL,
    rate_bps          integer  NOT NULL,
    fx_set_id         text     NOT NULL,
    accrued_minor     bigint   NOT NULL DEFAULT 0,
    payable_minor     bigint   NOT NULL DEFAULT 0,
    held_minor        bigint   NOT NULL DEFAULT 0,
    next_date         date,
    revision          bigint   NOT NULL DEFAULT 1,
    create_time       timestamptz NOT NULL,
    CONSTRAINT accruals_pkey PRIMARY KEY (accrual_id),
    CONSTRAINT accruals_one_per_claim UNIQUE (invoice_id, line_number, relationship_id, kind),
    CONSTRAINT accruals_of_a_line FOREIGN KEY (invoice_id, line_number) REFERENCES invoice_lines,
    CONSTRAINT accruals_known_kind CHECK (kind IN ('MARGIN', 'REWARD', 'ADJUSTMENT')),
    -- Whoever buys at net less margin has its margin already.
    CONSTRAINT accruals_no_margin_in_resale CHECK (kind <> 'MARGIN' OR settlement_mode = 'AGENCY')
);
CREATE INDEX accruals_of_partner ON accruals (partner_id, accrual_id);
CREATE INDEX accruals_of_subscription ON accruals (subscription_id, accrual_id);
CREATE INDEX accruals_of_source ON accruals (source_id, accrual_id);
CREATE INDEX accruals_to_do ON accruals (next_date) WHERE next_date IS NOT NULL;
CALL holdfast_wall('accruals');

-- What an accrual claims from a day on; the last word of a day counts.
CREATE TABLE claims (
    accrual_id   text        NOT NULL,
    number       smallint    NOT NULL,
    from_date    date        NOT NULL,
    earned_minor bigint      NOT NULL,
    held_minor   bigint      NOT NULL,
    first_minor  bigint      NOT NULL,
    span_minor   bigint      NOT NULL,
    cause        text        NOT NULL,
    CONSTRAINT claims_pkey PRIMARY KEY (accrual_id, number),
    CONSTRAINT claims_of_an_accrual FOREIGN KEY (accrual_id) REFERENCES accruals,
    CONSTRAINT claims_span_not_negative CHECK (first_minor >= 0 AND span_minor >= 0),
    CONSTRAINT claims_of_one_sign CHECK (least(earned_minor, held_minor) >= 0 OR greatest(earned_minor, held_minor) <= 0)
);

-- The ledger. digest is the SHA-256 of entry and postings, as the service made
-- it.
CREATE TABLE ledger_entries (
    entry_id       text        NOT NULL,
    kind           text        NOT NULL,
    partner_id     text        NOT NULL,
    currency       char(3)     NOT NULL,
    effective_date date        NOT NULL,
    post_time      timestamptz NOT NULL,
    accrual_id     text,
    reverses       text,
    cause          text        NOT NULL,
    note           text        NOT NULL,
    actor          text        NOT NULL,
    fx_set_id      text        NOT NULL,
    digest         bytea       NOT NULL,
    CONSTRAINT ledger_entries_pkey PRIMARY KEY (entry_id),
    CONSTRAINT ledger_entries_reversed_once UNIQUE (reverses),
    CONSTRAINT ledger_entries_of_an_accrual FOREIGN KEY (accrual_id) REFERENCES accruals,
    CONSTRAINT ledger_entries_reversed_entry FOREIGN KEY (reverses) REFERENCES ledger_entries,
    CONSTRAINT ledger_entries_reversal CHECK ((kind = 'REVERSAL') = (reverses IS NOT NULL))
);
CREATE INDEX ledger_entries_of_partner ON ledger_entries (partner_id, currency, entry_id);
CREATE INDEX ledger_entries_of_accrual ON ledger_entries (accrual_id) WHERE accrual_id IS NOT NULL;
CREATE INDEX ledger_entries_by_cause ON ledger_entries (cause);
CALL holdfast_wall('ledger_entries');

-- Partner, currency, day and time are the entry's, for sums by account.
CREATE TABLE ledger_postings (
    entry_id       text        NOT NULL,
    number         smallint    NOT NULL,
    account        text        NOT NULL,
    partner_id     text        NOT NULL,
    currency       char(3)     NOT NULL,
    effective_date date        NOT NULL,
    post_time      timestamptz NOT NULL,
    debit_minor    bigint      NOT NULL,
    credit_minor   bigint      NOT NULL,
    CONSTRAINT ledger_postings_pkey PRIMARY KEY (entry_id, number),
    CONSTRAINT ledger_postings_of_an_entry FOREIGN KEY (entry_id) REFERENCES ledger_entries,
    CONSTRAINT ledger_postings_one_sided CHECK (debit_minor >= 0 AND credit_minor >= 0 AND (debit_minor = 0) <> (credit_minor = 0)),
    CONSTRAINT ledger_postings_known_account CHECK (
        account IN ('EXPENSE', 'ACCRUED', 'HELD', 'PAYABLE', 'DISPUTED', 'RECEIVABLE', 'IN_TRANSIT', 'CASH'))
);
CREATE INDEX ledger_postings_of_account ON ledger_postings (partner_id, currency, account, post_time);
CALL holdfast_wall('ledger_postings');

-- Refuses, when the transaction commits, an entry whose postings do not balance,
-- or are not all its partner's, in its currency, for its day.
-- +goose StatementBegin
CREATE FUNCTION check_entry_balances() RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    legs    bigint;
    balance numeric;
    strange bigint;
BEGIN
    SELECT count(*), sum(p.debit_minor) - sum(p.credit_minor),
        count(*) FILTER (WHERE p.partner_id <> e.partner_id OR p.currency <> e.currency OR p.effective_date <> e.effective_date OR p.post_time <> e.post_time)
    INTO legs, balance, strange
    FROM ledger_postings p
    JOIN ledger_entries e ON e.entry_id = p.entry_id
    WHERE p.entry_id = NEW.entry_id;
    IF legs < 2 OR balance <> 0 OR strange > 0 THEN
        RAISE EXCEPTION 'entry % has % postings, which are % apart, % of them not its own', NEW.entry_id, legs, balance, strange
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entries_balanced';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER ledger_entries_balanced AFTER INSERT ON ledger_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_entry_balances();
-- An entry's first two postings are checked with it; more than two may come
-- later only if they leave it balanced.
CREATE CONSTRAINT TRIGGER ledger_postings_balanced AFTER INSERT ON ledger_postings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_entry_balances();

-- What a partner's statements show: a line for each entry that changes what is
-- due to it. A line is on the open statement until a statement takes it.
CREATE TABLE statement_lines (
    entry_id       text    NOT NULL,
    partner_id     text    NOT NULL,
    currency       char(3) NOT NULL,
    effective_date date    NOT NULL,
    amount_minor   bigint  NOT NULL,
    accrual_id     text,
    statement_id   text,
    CONSTRAINT statement_lines_pkey PRIMARY KEY (entry_id),
    CONSTRAINT statement_lines_of_an_entry FOREIGN KEY (entry_id) REFERENCES ledger_entries
);
CREATE INDEX statement_lines_open ON statement_lines (partner_id, currency, effective_date) WHERE statement_id IS NULL;
CREATE INDEX statement_lines_of_statement ON statement_lines (statement_id, effective_date, entry_id) WHERE statement_id IS NOT NULL;
CREATE INDEX statement_lines_of_accrual ON statement_lines (accrual_id) WHERE accrual_id IS NOT NULL;
CALL holdfast_wall('statement_lines');

-- The ledger and what it rests on are only ever added to.
-- +goose StatementBegin
DO $$
DECLARE
    app    text := holdfast_role('app');
    system text := holdfast_role('system');
    kept   text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['invoices', 'billing_facts', 'billing_fact_lines', 'claims', 'ledger_entries', 'ledger_postings'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()', kept || '_immutable', kept);
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I EXECUTE FUNCTION refuse_rewriting()', kept || '_kept', kept);
        EXECUTE format('REVOKE UPDATE, DELETE ON %I FROM %I, %I', kept, app, system);
    END LOOP;
    EXECUTE format('GRANT UPDATE (invoice_id) ON invoices TO %I', system); -- to lock one
    EXECUTE format('REVOKE ALL ON invoices, invoice_lines, billing_facts, billing_fact_lines, claims FROM %I', app);
    EXECUTE format('REVOKE UPDATE, DELETE ON invoice_lines FROM %I', system);
    EXECUTE format('GRANT UPDATE (voided) ON invoice_lines TO %I', system);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON accruals, ledger_entries, ledger_postings, statement_lines FROM %I', app);
    EXECUTE format('REVOKE UPDATE, DELETE ON accruals, statement_lines FROM %I', system);
    EXECUTE format('GRANT UPDATE (accrued_minor, payable_minor, held_minor, next_date, revision) ON accruals TO %I', system);
    EXECUTE format('GRANT UPDATE (statement_id) ON statement_lines TO %I', system);
END
$$;
-- +goose StatementEnd
-- A line is taken once.
CREATE TRIGGER statement_lines_immutable BEFORE UPDATE ON statement_lines FOR EACH ROW
    WHEN (OLD.statement_id IS NOT NULL OR OLD.amount_minor <> NEW.amount_minor OR OLD.partner_id <> NEW.partner_id)
    EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER statement_lines_kept BEFORE DELETE ON statement_lines FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
