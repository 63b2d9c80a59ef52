-- Versions of the code of practice's policy.

-- +goose Up

CREATE TABLE code_versions (
    code_version_id     text        NOT NULL,
    display_name        text        NOT NULL,
    effective_date      date        NOT NULL,
    state               text        NOT NULL,
    renewal_open_days   integer     NOT NULL,
    renewal_grace_days  integer     NOT NULL,
    renewal_lapsed_days integer     NOT NULL,
    cap_bps             integer     NOT NULL,
    cap_months          integer     NOT NULL,
    inactive_days       integer     NOT NULL,
    reward_bps          integer     NOT NULL,
    proposer            text        NOT NULL DEFAULT '',
    approver            text        NOT NULL DEFAULT '',
    revision            bigint      NOT NULL,
    create_time         timestamptz NOT NULL,
    approve_time        timestamptz,
    CONSTRAINT code_versions_pkey PRIMARY KEY (code_version_id),
    CONSTRAINT code_versions_rates_in_range CHECK (cap_bps BETWEEN 0 AND 10000 AND reward_bps BETWEEN 0 AND 10000),
    CONSTRAINT code_versions_counts_in_range CHECK (
        0 <= least(renewal_open_days, renewal_grace_days, renewal_lapsed_days, cap_months, inactive_days)),
    CONSTRAINT code_versions_two_people CHECK (
        (state = 'DRAFT' AND proposer = '' AND approver = '' AND approve_time IS NULL)
        OR (state = 'PROPOSED' AND proposer <> '' AND approver = '' AND approve_time IS NULL)
        OR (state = 'APPROVED' AND proposer <> '' AND approver <> '' AND approver <> proposer AND approve_time IS NOT NULL))
);
-- One answer to which version is in force on a day.
CREATE UNIQUE INDEX code_versions_one_a_day ON code_versions (effective_date) WHERE state = 'APPROVED';
CREATE INDEX code_versions_newest_first ON code_versions (effective_date DESC, code_version_id DESC);

-- What two people are asked to agree on stands still while they do.
-- +goose StatementBegin
CREATE FUNCTION code_versions_immutable() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state = 'APPROVED' OR
        (NEW.effective_date, NEW.display_name, NEW.renewal_open_days, NEW.renewal_grace_days, NEW.renewal_lapsed_days,
            NEW.cap_bps, NEW.cap_months, NEW.inactive_days, NEW.reward_bps)
        IS DISTINCT FROM
        (OLD.effective_date, OLD.display_name, OLD.renewal_open_days, OLD.renewal_grace_days, OLD.renewal_lapsed_days,
            OLD.cap_bps, OLD.cap_months, OLD.inactive_days, OLD.reward_bps)
    THEN
        RAISE EXCEPTION 'code version % is %', OLD.code_version_id, OLD.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'code_versions_immutable';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER code_versions_immutable
    BEFORE UPDATE OR DELETE ON code_versions
    FOR EACH ROW WHEN (OLD.state <> 'DRAFT')
    EXECUTE FUNCTION code_versions_immutable();

ALTER TABLE agreements
    ADD CONSTRAINT agreements_accept_a_version FOREIGN KEY (accepted_code) REFERENCES code_versions;

-- Partners' callers see approved versions only, and change none.
ALTER TABLE code_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE code_versions FORCE ROW LEVEL SECURITY;
-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('CREATE POLICY approved_rows ON code_versions FOR SELECT TO %I USING (state = ''APPROVED'')', holdfast_role('app'));
    EXECUTE format('CREATE POLICY system_rows ON code_versions TO %I USING (true) WITH CHECK (true)', holdfast_role('system'));
    EXECUTE format('CREATE POLICY owner_rows ON code_versions TO %I USING (true) WITH CHECK (true)', current_user);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON code_versions FROM %I', holdfast_role('app'));
END
$$;
-- +goose StatementEnd
