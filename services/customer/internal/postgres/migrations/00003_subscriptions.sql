-- The contracts.

-- +goose Up

-- term_start to billing repeat the last term that is not cancelled, so that a
-- list is read from one table and paged by one index.
CREATE TABLE subscriptions (
    subscription_id    text        NOT NULL COLLATE "C",
    customer_id        text        NOT NULL COLLATE "C",
    product_id         text        NOT NULL COLLATE "C",
    uplift_bps         integer     NOT NULL,
    anchor             date        NOT NULL,
    time_zone          text        NOT NULL,
    first_start        date        NOT NULL,
    term_start         date        NOT NULL,
    term_end           date        NOT NULL,
    term_months        integer     NOT NULL,
    seats              bigint      NOT NULL,
    currency           char(3)     NOT NULL,
    unit_price_minor   bigint      NOT NULL,
    term_net_minor     bigint      NOT NULL,
    billing            text        NOT NULL,
    state              text        NOT NULL,
    cancel_date        date,
    cancellation_cause text,
    last_quote         date,
    external_id        text,
    revision           bigint      NOT NULL,
    create_time        timestamptz NOT NULL,
    update_time        timestamptz NOT NULL,
    CONSTRAINT subscriptions_pkey PRIMARY KEY (subscription_id),
    CONSTRAINT subscriptions_one_external_id UNIQUE (external_id),
    CONSTRAINT subscriptions_customer_exists FOREIGN KEY (customer_id) REFERENCES customers,
    CONSTRAINT subscriptions_product_exists FOREIGN KEY (product_id) REFERENCES products,
    CONSTRAINT subscriptions_uplift_in_range CHECK (uplift_bps BETWEEN 0 AND 10000),
    CONSTRAINT subscriptions_seats_positive CHECK (seats > 0),
    CONSTRAINT subscriptions_price_not_negative CHECK (unit_price_minor >= 0),
    CONSTRAINT subscriptions_term_not_empty CHECK (term_start < term_end),
    CONSTRAINT subscriptions_billing_known CHECK (billing IN ('PREPAID', 'ANNUAL', 'MONTHLY')),
    CONSTRAINT subscriptions_cancelled_with_date_and_cause CHECK (
        (state = 'ACTIVE' AND cancel_date IS NULL AND cancellation_cause IS NULL)
        OR (state = 'CANCELLED' AND cancel_date IS NOT NULL AND cancellation_cause IS NOT NULL)),
    CONSTRAINT subscriptions_revision_positive CHECK (revision > 0)
);
CREATE INDEX subscriptions_by_end ON subscriptions (term_end, subscription_id);
CREATE INDEX subscriptions_by_customer ON subscriptions (customer_id, term_end, subscription_id);

CREATE TABLE terms (
    term_id          text    NOT NULL COLLATE "C",
    subscription_id  text    NOT NULL COLLATE "C",
    start_date       date    NOT NULL,
    end_date         date    NOT NULL,
    months           integer NOT NULL,
    seats            bigint  NOT NULL,
    final_seats      bigint  NOT NULL,
    currency         char(3) NOT NULL,
    unit_price_minor bigint  NOT NULL,
    net_minor        bigint  NOT NULL,
    billing          text    NOT NULL,
    booked_by        text,
    cancelled        boolean NOT NULL,
    CONSTRAINT terms_pkey PRIMARY KEY (term_id),
    CONSTRAINT terms_subscription_exists FOREIGN KEY (subscription_id) REFERENCES subscriptions,
    CONSTRAINT terms_not_empty CHECK (start_date < end_date),
    CONSTRAINT terms_months_offered CHECK (months IN (0, 1, 12, 24, 36)),
    CONSTRAINT terms_seats_positive CHECK (seats > 0 AND final_seats > 0),
    CONSTRAINT terms_price_not_negative CHECK (unit_price_minor >= 0 AND net_minor >= 0)
);
-- However many renew it at once, a term is booked once.
CREATE UNIQUE INDEX terms_one_per_start ON terms (subscription_id, start_date) WHERE NOT cancelled;
CREATE INDEX terms_of_subscription ON terms (subscription_id);
CREATE UNIQUE INDEX terms_booked_once ON terms (booked_by) WHERE booked_by IS NOT NULL;

-- Who serves a subscription on which day: nobody twice, and nobody at the same
-- time as another. begins_at and ends_at are those days' midnights in the
-- subscription's time zone. The exclusion's collation, equal to the column's in
-- all but name, keeps look-ups by subscription on the primary key, which is ten
-- times as fast.
CREATE TABLE partners_of_record (
    subscription_id text        NOT NULL COLLATE "C",
    partner_id      text        NOT NULL COLLATE "C",
    from_date       date        NOT NULL,
    until_date      date,
    begins_at       timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    transfer_id     text,
    CONSTRAINT partners_of_record_pkey PRIMARY KEY (subscription_id, from_date),
    CONSTRAINT partners_of_record_subscription_exists FOREIGN KEY (subscription_id) REFERENCES subscriptions,
    CONSTRAINT partners_of_record_not_empty CHECK (from_date < until_date),
    CONSTRAINT partners_of_record_one_at_a_time
        EXCLUDE USING gist (subscription_id COLLATE "POSIX" WITH =, daterange(from_date, until_date) WITH &&)
);
CREATE INDEX partners_of_record_by_partner ON partners_of_record (partner_id, subscription_id);

-- What callers were answered, for good: the idempotency of the commit points,
-- whose request ids are those of submissions, orders, transfers and quotes.
CREATE TABLE bookings (
    request_id      text        NOT NULL COLLATE "C",
    method          text        NOT NULL,
    fingerprint     bytea       NOT NULL,
    subscription_id text        NOT NULL COLLATE "C",
    revision        bigint      NOT NULL,
    effective_date  date        NOT NULL,
    create_time     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT bookings_one_per_request PRIMARY KEY (request_id),
    CONSTRAINT bookings_subscription_exists FOREIGN KEY (subscription_id) REFERENCES subscriptions
);

-- What happened to a resource.
CREATE INDEX events_by_resource ON events (resource_id, revision);
