-- How customers fare, as customer's feed told it last.

-- +goose Up

-- Read by the list of renewals at risk, and by nothing that calculates. Partners
-- are shown none of it, so their role can't read it.
CREATE TABLE book_experiences (
    customer_id    text    NOT NULL,
    revision       bigint  NOT NULL,
    band           text    NOT NULL,
    score          integer,
    answers        bigint  NOT NULL,
    promoter_score integer,
    poor           boolean NOT NULL,
    CONSTRAINT book_experiences_pkey PRIMARY KEY (customer_id),
    CONSTRAINT book_experiences_unknown_has_no_score CHECK ((band = 'UNKNOWN') = (score IS NULL)),
    CONSTRAINT book_experiences_unknown_is_not_poor CHECK (NOT poor OR score IS NOT NULL)
);

-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON book_experiences FROM %I', holdfast_role('app'));
END
$$;
-- +goose StatementEnd
