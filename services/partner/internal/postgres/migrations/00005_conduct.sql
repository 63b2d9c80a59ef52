-- Verdicts about changes of partner, and how they came about.

-- +goose Up

-- Both sides of a case see its row; what they must not see of each other is in
-- case_dossiers, and what a side brought in case_evidence.
CREATE TABLE cases (
    case_id         text        NOT NULL,
    transfer_id     text        NOT NULL DEFAULT '', -- empty for an order
    submission_id   text        NOT NULL DEFAULT '', -- empty for a transfer
    subscription_id text        NOT NULL,
    partner_id      text        NOT NULL, -- the challenger
    incumbent_id    text,
    effective_date  date        NOT NULL,
    claim           text        NOT NULL DEFAULT '',
    state           text        NOT NULL,
    outcome         text        NOT NULL, -- that applies now
    verdict         jsonb       NOT NULL, -- as decided last
    cap_bps         integer     NOT NULL,
    cap_until       date        NOT NULL,
    appeal_days     integer     NOT NULL,
    contest_by_date date,
    appeal_by_date  date,
    contested       boolean     NOT NULL DEFAULT false,
    released        boolean     NOT NULL DEFAULT false,
    revision        bigint      NOT NULL,
    create_time     timestamptz NOT NULL,
    CONSTRAINT cases_pkey PRIMARY KEY (case_id),
    CONSTRAINT cases_of_a_partner FOREIGN KEY (partner_id) REFERENCES partners,
    CONSTRAINT cases_of_two_sides CHECK (partner_id <> incumbent_id),
    CONSTRAINT cases_of_a_transfer_or_an_order CHECK ((transfer_id = '') <> (submission_id = '')),
    CONSTRAINT cases_claim_known CHECK (claim IN ('', 'SERVICE_FAILURE', 'PROCUREMENT_FRAMEWORK', 'OTHER')),
    CONSTRAINT cases_outcome_known CHECK (outcome IN ('CLEAN', 'POACHED')),
    CONSTRAINT cases_cap_in_range CHECK (cap_bps BETWEEN 0 AND 10000),
    CONSTRAINT cases_state_known CHECK (state IN ('UNDER_REVIEW', 'DECIDED', 'APPEALED', 'FINAL')),
    CONSTRAINT cases_lower_margin_while_undecided CHECK (outcome = 'POACHED' OR state NOT IN ('UNDER_REVIEW', 'APPEALED')),
    CONSTRAINT cases_review_can_be_contested CHECK (state <> 'UNDER_REVIEW' OR (claim <> '' AND contest_by_date IS NOT NULL)),
    CONSTRAINT cases_decided_can_be_appealed CHECK (state NOT IN ('DECIDED', 'APPEALED') OR appeal_by_date IS NOT NULL),
    CONSTRAINT cases_released_for_good CHECK (NOT released OR (state = 'FINAL' AND outcome = 'CLEAN'))
);
CREATE UNIQUE INDEX cases_one_a_move ON cases (subscription_id, transfer_id) WHERE transfer_id <> '';
CREATE UNIQUE INDEX cases_one_an_order ON cases (submission_id) WHERE submission_id <> '';
CREATE INDEX cases_newest_first ON cases (create_time DESC, case_id DESC);
CREATE INDEX cases_of_challenger ON cases (partner_id, create_time DESC, case_id DESC);
CREATE INDEX cases_of_incumbent ON cases (incumbent_id, create_time DESC, case_id DESC);
CREATE INDEX cases_of_transfer ON cases (transfer_id) WHERE transfer_id <> '';

-- What the vendor alone knows of a case.
CREATE TABLE case_dossiers (
    case_id         text  NOT NULL,
    facts           jsonb NOT NULL,
    reviewer        text  NOT NULL DEFAULT '',
    waiver_proposer text  NOT NULL DEFAULT '',
    CONSTRAINT case_dossiers_pkey PRIMARY KEY (case_id),
    CONSTRAINT case_dossiers_of_a_case FOREIGN KEY (case_id) REFERENCES cases
);

CREATE TABLE case_decisions (
    case_id     text        NOT NULL,
    ordinal     integer     NOT NULL,
    kind        text        NOT NULL,
    outcome     text        NOT NULL,
    actor       text        NOT NULL,
    side        text        NOT NULL DEFAULT '',
    text        text        NOT NULL DEFAULT '',
    decide_time timestamptz NOT NULL,
    CONSTRAINT case_decisions_pkey PRIMARY KEY (case_id, ordinal),
    CONSTRAINT case_decisions_of_a_case FOREIGN KEY (case_id) REFERENCES cases,
    CONSTRAINT case_decisions_kind_known CHECK (kind IN (
        'COMPUTED', 'RELEASE', 'CONTEST', 'REVIEW', 'APPEAL', 'APPEAL_DECISION', 'WAIVER_PROPOSAL', 'WAIVER')),
    CONSTRAINT case_decisions_outcome_known CHECK (outcome IN ('CLEAN', 'POACHED')),
    CONSTRAINT case_decisions_side_known CHECK (side IN ('', 'CHALLENGER', 'INCUMBENT'))
);
-- Once is all that a side may appeal.
CREATE UNIQUE INDEX case_decisions_one_appeal ON case_decisions (case_id) WHERE kind = 'APPEAL';

