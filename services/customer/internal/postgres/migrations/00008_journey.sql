-- What customers, partners and staff are asked about, when, and what they
-- answer. Personal data, and the vendor's own: no partner reads any of it.

-- +goose Up

-- The moments at which somebody is asked. A version is never changed; the
-- newest one of a touchpoint is in force, its position included.
CREATE TABLE touchpoints (
    touchpoint_id      text        NOT NULL COLLATE "C",
    version            integer     NOT NULL,
    audience           text        NOT NULL,
    position           integer     NOT NULL,
    display_name       text        NOT NULL,
    introduction       text        NOT NULL,
    needs_question     text        NOT NULL,
    ease_question      text        NOT NULL,
    enjoyment_question text        NOT NULL,
    recommend_question text        NOT NULL,
    comment_question   text        NOT NULL,
    active             boolean     NOT NULL,
    actor              text        NOT NULL,
    create_time        timestamptz NOT NULL,
    CONSTRAINT touchpoints_pkey PRIMARY KEY (touchpoint_id, version),
    CONSTRAINT touchpoints_audience_known CHECK (audience IN ('CUSTOMER', 'PARTNER', 'STAFF')),
    CONSTRAINT touchpoints_counted_from_one CHECK (version > 0 AND position > 0)
);

-- How often, and when, somebody may be asked. A version is never changed; the
-- newest one is in force, and each invitation names the one that decided it.
-- Hours are those of the day where the recipient is.
CREATE TABLE survey_policies (
    version            integer     NOT NULL,
    contact_limit      integer     NOT NULL,
    contact_days       integer     NOT NULL,
    organisation_limit integer     NOT NULL,
    organisation_days  integer     NOT NULL,
    quiet_from_hour    integer     NOT NULL,
    quiet_until_hour   integer     NOT NULL,
    quiet_weekends     boolean     NOT NULL,
    ask_within_days    integer     NOT NULL,
    link_days          integer     NOT NULL,
    actor              text        NOT NULL,
    create_time        timestamptz NOT NULL,
    CONSTRAINT survey_policies_pkey PRIMARY KEY (version),
    CONSTRAINT survey_policies_limits_not_negative CHECK (contact_limit >= 0 AND organisation_limit >= 0),
    CONSTRAINT survey_policies_days_in_range CHECK (
        contact_days BETWEEN 1 AND 366 AND organisation_days BETWEEN 1 AND 366
        AND ask_within_days BETWEEN 1 AND 366 AND link_days BETWEEN 1 AND 366),
    CONSTRAINT survey_policies_hours_of_a_day CHECK (quiet_from_hour BETWEEN 0 AND 23 AND quiet_until_hour BETWEEN 0 AND 23)
);

-- People at partners, and the vendor's own, who have been asked. Those at
-- customers are contacts.
CREATE TABLE survey_people (
    person_id   text        NOT NULL COLLATE "C",
    audience    text        NOT NULL,
    partner_id  text        COLLATE "C",
    email       text        NOT NULL COLLATE "C",
    time_zone   text        NOT NULL,
    create_time timestamptz NOT NULL,
    CONSTRAINT survey_people_pkey PRIMARY KEY (person_id),
    CONSTRAINT survey_people_one_per_address UNIQUE NULLS NOT DISTINCT (audience, partner_id, email),
    CONSTRAINT survey_people_at_a_partner_or_staff CHECK (
        (audience = 'PARTNER' AND partner_id IS NOT NULL) OR (audience = 'STAFF' AND partner_id IS NULL))
);

-- Who is not to be asked again: contacts and people, by their ids, which may
-- be gone by now.
CREATE TABLE survey_opt_outs (
    contact_id  text        NOT NULL COLLATE "C",
    actor       text        NOT NULL,
    create_time timestamptz NOT NULL,
    CONSTRAINT survey_opt_outs_pkey PRIMARY KEY (contact_id)
);

-- What happened to somebody at a touchpoint, with the facts of that day. The
-- contact is one of contacts or of survey_people, and is NULL once it has been
-- forgotten.
CREATE TABLE touchpoint_events (
    event_id        text        NOT NULL COLLATE "C",
    source          text        NOT NULL COLLATE "C",
    external_id     text        NOT NULL COLLATE "C",
    touchpoint_id   text        NOT NULL COLLATE "C",
    version         integer     NOT NULL,
    audience        text        NOT NULL,
    customer_id     text        COLLATE "C",
    contact_id      text        COLLATE "C",
    subscription_id text        COLLATE "C",
    partner_id      text        COLLATE "C",
    product_id      text        COLLATE "C",
    segment         text,
    country_code    char(2),
    region          text,
    occur_time      timestamptz NOT NULL,
    create_time     timestamptz NOT NULL,
    CONSTRAINT touchpoint_events_pkey PRIMARY KEY (event_id),
    CONSTRAINT touchpoint_events_one_per_external_id UNIQUE (source, external_id),
    CONSTRAINT touchpoint_events_touchpoint_exists FOREIGN KEY (touchpoint_id, version) REFERENCES touchpoints,
    CONSTRAINT touchpoint_events_customer_exists FOREIGN KEY (customer_id) REFERENCES customers,
    CONSTRAINT touchpoint_events_subscription_exists FOREIGN KEY (subscription_id) REFERENCES subscriptions,
    CONSTRAINT touchpoint_events_of_their_audience CHECK (
        (audience = 'CUSTOMER') = (customer_id IS NOT NULL) AND (audience <> 'PARTNER' OR partner_id IS NOT NULL))
);
CREATE INDEX touchpoint_events_by_time ON touchpoint_events (occur_time, event_id);
CREATE INDEX touchpoint_events_by_customer ON touchpoint_events (customer_id);
CREATE INDEX touchpoint_events_by_contact ON touchpoint_events (contact_id);

