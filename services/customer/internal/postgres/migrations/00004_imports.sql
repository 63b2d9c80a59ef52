-- How far each bulk import has come, and which rows it refused.

-- +goose Up

CREATE TABLE imports (
    import_id     text        NOT NULL COLLATE "C",
    display_name  text        NOT NULL,
    next_row      bigint      NOT NULL,
    imported_rows bigint      NOT NULL,
    refused_rows  bigint      NOT NULL,
    finished      boolean     NOT NULL,
    create_time   timestamptz NOT NULL,
    CONSTRAINT imports_pkey PRIMARY KEY (import_id),
    CONSTRAINT imports_each_row_stored_or_refused CHECK (next_row = imported_rows + refused_rows)
);

CREATE TABLE import_errors (
    import_id   text   NOT NULL COLLATE "C",
    row_number  bigint NOT NULL,
    reason      text   NOT NULL,
    field       text   NOT NULL,
    message     text   NOT NULL,
    external_id text   NOT NULL,
    CONSTRAINT import_errors_pkey PRIMARY KEY (import_id, row_number),
    CONSTRAINT import_errors_import_exists FOREIGN KEY (import_id) REFERENCES imports
);
