-- Submissions of orders and of changes of seats, beside those of renewals.

-- +goose Up

-- renewal_id is NULL for what is no renewal, and not empty: a process of the
-- version before can't read such a row, and so leaves alone what it would
-- mistake for a renewal. ordered is the order as it was decided; what it may be
-- looked up by, and what changes, stands beside it. told is true once partner
-- has been told of a booked order. running_from is the first day of the term
-- whose seats change.
ALTER TABLE submissions
    ALTER COLUMN renewal_id DROP NOT NULL,
    ADD COLUMN kind                 text    NOT NULL DEFAULT 'RENEWAL',
    ADD COLUMN customer_id          text,
    ADD COLUMN deal_registration_id text,
    ADD COLUMN ordered              jsonb,
    ADD COLUMN old_seats            bigint,
    ADD COLUMN running_from         date,
    ADD COLUMN told                 boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT submissions_known_kind CHECK (kind IN ('RENEWAL', 'ORDER', 'SEAT_CHANGE')),
    ADD CONSTRAINT submissions_renewal_of_a_renewal CHECK ((kind = 'RENEWAL') = (renewal_id IS NOT NULL)),
    ADD CONSTRAINT submissions_order_of_an_order CHECK ((kind = 'ORDER') = (ordered IS NOT NULL)),
    ADD CONSTRAINT submissions_old_seats_of_a_change CHECK ((kind = 'SEAT_CHANGE') = (old_seats IS NOT NULL)),
    ADD CONSTRAINT submissions_running_term_of_a_change CHECK ((kind = 'SEAT_CHANGE') = (running_from IS NOT NULL)),
    ADD CONSTRAINT submissions_customer_of_an_order CHECK (kind = 'ORDER' OR customer_id IS NULL AND deal_registration_id IS NULL AND NOT told),
    ADD CONSTRAINT submissions_booked_for_a_customer CHECK (kind <> 'ORDER' OR state <> 'BOOKED' OR customer_id IS NOT NULL),
    ADD CONSTRAINT submissions_told_when_booked CHECK (NOT told OR state = 'BOOKED');

-- A registration is converted by one order.
CREATE UNIQUE INDEX submissions_one_live_per_registration ON submissions (deal_registration_id)
    WHERE state IN ('SUBMITTED', 'BOOKED') AND deal_registration_id IS NOT NULL;
-- A subscription is ordered once.
CREATE UNIQUE INDEX submissions_one_order ON submissions (subscription_id) WHERE kind = 'ORDER';
CREATE INDEX submissions_of_subscription ON submissions (subscription_id, submission_id);
CREATE INDEX submissions_of_kind ON submissions (kind, submission_id) WHERE kind <> 'RENEWAL';
CREATE INDEX submissions_untold ON submissions (decide_time) WHERE kind = 'ORDER' AND state = 'BOOKED' AND NOT told;

-- A term has one booking, and any number of changes of its seats, whose
-- term_start is the day from which they hold.
ALTER TABLE booked_terms
    ADD COLUMN kind         text NOT NULL DEFAULT 'RENEWAL',
    ADD COLUMN running_from date,
    ADD CONSTRAINT booked_terms_known_kind CHECK (kind IN ('RENEWAL', 'ORDER', 'SEAT_CHANGE')),
    ADD CONSTRAINT booked_terms_running_term_of_a_change CHECK ((kind = 'SEAT_CHANGE') = (running_from IS NOT NULL)),
    DROP CONSTRAINT booked_terms_one_per_term;
CREATE UNIQUE INDEX booked_terms_one_per_term ON booked_terms (subscription_id, term_start) WHERE kind <> 'SEAT_CHANGE';
CREATE INDEX booked_terms_of_subscription ON booked_terms (subscription_id, term_start);

-- The request that booked the first term, as the feed tells it.
ALTER TABLE book ADD COLUMN booked_by text NOT NULL DEFAULT '';
CREATE INDEX book_by_booking ON book (booked_by) WHERE booked_by <> '';
