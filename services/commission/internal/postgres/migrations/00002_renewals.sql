-- The book as customer's feed tells it, and what is made of it: renewals,
-- quotes, submissions and the terms that they booked.

-- +goose Up

-- A row for each subscription. Partners' callers have no business with it: what
-- a partner may know stands in its renewals.
CREATE TABLE book (
    subscription_id  text     NOT NULL,
    revision         bigint   NOT NULL,
    external_id      text     NOT NULL,
    customer_id      text     NOT NULL,
    customer_name    text     NOT NULL,
    segment          text     NOT NULL,
    country_code     text     NOT NULL,
    product_id       text     NOT NULL,
    family_id        text     NOT NULL,
    partner_id       text     NOT NULL,
    currency         char(3)  NOT NULL,
    unit_price_minor bigint   NOT NULL,
    seats            bigint   NOT NULL,
    uplift_bps       integer  NOT NULL,
    term_months      smallint NOT NULL,
    billing          text     NOT NULL,
    term_start       date     NOT NULL,
    term_end         date     NOT NULL,
    term_net_minor   bigint   NOT NULL,
    anchor_date      date     NOT NULL,
    time_zone        text     NOT NULL,
    cancel_date      date,
    CONSTRAINT book_pkey PRIMARY KEY (subscription_id),
    CONSTRAINT book_term_has_days CHECK (term_start < term_end)
);
CREATE INDEX book_customer ON book (customer_id);
CREATE INDEX book_external_id ON book (external_id) WHERE external_id <> '';
CALL holdfast_wall('book');

-- What the feed told of customers, so that a replay of an older subscription
-- does not bring an old name back.
CREATE TABLE book_customers (
    customer_id  text   NOT NULL,
    revision     bigint NOT NULL,
    name         text   NOT NULL,
    segment      text   NOT NULL,
    country_code text   NOT NULL,
    CONSTRAINT book_customers_pkey PRIMARY KEY (customer_id)
);

-- A row for each subscription and uncancelled term end. What the feed tells is
-- guarded by the subscription's revision; what people decide here (a decline,
-- an approval) is not touched by the feed.
CREATE TABLE renewals (
    renewal_id        text     NOT NULL,
    subscription_id   text     NOT NULL,
    book_revision     bigint   NOT NULL,
    partner_id        text     NOT NULL,
    customer_id       text     NOT NULL,
    customer_name     text     NOT NULL,
    segment           text     NOT NULL,
    country_code      text     NOT NULL,
    product_id        text     NOT NULL,
    family_id         text     NOT NULL,
    time_zone         text     NOT NULL,
    code_version_id   text     NOT NULL,
    term_start        date     NOT NULL,
    due_date          date     NOT NULL,
    open_date         date     NOT NULL,
    lapse_date        date     NOT NULL,
    expire_date       date     NOT NULL,
    term_months       smallint NOT NULL,
    seats             bigint   NOT NULL,
    currency          char(3)  NOT NULL,
    unit_price_minor  bigint   NOT NULL,
    current_net_minor bigint   NOT NULL,
    renewal_net_minor bigint   NOT NULL,
    cancel_date       date,
    renewed           boolean  NOT NULL,
    renewed_by        text     NOT NULL,
    revision          bigint   NOT NULL DEFAULT 1,
    decline_date      date,
    decline_note      text     NOT NULL DEFAULT '',
    late_approver     text     NOT NULL DEFAULT '',
    late_note         text     NOT NULL DEFAULT '',
    CONSTRAINT renewals_pkey PRIMARY KEY (renewal_id),
    CONSTRAINT renewals_one_per_term_end UNIQUE (subscription_id, due_date),
    CONSTRAINT renewals_dates_in_order CHECK (open_date <= due_date AND due_date <= lapse_date AND lapse_date <= expire_date),
    CONSTRAINT renewals_nets_not_negative CHECK (current_net_minor >= 0 AND renewal_net_minor >= 0)
);
CREATE INDEX renewals_by_partner ON renewals (partner_id, due_date, renewal_id);
CREATE INDEX renewals_by_due_date ON renewals (due_date, renewal_id);
CREATE INDEX renewals_by_value ON renewals (partner_id, currency, renewal_net_minor DESC, renewal_id);
CREATE INDEX renewals_by_customer ON renewals (customer_id, due_date);
CREATE INDEX renewals_by_booking ON renewals (renewed_by) WHERE renewed_by <> '';
CALL holdfast_wall('renewals');

-- Binding quotes. Whether the last day is over is told by the date.
CREATE TABLE quotes (
    quote_id        text        NOT NULL,
    renewal_id      text        NOT NULL,
    subscription_id text        NOT NULL,
    partner_id      text        NOT NULL,
    state           text        NOT NULL,
    quote_date      date        NOT NULL,
    valid_until     date        NOT NULL,
    time_zone       text        NOT NULL,
    term_months     smallint    NOT NULL,
    seats           bigint      NOT NULL,
    billing         text        NOT NULL,
    calculation_id  text        NOT NULL,
    relationship_id text        NOT NULL,
    fx_set_id       text        NOT NULL,
    revision        bigint      NOT NULL,
    create_time     timestamptz NOT NULL,
    CONSTRAINT quotes_pkey PRIMARY KEY (quote_id),
    CONSTRAINT quotes_renewal FOREIGN KEY (renewal_id) REFERENCES renewals,
    CONSTRAINT quotes_calculation FOREIGN KEY (calculation_id) REFERENCES calculations,
    CONSTRAINT quotes_known_state CHECK (state IN ('OPEN', 'ACCEPTED', 'WITHDRAWN')),
    CONSTRAINT quotes_bind_for_a_day CHECK (quote_date <= valid_until)
);
CREATE INDEX quotes_live ON quotes (renewal_id, valid_until) WHERE state = 'OPEN';
CREATE INDEX quotes_of_renewal ON quotes (renewal_id, quote_id);
CREATE INDEX quotes_of_partner ON quotes (partner_id, quote_id);
CALL holdfast_wall('quotes');

