-- How each customer fares by the answers of its own people, as the feed tells it.

-- +goose Up

-- What was told last, of each customer whose people have ever answered. due_date
-- is the day on which the oldest answer that is counted grows too old; NULL where
-- none is. Another policy makes all of them due.
CREATE TABLE customer_experiences (
    customer_id    text        NOT NULL COLLATE "C",
    cxi            jsonb       NOT NULL,
    nps            jsonb       NOT NULL,
    poor           boolean     NOT NULL,
    policy_version integer     NOT NULL,
    due_date       date,
    revision       bigint      NOT NULL,
    update_time    timestamptz NOT NULL,
    CONSTRAINT customer_experiences_pkey PRIMARY KEY (customer_id),
    CONSTRAINT customer_experiences_customer_exists FOREIGN KEY (customer_id) REFERENCES customers,
    CONSTRAINT customer_experiences_policy_exists FOREIGN KEY (policy_version) REFERENCES score_policies,
    CONSTRAINT customer_experiences_unknown_is_not_poor CHECK (NOT poor OR cxi ->> 'standing' <> 'HIDDEN')
);
CREATE INDEX customer_experiences_due ON customer_experiences (due_date);
CREATE INDEX customer_experiences_by_policy ON customer_experiences (policy_version);

-- A note for each change of a customer's answers, made in the change's own
-- transaction. Who takes it counts afterwards what the change has left, so notes
-- are never merged, and nobody who answers waits for another.
CREATE TABLE experience_marks (
    mark_id     bigint GENERATED ALWAYS AS IDENTITY,
    customer_id text   NOT NULL COLLATE "C",
    CONSTRAINT experience_marks_pkey PRIMARY KEY (mark_id)
);

-- +goose StatementBegin
CREATE FUNCTION mark_experience() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO experience_marks (customer_id)
    SELECT DISTINCT customer_id
    FROM touched
    WHERE customer_id IS NOT NULL;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- A merger of customers takes answers from one and gives them to another.
CREATE TRIGGER responses_mark_inserts AFTER INSERT ON responses REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION mark_experience();
CREATE TRIGGER responses_mark_before AFTER UPDATE ON responses REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION mark_experience();
CREATE TRIGGER responses_mark_after AFTER UPDATE ON responses REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION mark_experience();
CREATE TRIGGER responses_mark_deletes AFTER DELETE ON responses REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION mark_experience();

-- What was answered before there were marks.
INSERT INTO experience_marks (customer_id)
SELECT DISTINCT customer_id
FROM responses
WHERE customer_id IS NOT NULL;

-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON customer_experiences, experience_marks FROM %I', holdfast_role('app'));
END
$$;
-- +goose StatementEnd
