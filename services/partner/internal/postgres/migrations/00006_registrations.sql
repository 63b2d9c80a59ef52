-- Business that partners announce before they win it.

-- +goose Up

CREATE TABLE deal_registrations (
    deal_registration_id  text        NOT NULL,
    partner_id            text        NOT NULL,
    customer_name         text        NOT NULL,
    domain                text        NOT NULL,
    country               char(2)     NOT NULL,
    family_id             text        NOT NULL,
    seats                 bigint      NOT NULL,
    expected_net_minor    bigint,
    expected_net_currency char(3),
    expected_close_date   date,
    description           text        NOT NULL DEFAULT '',
    state                 text        NOT NULL,
    requested_fields      text[]      NOT NULL DEFAULT '{}',
    vendor_note           text        NOT NULL DEFAULT '',
    approve_date          date,
    expire_date           date,
    extended              boolean     NOT NULL DEFAULT false,
    code_version_id       text,
    submission_id         text,
    submit_time           timestamptz,
    revision              bigint      NOT NULL,
    create_time           timestamptz NOT NULL,
    CONSTRAINT deal_registrations_pkey PRIMARY KEY (deal_registration_id),
    CONSTRAINT deal_registrations_of_a_partner FOREIGN KEY (partner_id) REFERENCES partners,
    CONSTRAINT deal_registrations_under_a_code FOREIGN KEY (code_version_id) REFERENCES code_versions,
    CONSTRAINT deal_registrations_state_known CHECK (state IN (
        'DRAFT', 'SUBMITTED', 'INFORMATION_REQUESTED', 'APPROVED', 'REJECTED', 'WITHDRAWN', 'EXPIRED', 'CONVERTED')),
    CONSTRAINT deal_registrations_seats_positive CHECK (seats > 0),
    CONSTRAINT deal_registrations_net_whole CHECK (
        (expected_net_minor IS NULL) = (expected_net_currency IS NULL) AND coalesce(expected_net_minor, 0) >= 0),
    CONSTRAINT deal_registrations_submitted_once CHECK (submit_time IS NOT NULL OR state IN ('DRAFT', 'WITHDRAWN')),
    CONSTRAINT deal_registrations_ask_for_something CHECK ((state = 'INFORMATION_REQUESTED') = (requested_fields <> '{}')),
    CONSTRAINT deal_registrations_approved_for_days CHECK (
        (approve_date IS NULL) = (expire_date IS NULL) AND coalesce(approve_date <= expire_date, true)
        AND (approve_date IS NOT NULL OR state NOT IN ('APPROVED', 'EXPIRED', 'CONVERTED') AND NOT extended)),
    CONSTRAINT deal_registrations_converted_by_an_order CHECK ((state = 'CONVERTED') = (submission_id IS NOT NULL)),
    CONSTRAINT deal_registrations_one_per_order UNIQUE (submission_id)
);
CREATE INDEX deal_registrations_newest_first ON deal_registrations (partner_id, deal_registration_id DESC);
CREATE INDEX deal_registrations_expiring ON deal_registrations (expire_date) WHERE state = 'APPROVED';
CALL holdfast_wall('deal_registrations');

-- What open registrations reserve: each domain of the customer's group, the
-- customer and the group themselves. The key makes the first one submitted win.
CREATE TABLE registration_claims (
    claim                text NOT NULL,
    family_id            text NOT NULL,
    deal_registration_id text NOT NULL,
    partner_id           text NOT NULL,
    CONSTRAINT registration_claims_first_wins PRIMARY KEY (claim, family_id),
    CONSTRAINT registration_claims_of_a_registration FOREIGN KEY (deal_registration_id) REFERENCES deal_registrations,
    CONSTRAINT registration_claims_say_of_what CHECK (claim ~ '^(domain|customer|group):.')
);
CREATE INDEX registration_claims_of_registration ON registration_claims (deal_registration_id);
CALL holdfast_wall('registration_claims');

-- Nobody deletes a registration. Claims are made where all of them are seen.
-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('REVOKE DELETE ON deal_registrations FROM %I, %I', holdfast_role('app'), holdfast_role('system'));
    EXECUTE format('REVOKE INSERT, UPDATE ON registration_claims FROM %I', holdfast_role('app'));
END
$$;
-- +goose StatementEnd