-- One attempt each. booked_id is what makes a booking without its margin
-- impossible: it must be found in booked_terms when the transaction commits.
CREATE TABLE submissions (
    submission_id     text        NOT NULL,
    renewal_id        text        NOT NULL,
    subscription_id   text        NOT NULL,
    partner_id        text        NOT NULL,
    state             text        NOT NULL,
    booked_id         text        GENERATED ALWAYS AS (CASE WHEN state = 'BOOKED' THEN submission_id END) STORED,
    term_start        date        NOT NULL,
    term_end          date        NOT NULL,
    term_months       smallint    NOT NULL,
    seats             bigint      NOT NULL,
    currency          char(3)     NOT NULL,
    unit_price_minor  bigint      NOT NULL,
    billing           text        NOT NULL,
    calculation_id    text        NOT NULL,
    relationship_id   text        NOT NULL,
    quote_id          text,
    partner_reference text        NOT NULL,
    subscription_etag text        NOT NULL,
    actor             text        NOT NULL,
    rejection         jsonb,
    revision          bigint      NOT NULL,
    create_time       timestamptz NOT NULL,
    decide_time       timestamptz,
    CONSTRAINT submissions_pkey PRIMARY KEY (submission_id),
    CONSTRAINT submissions_renewal FOREIGN KEY (renewal_id) REFERENCES renewals,
    CONSTRAINT submissions_calculation FOREIGN KEY (calculation_id) REFERENCES calculations,
    CONSTRAINT submissions_quote FOREIGN KEY (quote_id) REFERENCES quotes,
    CONSTRAINT submissions_known_state CHECK (state IN ('SUBMITTED', 'BOOKED', 'REJECTED')),
    CONSTRAINT submissions_rejected_with_reason CHECK ((state = 'REJECTED') = (rejection IS NOT NULL)),
    CONSTRAINT submissions_decided_at_a_time CHECK ((state = 'SUBMITTED') = (decide_time IS NULL)),
    CONSTRAINT submissions_term_has_days CHECK (term_start < term_end)
);
CREATE UNIQUE INDEX submissions_one_live ON submissions (renewal_id) WHERE state IN ('SUBMITTED', 'BOOKED');
CREATE INDEX submissions_undecided ON submissions (create_time) WHERE state = 'SUBMITTED';
CREATE INDEX submissions_of_renewal ON submissions (renewal_id, submission_id);
CREATE INDEX submissions_of_partner ON submissions (partner_id, submission_id);
CREATE INDEX submissions_of_quote ON submissions (quote_id) WHERE quote_id IS NOT NULL;
CALL holdfast_wall('submissions');

-- The margin of each booked term, fixed.
CREATE TABLE booked_terms (
    submission_id   text        NOT NULL,
    subscription_id text        NOT NULL,
    partner_id      text        NOT NULL,
    relationship_id text        NOT NULL,
    calculation_id  text        NOT NULL,
    term_start      date        NOT NULL,
    term_end        date        NOT NULL,
    settlement_mode text        NOT NULL,
    currency        char(3)     NOT NULL,
    net_minor       bigint      NOT NULL,
    margin_minor    bigint      NOT NULL,
    locked_bps      integer     NOT NULL,
    cap_bps         integer,
    effective_bps   integer     NOT NULL,
    create_time     timestamptz NOT NULL,
    CONSTRAINT booked_terms_pkey PRIMARY KEY (submission_id),
    CONSTRAINT booked_terms_one_per_term UNIQUE (subscription_id, term_start),
    CONSTRAINT booked_terms_submission FOREIGN KEY (submission_id) REFERENCES submissions,
    CONSTRAINT booked_terms_calculation FOREIGN KEY (calculation_id) REFERENCES calculations,
    CONSTRAINT booked_terms_margin_within_net CHECK (0 <= margin_minor AND margin_minor <= net_minor),
    CONSTRAINT booked_terms_lower_of_lock_and_cap CHECK (effective_bps = least(locked_bps, cap_bps))
);
CALL holdfast_wall('booked_terms');

ALTER TABLE submissions ADD CONSTRAINT submissions_booked_with_margin
    FOREIGN KEY (booked_id) REFERENCES booked_terms DEFERRABLE INITIALLY DEFERRED;

-- What was booked stays, and only jobs write the book.
-- +goose StatementBegin
DO $$
DECLARE
    app    text := holdfast_role('app');
    system text := holdfast_role('system');
BEGIN
    EXECUTE format('REVOKE ALL ON book, book_customers FROM %I', app);
    EXECUTE format('REVOKE UPDATE, DELETE ON booked_terms FROM %I, %I', app, system);
    EXECUTE format('REVOKE DELETE ON submissions, quotes FROM %I, %I', app, system);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON renewals FROM %I', app);
    EXECUTE format('GRANT UPDATE (revision, decline_date, decline_note) ON renewals TO %I', app);
END
$$;
-- +goose StatementEnd
