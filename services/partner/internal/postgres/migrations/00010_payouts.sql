-- Where partners are paid out to, under which agreements their statements are
-- invoices, and what their clients may ask for about both.

-- +goose Up

-- An account of a partner. Its number stands still and is for the service that
-- pays out: partners' callers can't select it, and nobody can change it.
CREATE TABLE payout_accounts (
    payout_account_id text        NOT NULL,
    partner_id        text        NOT NULL,
    currency          char(3)     NOT NULL,
    holder_name       text        NOT NULL,
    country           char(2)     NOT NULL,
    scheme            text        NOT NULL,
    number            text        NOT NULL,
    hint              text        NOT NULL,
    bank_code         text        NOT NULL DEFAULT '',
    bic               text        NOT NULL DEFAULT '',
    state             text        NOT NULL,
    proposer          text        NOT NULL,
    approver          text        NOT NULL DEFAULT '',
    approve_date      date,
    usable_from_date  date,
    code_version_id   text,
    note              text        NOT NULL DEFAULT '',
    revision          bigint      NOT NULL,
    create_time       timestamptz NOT NULL,
    approve_time      timestamptz,
    end_time          timestamptz,
    CONSTRAINT payout_accounts_pkey PRIMARY KEY (payout_account_id),
    CONSTRAINT payout_accounts_of_a_partner FOREIGN KEY (partner_id) REFERENCES partners,
    CONSTRAINT payout_accounts_under_a_code FOREIGN KEY (code_version_id) REFERENCES code_versions,
    CONSTRAINT payout_accounts_never_direct CHECK (partner_id <> 'direct'),
    CONSTRAINT payout_accounts_name_the_bank CHECK (
        (scheme = 'IBAN' AND bank_code = '' AND starts_with(number, country))
        OR (scheme = 'NATIONAL' AND (bank_code <> '' OR bic <> ''))),
    CONSTRAINT payout_accounts_hint_at_most_half CHECK (
        right(number, length(hint)) = hint AND length(hint) BETWEEN 1 AND least(4, length(number) / 2)),
    CONSTRAINT payout_accounts_two_people CHECK (
        proposer <> '' AND (
            (state = 'PROPOSED' AND approver = '' AND end_time IS NULL)
            OR (state = 'REJECTED' AND approver = '' AND end_time IS NOT NULL AND note <> '')
            OR (state = 'APPROVED' AND approver <> '' AND approver <> proposer AND end_time IS NULL)
            OR (state = 'CLOSED' AND approver <> '' AND approver <> proposer AND end_time IS NOT NULL))),
    CONSTRAINT payout_accounts_approved_for_days CHECK (
        (approver = '') = (approve_date IS NULL) AND (approver = '') = (approve_time IS NULL)
        AND (approver = '') = (usable_from_date IS NULL) AND (approver = '') = (code_version_id IS NULL)
        AND coalesce(approve_date <= usable_from_date, true))
);
CREATE INDEX payout_accounts_of_partner ON payout_accounts (partner_id, payout_account_id DESC);
CALL holdfast_wall('payout_accounts');

-- +goose StatementBegin
DO $$
DECLARE
    app    text := holdfast_role('app');
    system text := holdfast_role('system');
BEGIN
    EXECUTE format('REVOKE ALL ON payout_accounts FROM %I', app);
    EXECUTE format(
        'GRANT SELECT (payout_account_id, partner_id, currency, holder_name, country, scheme, hint, bank_code, bic, state, proposer, approver,
            approve_date, usable_from_date, code_version_id, note, revision, create_time, approve_time, end_time) ON payout_accounts TO %I',
        app);
    EXECUTE format('REVOKE UPDATE, DELETE ON payout_accounts FROM %I', system);
    EXECUTE format(
        'GRANT UPDATE (state, approver, approve_date, usable_from_date, code_version_id, note, revision, approve_time, end_time)
            ON payout_accounts TO %I',
        system);
END
$$;
-- +goose StatementEnd

-- Statements are the partner's invoices where it has agreed to that.
ALTER TABLE agreements
    ADD COLUMN self_billing boolean NOT NULL DEFAULT false,
    ADD COLUMN tax_id       text    NOT NULL DEFAULT '',
    ADD CONSTRAINT agreements_self_billed_with_a_tax_id CHECK (NOT self_billing OR tax_id <> '');

-- How long a new account cools off. The versions that exist take the default
-- that a draft would: no account was approved under them.
ALTER TABLE code_versions
    ADD COLUMN payout_cooling_days integer NOT NULL DEFAULT 7,
    ADD CONSTRAINT code_versions_payout_cooling_in_range CHECK (payout_cooling_days >= 0);

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION code_versions_immutable() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state = 'APPROVED' OR
        (NEW.effective_date, NEW.display_name, NEW.renewal_open_days, NEW.renewal_grace_days, NEW.renewal_lapsed_days,
            NEW.cap_bps, NEW.cap_months, NEW.inactive_days, NEW.reward_bps,
            NEW.consent_days, NEW.transfer_days, NEW.consent_mails, NEW.consent_mail_days,
            NEW.contest_working_days, NEW.appeal_days, NEW.order_window_days, NEW.new_business_months,
            NEW.registration_days, NEW.registration_extension_days, NEW.merger_revert_days, NEW.holidays, NEW.payout_cooling_days)
        IS DISTINCT FROM
        (OLD.effective_date, OLD.display_name, OLD.renewal_open_days, OLD.renewal_grace_days, OLD.renewal_lapsed_days,
            OLD.cap_bps, OLD.cap_months, OLD.inactive_days, OLD.reward_bps,
            OLD.consent_days, OLD.transfer_days, OLD.consent_mails, OLD.consent_mail_days,
            OLD.contest_working_days, OLD.appeal_days, OLD.order_window_days, OLD.new_business_months,
            OLD.registration_days, OLD.registration_extension_days, OLD.merger_revert_days, OLD.holidays, OLD.payout_cooling_days)
    THEN
        RAISE EXCEPTION 'code version % is %', OLD.code_version_id, OLD.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'code_versions_immutable';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd

-- Clients that have every scope there was go on having all, as when scopes were
-- added before; those that were narrowed on purpose stay narrow.
WITH widened AS (
    UPDATE api_clients
    SET scopes = scopes || ARRAY['statements:read', 'statements:write', 'forecast:read'],
        revision = revision + 1
    WHERE partner_id IS NOT NULL
    AND revoke_time IS NULL
    AND scopes @> ARRAY['catalogue:read', 'customers:read', 'subscriptions:read', 'partner:read', 'margin:read',
        'quotes:write', 'renewals:read', 'renewals:write', 'clients:manage',
        'transfers:read', 'transfers:write', 'deals:read', 'deals:write', 'orders:read', 'orders:write']
    AND NOT scopes && ARRAY['statements:read', 'statements:write', 'forecast:read']
    RETURNING *
)
INSERT INTO events (kind, resource_id, revision, actor, partner_id, occur_time, snapshot)
SELECT
    'api_client.widened', client_id, revision, 'migration', partner_id, now(),
    jsonb_build_object(
        'id', client_id, 'partner_id', partner_id, 'service', '', 'display_name', display_name, 'scopes', to_jsonb(scopes),
        'secrets', NULL, 'revision', revision, 'create_time', create_time)
FROM widened
ORDER BY client_id;
