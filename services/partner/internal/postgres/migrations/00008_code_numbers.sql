-- The numbers of transfers, appeals, orders, registrations and mergers. The
-- versions that exist take the defaults that a draft would: nothing was decided
-- by these numbers before.

-- +goose Up

ALTER TABLE code_versions
    ADD COLUMN consent_days                integer NOT NULL DEFAULT 7,
    ADD COLUMN transfer_days               integer NOT NULL DEFAULT 14,
    ADD COLUMN consent_mails               integer NOT NULL DEFAULT 3,
    ADD COLUMN consent_mail_days           integer NOT NULL DEFAULT 90,
    ADD COLUMN contest_working_days        integer NOT NULL DEFAULT 10,
    ADD COLUMN appeal_days                 integer NOT NULL DEFAULT 30,
    ADD COLUMN order_window_days           integer NOT NULL DEFAULT 90,
    ADD COLUMN new_business_months         integer NOT NULL DEFAULT 12,
    ADD COLUMN registration_days           integer NOT NULL DEFAULT 90,
    ADD COLUMN registration_extension_days integer NOT NULL DEFAULT 90,
    ADD COLUMN merger_revert_days          integer NOT NULL DEFAULT 30,
    ADD COLUMN holidays                    date[]  NOT NULL DEFAULT '{}',
    ADD CONSTRAINT code_versions_later_counts_in_range CHECK (
        0 <= least(contest_working_days, appeal_days, order_window_days, registration_extension_days, merger_revert_days)
        AND 1 <= least(consent_days, transfer_days, consent_mails, consent_mail_days, new_business_months, registration_days));

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
            NEW.registration_days, NEW.registration_extension_days, NEW.merger_revert_days, NEW.holidays)
        IS DISTINCT FROM
        (OLD.effective_date, OLD.display_name, OLD.renewal_open_days, OLD.renewal_grace_days, OLD.renewal_lapsed_days,
            OLD.cap_bps, OLD.cap_months, OLD.inactive_days, OLD.reward_bps,
            OLD.consent_days, OLD.transfer_days, OLD.consent_mails, OLD.consent_mail_days,
            OLD.contest_working_days, OLD.appeal_days, OLD.order_window_days, OLD.new_business_months,
            OLD.registration_days, OLD.registration_extension_days, OLD.merger_revert_days, OLD.holidays)
    THEN
        RAISE EXCEPTION 'code version % is %', OLD.code_version_id, OLD.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'code_versions_immutable';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
