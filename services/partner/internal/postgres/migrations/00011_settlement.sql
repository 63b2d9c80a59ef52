-- The numbers of the settlement: how long a payment is held, when an unpaid
-- margin is taken back, how long a statement can be disputed, and what is too
-- little to pay out. The versions that exist take the defaults that a draft
-- would: nothing was settled under them.

-- +goose Up

ALTER TABLE code_versions
    ADD COLUMN payout_hold_days integer NOT NULL DEFAULT 30,
    ADD COLUMN overdue_days     integer NOT NULL DEFAULT 90,
    ADD COLUMN dispute_days     integer NOT NULL DEFAULT 30,
    ADD COLUMN minimum_payouts  jsonb   NOT NULL DEFAULT '[
        {"minor": 5000, "currency": "EUR"}, {"minor": 5000, "currency": "GBP"}, {"minor": 5000, "currency": "USD"}]',
    ADD CONSTRAINT code_versions_settlement_in_range CHECK (
        0 <= least(payout_hold_days, dispute_days) AND 1 <= overdue_days),
    ADD CONSTRAINT code_versions_minimum_payouts_are_amounts CHECK (
        jsonb_typeof(minimum_payouts) = 'array'
        AND NOT minimum_payouts @? '$[*] ? (@.minor.type() != "number" || !(@.minor >= 0) || !(@.currency like_regex "^[A-Z]{3}$"))');

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
            NEW.registration_days, NEW.registration_extension_days, NEW.merger_revert_days, NEW.holidays, NEW.payout_cooling_days,
            NEW.payout_hold_days, NEW.overdue_days, NEW.dispute_days, NEW.minimum_payouts)
        IS DISTINCT FROM
        (OLD.effective_date, OLD.display_name, OLD.renewal_open_days, OLD.renewal_grace_days, OLD.renewal_lapsed_days,
            OLD.cap_bps, OLD.cap_months, OLD.inactive_days, OLD.reward_bps,
            OLD.consent_days, OLD.transfer_days, OLD.consent_mails, OLD.consent_mail_days,
            OLD.contest_working_days, OLD.appeal_days, OLD.order_window_days, OLD.new_business_months,
            OLD.registration_days, OLD.registration_extension_days, OLD.merger_revert_days, OLD.holidays, OLD.payout_cooling_days,
            OLD.payout_hold_days, OLD.overdue_days, OLD.dispute_days, OLD.minimum_payouts)
    THEN
        RAISE EXCEPTION 'code version % is %', OLD.code_version_id, OLD.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'code_versions_immutable';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
