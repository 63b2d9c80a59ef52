-- Which partner acts for which.

-- +goose Up

CREATE TABLE mergers (
    merger_id   text        NOT NULL,
    survivor_id text        NOT NULL,
    absorbed_id text        NOT NULL,
    state       text        NOT NULL,
    merge_date  date        NOT NULL,
    revert_by   date        NOT NULL,
    revert_date date,
    actor       text        NOT NULL,
    revision    bigint      NOT NULL,
    create_time timestamptz NOT NULL,
    CONSTRAINT mergers_pkey PRIMARY KEY (merger_id),
    CONSTRAINT mergers_have_a_survivor FOREIGN KEY (survivor_id) REFERENCES partners,
    CONSTRAINT mergers_absorb_a_partner FOREIGN KEY (absorbed_id) REFERENCES partners,
    CONSTRAINT mergers_of_two CHECK (survivor_id <> absorbed_id),
    CONSTRAINT mergers_without_the_vendor CHECK ('direct' NOT IN (survivor_id, absorbed_id)),
    CONSTRAINT mergers_reverted_in_time CHECK (
        (state = 'IN_FORCE' AND revert_date IS NULL)
        OR (state = 'REVERTED' AND revert_date BETWEEN merge_date AND revert_by))
);
CREATE UNIQUE INDEX mergers_absorb_once ON mergers (absorbed_id) WHERE state = 'IN_FORCE';
CREATE INDEX mergers_of_survivor ON mergers (survivor_id);

-- Which partner acts for which today is no secret among partners: whatever is
-- asked, it is asked of the partner that acts. Only the vendor changes it.
ALTER TABLE mergers ENABLE ROW LEVEL SECURITY;
ALTER TABLE mergers FORCE ROW LEVEL SECURITY;
-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('CREATE POLICY rows_in_force ON mergers FOR SELECT TO %I USING (state = ''IN_FORCE'')', holdfast_role('app'));
    EXECUTE format('CREATE POLICY system_rows ON mergers TO %I USING (true) WITH CHECK (true)', holdfast_role('system'));
    EXECUTE format('CREATE POLICY owner_rows ON mergers TO %I USING (true) WITH CHECK (true)', current_user);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON mergers FROM %I', holdfast_role('app'));
    EXECUTE format('REVOKE DELETE ON mergers FROM %I', holdfast_role('system'));
END
$$;
-- +goose StatementEnd

-- The partner that acts for an absorbed one in the end; NULL for one that acts
-- for itself.
CREATE FUNCTION acting_partner(absorbed text) RETURNS text
    LANGUAGE sql STABLE
AS $$
    WITH RECURSIVE up (partner_id, step) AS (
        SELECT survivor_id, 1 FROM mergers WHERE absorbed_id = absorbed AND state = 'IN_FORCE'
        UNION ALL
        SELECT m.survivor_id, up.step + 1 FROM up JOIN mergers m ON m.absorbed_id = up.partner_id AND m.state = 'IN_FORCE'
    ) CYCLE partner_id SET circle USING path
    SELECT partner_id FROM up WHERE NOT circle ORDER BY step DESC LIMIT 1
$$;
