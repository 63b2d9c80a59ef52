-- From which day on a term has more seats than it began with, so that any day
-- of the past can be valued.

-- +goose Up

CREATE TABLE seat_additions (
    subscription_id text   NOT NULL COLLATE "C",
    revision        bigint NOT NULL,
    term_id         text   NOT NULL COLLATE "C",
    from_date       date   NOT NULL,
    seats           bigint NOT NULL,
    CONSTRAINT seat_additions_one_per_change PRIMARY KEY (subscription_id, revision),
    CONSTRAINT seat_additions_term_exists FOREIGN KEY (term_id) REFERENCES terms,
    CONSTRAINT seat_additions_positive CHECK (seats > 0)
);
CREATE INDEX seat_additions_by_term ON seat_additions (term_id);

-- Those of the past: by how much a change of seats raised a term's, from the day
-- that it was booked for.
-- +goose StatementBegin
INSERT INTO seat_additions (subscription_id, revision, term_id, from_date, seats)
SELECT changed.resource_id, changed.revision, later.term ->> 'id', b.effective_date,
       (later.term ->> 'final_seats')::bigint - (earlier.term ->> 'final_seats')::bigint
FROM events changed
JOIN bookings b ON b.subscription_id = changed.resource_id AND b.revision = changed.revision
JOIN events before ON before.resource_id = changed.resource_id AND before.revision = changed.revision - 1
CROSS JOIN LATERAL jsonb_array_elements(changed.snapshot -> 'terms') WITH ORDINALITY AS later (term, place)
CROSS JOIN LATERAL jsonb_array_elements(before.snapshot -> 'terms') WITH ORDINALITY AS earlier (term, place)
WHERE changed.kind = 'subscription.seats_changed'
AND earlier.place = later.place
AND (later.term ->> 'final_seats')::bigint > (earlier.term ->> 'final_seats')::bigint;
-- +goose StatementEnd

-- The vendor reads it for everybody.
-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON seat_additions FROM %I', holdfast_role('app'));
    EXECUTE format('REVOKE UPDATE, DELETE ON seat_additions FROM %I', holdfast_role('system'));
END
$$;
-- +goose StatementEnd