-- The documents are in the vendor's archive, under their hash.
CREATE TABLE case_evidence (
    evidence_id text        NOT NULL,
    case_id     text        NOT NULL,
    ordinal     integer     NOT NULL,
    kind        text        NOT NULL,
    title       text        NOT NULL,
    media_type  text        NOT NULL,
    size_bytes  bigint      NOT NULL,
    sha256      text        NOT NULL,
    side        text        NOT NULL DEFAULT '',
    partner_id  text, -- who brought it; none for the vendor's people
    create_time timestamptz NOT NULL,
    CONSTRAINT case_evidence_pkey PRIMARY KEY (evidence_id),
    CONSTRAINT case_evidence_in_order UNIQUE (case_id, ordinal),
    CONSTRAINT case_evidence_of_a_case FOREIGN KEY (case_id) REFERENCES cases,
    CONSTRAINT case_evidence_of_a_size CHECK (size_bytes BETWEEN 1 AND 104857600),
    CONSTRAINT case_evidence_hashed CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT case_evidence_side_known CHECK (side IN ('', 'CHALLENGER', 'INCUMBENT')),
    CONSTRAINT case_evidence_of_whom CHECK ((side = '') = (partner_id IS NULL))
);

-- What was decided and brought stays as it was. Of a case, so do the facts and
-- whom it is about.
-- +goose StatementBegin
CREATE FUNCTION conduct_immutable() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION '% of % can''t be changed', TG_TABLE_NAME, OLD.case_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'conduct_immutable';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER case_decisions_immutable
    BEFORE UPDATE OR DELETE ON case_decisions
    FOR EACH ROW EXECUTE FUNCTION conduct_immutable();
CREATE TRIGGER case_evidence_immutable
    BEFORE UPDATE OR DELETE ON case_evidence
    FOR EACH ROW EXECUTE FUNCTION conduct_immutable();
CREATE TRIGGER cases_kept
    BEFORE DELETE ON cases
    FOR EACH ROW EXECUTE FUNCTION conduct_immutable();
CREATE TRIGGER cases_immutable
    BEFORE UPDATE ON cases
    FOR EACH ROW WHEN (
        (OLD.case_id, OLD.transfer_id, OLD.submission_id, OLD.subscription_id, OLD.partner_id, OLD.incumbent_id, OLD.effective_date,
            OLD.claim, OLD.create_time)
        IS DISTINCT FROM
        (NEW.case_id, NEW.transfer_id, NEW.submission_id, NEW.subscription_id, NEW.partner_id, NEW.incumbent_id, NEW.effective_date,
            NEW.claim, NEW.create_time)
        OR (OLD.released AND NOT NEW.released))
    EXECUTE FUNCTION conduct_immutable();
CREATE TRIGGER case_dossiers_immutable
    BEFORE UPDATE ON case_dossiers
    FOR EACH ROW WHEN (OLD.facts IS DISTINCT FROM NEW.facts OR OLD.case_id <> NEW.case_id)
    EXECUTE FUNCTION conduct_immutable();
CREATE TRIGGER case_dossiers_kept
    BEFORE DELETE ON case_dossiers
    FOR EACH ROW EXECUTE FUNCTION conduct_immutable();

-- Partners' callers read the cases of either side, what was done in them, and
-- their own evidence. Whatever they do touches both sides, and is done by the
-- service itself.
-- +goose StatementBegin
DO $$
DECLARE
    app    text := holdfast_role('app');
    system text := holdfast_role('system');
    mine   text := '= ANY ((SELECT holdfast_partner_ids())::text[])';
    walled text;
BEGIN
    FOREACH walled IN ARRAY ARRAY['cases', 'case_dossiers', 'case_decisions', 'case_evidence'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', walled);
        EXECUTE format('CREATE POLICY system_rows ON %I TO %I USING (true) WITH CHECK (true)', walled, system);
        EXECUTE format('CREATE POLICY owner_rows ON %I TO %I USING (true) WITH CHECK (true)', walled, current_user);
        EXECUTE format('REVOKE ALL ON %I FROM %I', walled, app);
    END LOOP;
    EXECUTE format('REVOKE UPDATE, DELETE ON case_decisions, case_evidence FROM %I', system);

    EXECUTE format('CREATE POLICY partner_rows ON cases FOR SELECT TO %I USING (partner_id %s OR incumbent_id %s)', app, mine, mine);
    EXECUTE format('CREATE POLICY partner_rows ON case_evidence FOR SELECT TO %I USING (partner_id %s)', app, mine);
    EXECUTE format(
        'CREATE POLICY partner_rows ON case_decisions FOR SELECT TO %I USING (EXISTS (
            SELECT FROM cases c WHERE c.case_id = case_decisions.case_id))',
        app);
    EXECUTE format('GRANT SELECT ON cases, case_decisions, case_evidence TO %I', app);
END
$$;
-- +goose StatementEnd