-- The invitation that an event leads to, or why it led to none. organisation
-- is the customer or partner whose people are asked; staff have none. Of the
-- link, only the hash of its token is kept.
CREATE TABLE invitations (
    invitation_id     text        NOT NULL COLLATE "C",
    event_id          text        NOT NULL COLLATE "C",
    contact_id        text        COLLATE "C",
    organisation      text        COLLATE "C",
    time_zone         text        NOT NULL,
    state             text        NOT NULL,
    suppressed_reason text,
    policy_version    integer     NOT NULL,
    send_after        timestamptz NOT NULL,
    token_hash        bytea,
    mint_time         timestamptz,
    sent_time         timestamptz,
    expire_time       timestamptz,
    create_time       timestamptz NOT NULL,
    CONSTRAINT invitations_pkey PRIMARY KEY (invitation_id),
    CONSTRAINT invitations_one_per_event UNIQUE (event_id),
    CONSTRAINT invitations_one_per_token UNIQUE (token_hash),
    CONSTRAINT invitations_event_exists FOREIGN KEY (event_id) REFERENCES touchpoint_events,
    CONSTRAINT invitations_policy_exists FOREIGN KEY (policy_version) REFERENCES survey_policies,
    CONSTRAINT invitations_state_known CHECK (state IN ('WAITING', 'SENT', 'ANSWERED', 'SUPPRESSED')),
    CONSTRAINT invitations_suppressed_for_a_reason CHECK ((state = 'SUPPRESSED') = (suppressed_reason IS NOT NULL)),
    CONSTRAINT invitations_reason_known CHECK (suppressed_reason IN
        ('FATIGUE_CONTACT', 'FATIGUE_CUSTOMER', 'OPTED_OUT', 'NOBODY_TO_ASK', 'TOO_LATE', 'TOUCHPOINT_INACTIVE', 'IMPORTED')),
    CONSTRAINT invitations_minted_whole CHECK (
        (token_hash IS NULL) = (mint_time IS NULL) AND (token_hash IS NULL) = (expire_time IS NULL)
        AND (sent_time IS NULL OR mint_time IS NOT NULL)),
    CONSTRAINT invitations_sent_with_a_token CHECK ((state IN ('SENT', 'ANSWERED')) = (sent_time IS NOT NULL))
);
CREATE INDEX invitations_waiting ON invitations (send_after) WHERE state = 'WAITING';
CREATE INDEX invitations_of_contact ON invitations (contact_id, mint_time) WHERE mint_time IS NOT NULL;
CREATE INDEX invitations_of_organisation ON invitations (organisation, mint_time) WHERE mint_time IS NOT NULL;

-- What was answered. month is the first day of the answer's month in UTC. A
-- redacted response keeps its scores, and so every figure made of them.
CREATE TABLE responses (
    response_id   text        NOT NULL COLLATE "C",
    event_id      text        NOT NULL COLLATE "C",
    touchpoint_id text        NOT NULL COLLATE "C",
    version       integer     NOT NULL,
    audience      text        NOT NULL,
    month         date        NOT NULL,
    customer_id   text        COLLATE "C",
    contact_id    text        COLLATE "C",
    partner_id    text        COLLATE "C",
    product_id    text        COLLATE "C",
    segment       text,
    country_code  char(2),
    region        text,
    needs         smallint,
    ease          smallint,
    enjoyment     smallint,
    recommend     smallint,
    comment       text,
    comment_tsv   tsvector    GENERATED ALWAYS AS (to_tsvector('english', coalesce(comment, ''))) STORED,
    redact_time   timestamptz,
    answer_time   timestamptz NOT NULL,
    revision      bigint      NOT NULL,
    CONSTRAINT responses_pkey PRIMARY KEY (response_id),
    CONSTRAINT responses_one_per_event UNIQUE (event_id),
    CONSTRAINT responses_event_exists FOREIGN KEY (event_id) REFERENCES touchpoint_events,
    CONSTRAINT responses_touchpoint_exists FOREIGN KEY (touchpoint_id, version) REFERENCES touchpoints,
    CONSTRAINT responses_customer_exists FOREIGN KEY (customer_id) REFERENCES customers,
    CONSTRAINT responses_scores_in_range CHECK (
        needs BETWEEN 1 AND 5 AND ease BETWEEN 1 AND 5 AND enjoyment BETWEEN 1 AND 5 AND recommend BETWEEN 0 AND 10),
    CONSTRAINT responses_answer_something CHECK (
        num_nonnulls(needs, ease, enjoyment, recommend, comment) > 0 OR redact_time IS NOT NULL),
    CONSTRAINT responses_redacted_whole CHECK (redact_time IS NULL OR (contact_id IS NULL AND comment IS NULL)),
    CONSTRAINT responses_counted_in_their_month CHECK (month = date_trunc('month', answer_time AT TIME ZONE 'UTC')::date),
    CONSTRAINT responses_revision_positive CHECK (revision > 0)
);
CREATE INDEX responses_by_month ON responses (month, audience, touchpoint_id);
CREATE INDEX responses_by_time ON responses (answer_time, response_id);
CREATE INDEX responses_by_customer ON responses (customer_id, answer_time);
CREATE INDEX responses_by_partner ON responses (partner_id, month);
CREATE INDEX responses_by_comment ON responses USING gin (comment_tsv);

