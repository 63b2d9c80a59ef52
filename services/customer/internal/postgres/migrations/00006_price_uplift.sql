-- By how much contracts that are sold at a price raise it once a year.

-- +goose Up

ALTER TABLE prices ADD COLUMN uplift_bps integer NOT NULL DEFAULT 0;
ALTER TABLE prices ADD CONSTRAINT prices_uplift_in_range CHECK (uplift_bps BETWEEN 0 AND 10000);
