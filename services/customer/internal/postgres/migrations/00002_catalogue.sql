-- What the vendor sells. Nothing here is changed once it is written.

-- +goose Up

CREATE TABLE product_families (
    family_id    text NOT NULL COLLATE "C",
    display_name text NOT NULL,
    CONSTRAINT product_families_pkey PRIMARY KEY (family_id)
);

CREATE TABLE products (
    product_id   text        NOT NULL COLLATE "C",
    display_name text        NOT NULL,
    family_id    text        NOT NULL COLLATE "C",
    description  text        NOT NULL,
    create_time  timestamptz NOT NULL,
    CONSTRAINT products_pkey PRIMARY KEY (product_id),
    CONSTRAINT products_family_exists FOREIGN KEY (family_id) REFERENCES product_families
);

CREATE TABLE prices (
    price_id         text   NOT NULL COLLATE "C",
    product_id       text   NOT NULL COLLATE "C",
    currency         char(3) NOT NULL,
    min_seats        bigint NOT NULL,
    valid_from       date   NOT NULL,
    unit_price_minor bigint NOT NULL,
    CONSTRAINT prices_pkey PRIMARY KEY (price_id),
    CONSTRAINT prices_product_exists FOREIGN KEY (product_id) REFERENCES products,
    CONSTRAINT prices_one_per_band_and_day UNIQUE (product_id, currency, min_seats, valid_from),
    CONSTRAINT prices_not_negative CHECK (unit_price_minor >= 0),
    CONSTRAINT prices_band_positive CHECK (min_seats > 0)
);

CREATE TABLE fx_sets (
    fx_set_id     text        NOT NULL COLLATE "C",
    valid_from    date        NOT NULL,
    base_currency char(3)     NOT NULL,
    create_time   timestamptz NOT NULL,
    CONSTRAINT fx_sets_pkey PRIMARY KEY (fx_set_id),
    CONSTRAINT fx_sets_one_per_day UNIQUE (valid_from)
);

-- rate_e8 is the rate in units of 10⁻⁸, exact.
CREATE TABLE fx_rates (
    fx_set_id text    NOT NULL COLLATE "C",
    currency  char(3) NOT NULL,
    rate_e8   bigint  NOT NULL,
    CONSTRAINT fx_rates_pkey PRIMARY KEY (fx_set_id, currency),
    CONSTRAINT fx_rates_set_exists FOREIGN KEY (fx_set_id) REFERENCES fx_sets,
    CONSTRAINT fx_rates_positive CHECK (rate_e8 > 0)
);
