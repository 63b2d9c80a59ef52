-- What the answers add up to, as published, and who calls the unhappy.

-- +goose Up

-- The numbers of the programme. A version is never changed; the newest one is in
-- force, and each report names the one that it goes by.
CREATE TABLE score_policies (
    version        integer     NOT NULL,
    excellent      integer     NOT NULL,
    good           integer     NOT NULL,
    okay           integer     NOT NULL,
    poor           integer     NOT NULL,
    minimum        bigint      NOT NULL,
    full_from      bigint      NOT NULL,
    publish_day    integer     NOT NULL,
    follow_up_days integer     NOT NULL,
    actor          text        NOT NULL,
    create_time    timestamptz NOT NULL,
    CONSTRAINT score_policies_pkey PRIMARY KEY (version),
    CONSTRAINT score_policies_bands_descend CHECK (excellent > good AND good > okay AND okay > poor),
    CONSTRAINT score_policies_protect_someone CHECK (minimum >= 2 AND full_from >= minimum),
    CONSTRAINT score_policies_days_in_range CHECK (publish_day BETWEEN 0 AND 28 AND follow_up_days BETWEEN 1 AND 366)
);

INSERT INTO score_policies
VALUES (1, 85, 75, 65, 55, 5, 30, 5, 30, 'holdfast', TIMESTAMPTZ '2025-01-01 00:00:00Z');

-- Reports by month. document is the canonical JSON, which is what a report says;
-- with csv and page it is frozen when it is published. basis is what the next
-- revision is made from, and shown to nobody.
CREATE TABLE reports (
    report_id      text        NOT NULL COLLATE "C",
    month          date        NOT NULL,
    report_number  integer     NOT NULL,
    state          text        NOT NULL,
    policy_version integer     NOT NULL,
    basis          bytea       NOT NULL,
    document       bytea       NOT NULL,
    csv            bytea,
    page           bytea,
    revision       bigint      NOT NULL,
    generate_time  timestamptz NOT NULL,
    publish_time   timestamptz,
    publisher      text        NOT NULL,
    CONSTRAINT reports_pkey PRIMARY KEY (report_id),
    CONSTRAINT reports_one_per_number UNIQUE (month, report_number),
    CONSTRAINT reports_policy_exists FOREIGN KEY (policy_version) REFERENCES score_policies,
    CONSTRAINT reports_of_a_whole_month CHECK (month = date_trunc('month', month)::date),
    CONSTRAINT reports_counted_from_one CHECK (report_number > 0 AND revision > 0),
    CONSTRAINT reports_published_whole CHECK (
        (state = 'DRAFT' AND csv IS NULL AND page IS NULL AND publish_time IS NULL AND publisher = '')
        OR (state = 'PUBLISHED' AND csv IS NOT NULL AND page IS NOT NULL AND publish_time IS NOT NULL AND publisher <> ''))
);
CREATE UNIQUE INDEX reports_one_draft ON reports (month) WHERE state = 'DRAFT';

-- +goose StatementBegin
CREATE FUNCTION reports_freeze() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'report % is published and never changes', OLD.report_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'reports_frozen';
END
$$;
-- +goose StatementEnd

CREATE TRIGGER reports_frozen
    BEFORE UPDATE OR DELETE ON reports
    FOR EACH ROW WHEN (OLD.state = 'PUBLISHED')
    EXECUTE FUNCTION reports_freeze();

-- What each partner was shown of a month, written once.
CREATE TABLE partner_scores (
    partner_id    text    NOT NULL COLLATE "C",
    month         date    NOT NULL,
    report_number integer NOT NULL,
    document      bytea   NOT NULL,
    CONSTRAINT partner_scores_pkey PRIMARY KEY (partner_id, month, report_number),
    CONSTRAINT partner_scores_report_exists FOREIGN KEY (month, report_number) REFERENCES reports (month, report_number)
);

-- Whom to call. Nobody is called twice for one answer.
CREATE TABLE follow_ups (
    follow_up_id text        NOT NULL COLLATE "C",
    response_id  text        NOT NULL COLLATE "C",
    state        text        NOT NULL,
    owner        text        NOT NULL,
    outcome      text        NOT NULL,
    revision     bigint      NOT NULL,
    create_time  timestamptz NOT NULL,
    update_time  timestamptz NOT NULL,
    close_time   timestamptz,
    CONSTRAINT follow_ups_pkey PRIMARY KEY (follow_up_id),
    CONSTRAINT follow_ups_one_per_response UNIQUE (response_id),
    CONSTRAINT follow_ups_response_exists FOREIGN KEY (response_id) REFERENCES responses,
    CONSTRAINT follow_ups_assigned_to_someone CHECK (state <> 'ASSIGNED' OR owner <> ''),
    CONSTRAINT follow_ups_closed_with_an_outcome CHECK ((state = 'CLOSED') = (close_time IS NOT NULL) AND (state = 'CLOSED' OR outcome = '')),
    CONSTRAINT follow_ups_state_known CHECK (state IN ('OPEN', 'ASSIGNED', 'CLOSED')),
    CONSTRAINT follow_ups_revision_positive CHECK (revision > 0)
);
CREATE INDEX follow_ups_by_owner ON follow_ups (owner, follow_up_id);

CREATE TABLE follow_up_notes (
    follow_up_id text        NOT NULL COLLATE "C",
    note_number  integer     NOT NULL,
    author       text        NOT NULL,
    note         text        NOT NULL,
    create_time  timestamptz NOT NULL,
    CONSTRAINT follow_up_notes_pkey PRIMARY KEY (follow_up_id, note_number),
    CONSTRAINT follow_up_notes_follow_up_exists FOREIGN KEY (follow_up_id) REFERENCES follow_ups
);

-- Who is to be called, found by the day.
CREATE INDEX responses_of_detractors ON responses (answer_time) WHERE recommend <= 6;

-- Whoever is forgotten is forgotten in what was noted of the call, too.
-- +goose StatementBegin
CREATE FUNCTION follow_ups_forget() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    DELETE FROM follow_up_notes n
    USING follow_ups f
    WHERE f.response_id = NEW.response_id AND n.follow_up_id = f.follow_up_id;
    UPDATE follow_ups SET outcome = '', revision = revision + 1 WHERE response_id = NEW.response_id AND outcome <> '';
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER responses_forgotten_in_follow_ups
    AFTER UPDATE OF redact_time ON responses
    FOR EACH ROW WHEN (NEW.redact_time IS NOT NULL AND OLD.redact_time IS NULL)
    EXECUTE FUNCTION follow_ups_forget();

CALL holdfast_wall('partner_scores');

-- +goose StatementBegin
DO $$
DECLARE
    app    text := holdfast_role('app');
    system text := holdfast_role('system');
BEGIN
    EXECUTE format('REVOKE ALL ON score_policies, reports, partner_scores, follow_ups, follow_up_notes FROM %I', app);
    EXECUTE format('GRANT SELECT ON partner_scores TO %I', app);
    EXECUTE format('REVOKE UPDATE, DELETE ON score_policies, partner_scores FROM %I', system);
    EXECUTE format('REVOKE UPDATE ON follow_up_notes FROM %I', system);
END
$$;
-- +goose StatementEnd
