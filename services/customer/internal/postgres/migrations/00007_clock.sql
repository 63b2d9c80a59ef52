-- The wall asks the clock that the service was given, where it was given one.

-- +goose Up

-- The time of this transaction: that of the service's own clock, if it has set
-- it, or the database's.
CREATE FUNCTION holdfast_now() RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(nullif(current_setting('holdfast.now', true), '')::timestamptz, now());

-- Asked once a statement, by a subquery, and not once a row.
ALTER POLICY partner_rows ON subscriptions USING (EXISTS (
    SELECT FROM partners_of_record p
    WHERE p.subscription_id = subscriptions.subscription_id
    AND p.ends_at > (SELECT holdfast_now())));
