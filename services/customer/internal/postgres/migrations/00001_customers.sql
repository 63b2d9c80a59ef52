-- Whom the vendor protects.

-- +goose Up

-- For exclusion constraints over a text and a range.
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE customer_groups (
    group_id     text        NOT NULL,
    display_name text        NOT NULL,
    create_time  timestamptz NOT NULL,
    CONSTRAINT customer_groups_pkey PRIMARY KEY (group_id)
);
CREATE INDEX customer_groups_by_name ON customer_groups (display_name COLLATE "C", group_id COLLATE "C");

-- domains repeats customer_domains, so that a customer is read as one row.
-- Names are listed whatever their case.
CREATE TABLE customers (
    customer_id    text        NOT NULL COLLATE "C",
    display_name   text        NOT NULL,
    sort_name      text        NOT NULL COLLATE "C" GENERATED ALWAYS AS (lower(display_name)) STORED,
    primary_domain text        NOT NULL,
    domains        text[]      NOT NULL,
    segment        text        NOT NULL,
    sector         text        NOT NULL,
    country_code   char(2)     NOT NULL,
    time_zone      text        NOT NULL,
    group_id       text,
    external_id    text,
    merged_into    text        COLLATE "C",
    revision       bigint      NOT NULL,
    create_time    timestamptz NOT NULL,
    update_time    timestamptz NOT NULL,
    CONSTRAINT customers_pkey PRIMARY KEY (customer_id),
    CONSTRAINT customers_one_external_id UNIQUE (external_id),
    CONSTRAINT customers_group_exists FOREIGN KEY (group_id) REFERENCES customer_groups,
    CONSTRAINT customers_merged_into_exists FOREIGN KEY (merged_into) REFERENCES customers,
    CONSTRAINT customers_not_merged_into_itself CHECK (merged_into <> customer_id),
    CONSTRAINT customers_segment_known CHECK (segment IN ('SMALL_BUSINESS', 'MID_MARKET', 'ENTERPRISE', 'GLOBAL')),
    CONSTRAINT customers_revision_positive CHECK (revision > 0)
);
CREATE INDEX customers_by_name ON customers (sort_name, customer_id);
CREATE INDEX customers_by_country ON customers (country_code, sort_name, customer_id);
CREATE INDEX customers_by_group ON customers (group_id) WHERE group_id IS NOT NULL;

-- A domain belongs to one customer at most.
CREATE TABLE customer_domains (
    domain      text NOT NULL COLLATE "C",
    customer_id text NOT NULL COLLATE "C",
    CONSTRAINT customer_domains_one_owner PRIMARY KEY (domain),
    CONSTRAINT customer_domains_customer_exists FOREIGN KEY (customer_id) REFERENCES customers
);
CREATE INDEX customer_domains_by_customer ON customer_domains (customer_id);

-- Personal data: kept by the vendor, read by no partner.
CREATE TABLE contacts (
    contact_id           text        NOT NULL COLLATE "C",
    customer_id          text        NOT NULL COLLATE "C",
    display_name         text        NOT NULL,
    email                text        NOT NULL COLLATE "C",
    authorised_signatory boolean     NOT NULL,
    create_time          timestamptz NOT NULL,
    CONSTRAINT contacts_pkey PRIMARY KEY (contact_id),
    CONSTRAINT contacts_one_per_address UNIQUE (customer_id, email),
    CONSTRAINT contacts_customer_exists FOREIGN KEY (customer_id) REFERENCES customers
);