CALL holdfast_wall('survey_people');
CALL holdfast_wall('touchpoint_events');
CALL holdfast_wall('responses');

-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON touchpoints, survey_policies, survey_people, survey_opt_outs,
        touchpoint_events, invitations, responses FROM %I', holdfast_role('app'));
    EXECUTE format('REVOKE UPDATE, DELETE ON touchpoints, survey_policies FROM %I', holdfast_role('system'));
END
$$;
-- +goose StatementEnd

INSERT INTO survey_policies
VALUES (1, 1, 30, 5, 30, 20, 8, true, 14, 30, 'holdfast', TIMESTAMPTZ '2025-01-01 00:00:00Z');

-- The journey as it is mapped out at first.
INSERT INTO touchpoints (touchpoint_id, version, audience, position, display_name, introduction, needs_question,
                         ease_question, enjoyment_question, recommend_question, comment_question, active, actor, create_time)
SELECT id, 1, audience, row_number() OVER (PARTITION BY audience ORDER BY place), name, introduction,
       'How well did we meet your needs?', 'How easy was it?', 'How enjoyable was the experience?',
       CASE audience
           WHEN 'STAFF' THEN 'How likely are you to recommend us as a place to work?'
           WHEN 'PARTNER' THEN 'How likely are you to recommend working with us to another company?'
           ELSE 'How likely are you to recommend us to a colleague or friend?'
       END,
       'What should we know, in your own words?', true, 'holdfast', TIMESTAMPTZ '2025-01-01 00:00:00Z'
FROM (VALUES
    (1, 'CUSTOMER', 'discover', 'Discover', 'Finding out what we do, and whether it is what you need.'),
    (2, 'CUSTOMER', 'proof-of-value', 'Proof of value', 'Trying our service with your own mail.'),
    (3, 'CUSTOMER', 'quote-and-order', 'Quote and order', 'Getting a quote and placing your order.'),
    (4, 'CUSTOMER', 'kick-off', 'Kick-off', 'Beginning the project and agreeing on the plan.'),
    (5, 'CUSTOMER', 'mail-flow-cut-over', 'Mail-flow cut-over', 'Moving your mail flow to us.'),
    (6, 'CUSTOMER', 'administrator-training', 'Administrator training', 'The training of your administrators.'),
    (7, 'CUSTOMER', 'administration-console', 'Administration console', 'Working with the administration console.'),
    (8, 'CUSTOMER', 'end-user-experience', 'End-user experience', 'What the people in your organisation see of us every day.'),
    (9, 'CUSTOMER', 'support-case', 'Support case', 'The support case that we have just closed.'),
    (10, 'CUSTOMER', 'incident-communication', 'Incident communication', 'How we kept you informed during the incident.'),
    (11, 'CUSTOMER', 'success-review', 'Success review', 'The review of what you have achieved with us.'),
    (12, 'CUSTOMER', 'billing-and-changes', 'Billing and changes', 'Your invoice, or the change to your contract.'),
    (13, 'CUSTOMER', 'renewal-decision', 'Renewal decision', 'Deciding whether to renew.'),
    (1, 'PARTNER', 'partner-onboarding', 'Onboarding', 'Becoming a partner of ours.'),
    (2, 'PARTNER', 'partner-deal-registration', 'Deal registration', 'Registering a deal and getting our answer.'),
    (3, 'PARTNER', 'partner-renewal', 'Renewal', 'Renewing a customer through the portal.'),
    (4, 'PARTNER', 'partner-statement', 'Statement and payment', 'Your monthly statement and its payment.'),
    (1, 'STAFF', 'staff-onboarding', 'Joining us', 'Your first weeks with us.'),
    (2, 'STAFF', 'staff-training', 'Training', 'The training that you have just finished.'),
    (3, 'STAFF', 'staff-internal-support', 'Internal support', 'The help that you asked a colleague team for.')
) AS journey (place, audience, id, name, introduction);
