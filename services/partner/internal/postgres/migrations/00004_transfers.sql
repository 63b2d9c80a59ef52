-- Transfers of customers' subscriptions to other partners.

-- +goose Up

CREATE TABLE transfers (
    transfer_id       text        NOT NULL,
    partner_id        text        NOT NULL, -- the challenger
    domain            text        NOT NULL,
    family_id         text        NOT NULL,
    requested_date    date,
    request_date      date        NOT NULL,
    assigned          boolean     NOT NULL,
    state             text        NOT NULL,
    expire_date       date        NOT NULL,
    consent_time      timestamptz,
    consent_reason    text        NOT NULL DEFAULT '',
    partner_reference text        NOT NULL DEFAULT '',
    revision          bigint      NOT NULL,
    create_time       timestamptz NOT NULL,
    CONSTRAINT transfers_pkey PRIMARY KEY (transfer_id),
    CONSTRAINT transfers_to_a_partner FOREIGN KEY (partner_id) REFERENCES partners,
    CONSTRAINT transfers_state_known CHECK (state IN (
        'REQUESTED', 'CONSENTED', 'COMPLETED', 'EXPIRED', 'CANCELLED', 'SUPERSEDED', 'FAILED')),
    CONSTRAINT transfers_open_from_the_request CHECK (expire_date >= request_date),
    CONSTRAINT transfers_in_force_by_consent CHECK (
        (state IN ('CONSENTED', 'COMPLETED', 'FAILED')) = (assigned OR consent_time IS NOT NULL)),
    CONSTRAINT transfers_consented_for_a_reason CHECK (
        (consent_time IS NULL AND consent_reason = '')
        OR (consent_time IS NOT NULL AND consent_reason IN ('CHOICE', 'SERVICE_FAILURE', 'PROCUREMENT_FRAMEWORK', 'OTHER')))
);
CREATE INDEX transfers_newest_first ON transfers (create_time DESC, transfer_id DESC);
CREATE INDEX transfers_of_partner ON transfers (partner_id, create_time DESC, transfer_id DESC);
CREATE INDEX transfers_pending ON transfers (expire_date) WHERE state IN ('REQUESTED', 'SUPERSEDED');
CREATE INDEX transfers_to_carry_out ON transfers (create_time) WHERE state = 'CONSENTED';

-- What a transfer turned out to move. It names both sides, so each sees it from
-- the consent on only, and neither the facts that the verdict is made of.
CREATE TABLE transfer_moves (
    transfer_id     text    NOT NULL,
    subscription_id text    NOT NULL,
    product_id      text    NOT NULL,
    product_name    text    NOT NULL,
    challenger_id   text    NOT NULL,
    incumbent_id    text    NOT NULL, -- partner of record
    protected_id    text    NOT NULL DEFAULT '', -- whom the case is about
    effective_date  date    NOT NULL,
    facts           jsonb   NOT NULL,
    agreed          boolean NOT NULL DEFAULT false,
    case_id         text    NOT NULL DEFAULT '',
    contest_by_date date,
    contested       boolean NOT NULL DEFAULT false,
    released        boolean NOT NULL DEFAULT false,
    done            boolean NOT NULL DEFAULT false,
    failure_reason  text    NOT NULL DEFAULT '',
    CONSTRAINT transfer_moves_pkey PRIMARY KEY (transfer_id, subscription_id),
    CONSTRAINT transfer_moves_of_a_transfer FOREIGN KEY (transfer_id) REFERENCES transfers,
    CONSTRAINT transfer_moves_to_another_partner CHECK (challenger_id <> incumbent_id),
    CONSTRAINT transfer_moves_nothing_before_the_consent CHECK (
        agreed OR (protected_id = '' AND case_id = '' AND contest_by_date IS NULL AND NOT contested AND NOT released AND NOT done AND failure_reason = '')),
    CONSTRAINT transfer_moves_done_or_failed CHECK (NOT done OR failure_reason = '')
);
-- A subscription gets one new partner a day, whatever is consented to at once.
CREATE UNIQUE INDEX transfer_moves_one_consent_a_day ON transfer_moves (subscription_id, effective_date)
    WHERE agreed AND failure_reason = '';
CREATE INDEX transfer_moves_of_subscription ON transfer_moves (subscription_id);
CREATE INDEX transfer_moves_of_incumbent ON transfer_moves (incumbent_id, transfer_id) WHERE agreed;
CREATE INDEX transfer_moves_of_protected ON transfer_moves (protected_id, transfer_id) WHERE agreed;

-- What the vendor alone knows of a transfer. The wanted contact's address goes
-- as soon as nobody is to be asked any more.
CREATE TABLE transfer_dossiers (
    transfer_id   text NOT NULL,
    contact_email text NOT NULL DEFAULT '',
    delivery      text NOT NULL,
    customer_id   text NOT NULL DEFAULT '',
    customer_name text NOT NULL DEFAULT '',
    consent_text  text NOT NULL DEFAULT '',
    assign_text   text NOT NULL DEFAULT '',
    superseded_by text,
    CONSTRAINT transfer_dossiers_pkey PRIMARY KEY (transfer_id),
    CONSTRAINT transfer_dossiers_of_a_transfer FOREIGN KEY (transfer_id) REFERENCES transfers,
    CONSTRAINT transfer_dossiers_superseded_by_a_transfer FOREIGN KEY (superseded_by) REFERENCES transfers,
    CONSTRAINT transfer_dossiers_delivery_known CHECK (delivery IN (
        'UNRESOLVED', 'WAITING', 'SENT', 'NOTHING_TO_MOVE', 'NOBODY_TO_ASK', 'TOO_MANY_MAILS', 'CLOSED')),
    CONSTRAINT transfer_dossiers_forget_the_address CHECK (contact_email = '' OR delivery IN ('UNRESOLVED', 'WAITING'))
);
CREATE INDEX transfer_dossiers_to_deliver ON transfer_dossiers (transfer_id) WHERE delivery IN ('UNRESOLVED', 'WAITING');

-- The one token of a transfer, of which only the hash is kept. It is minted
-- before the mail is handed over, so that the link works when it arrives.
CREATE TABLE consents (
    transfer_id text        NOT NULL,
    token_hash  bytea       NOT NULL,
    customer_id text        NOT NULL,
    contact_id  text        NOT NULL,
    mint_time   timestamptz NOT NULL,
    sent_time   timestamptz,
    expire_date date        NOT NULL,
    CONSTRAINT consents_pkey PRIMARY KEY (transfer_id),
    CONSTRAINT consents_of_a_transfer FOREIGN KEY (transfer_id) REFERENCES transfers,
    CONSTRAINT consents_one_token UNIQUE (token_hash),
    CONSTRAINT consents_hashed CHECK (octet_length(token_hash) = 32)
);
CREATE INDEX consents_of_customer ON consents (customer_id, mint_time);

-- Partners' callers request as challengers and read. Every other change touches
-- what belongs to the other side, and is made by the service itself.
-- +goose StatementBegin
DO $$
DECLARE
    app    text := holdfast_role('app');
    system text := holdfast_role('system');
    mine   text := '= ANY ((SELECT holdfast_partner_ids())::text[])';
    walled text;
BEGIN
    FOREACH walled IN ARRAY ARRAY['transfers', 'transfer_moves', 'transfer_dossiers', 'consents'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', walled);
        EXECUTE format('CREATE POLICY system_rows ON %I TO %I USING (true) WITH CHECK (true)', walled, system);
        EXECUTE format('CREATE POLICY owner_rows ON %I TO %I USING (true) WITH CHECK (true)', walled, current_user);
        EXECUTE format('REVOKE ALL ON %I FROM %I', walled, app);
    END LOOP;

    EXECUTE format('CREATE POLICY challenger_rows ON transfers TO %I USING (partner_id %s) WITH CHECK (partner_id %s)', app, mine, mine);
    EXECUTE format(
        'CREATE POLICY incumbent_rows ON transfers FOR SELECT TO %I USING (state IN (''CONSENTED'', ''COMPLETED'', ''FAILED'') AND EXISTS (
            SELECT FROM transfer_moves m WHERE m.transfer_id = transfers.transfer_id AND (m.incumbent_id %s OR m.protected_id %s)))',
        app, mine, mine);
    EXECUTE format('GRANT SELECT, INSERT ON transfers TO %I', app);

    EXECUTE format(
        'CREATE POLICY partner_rows ON transfer_moves FOR SELECT TO %I USING (agreed AND (challenger_id %s OR incumbent_id %s OR protected_id %s))',
        app, mine, mine, mine);
    EXECUTE format(
        'GRANT SELECT (transfer_id, subscription_id, product_id, product_name, challenger_id, incumbent_id, protected_id, effective_date, agreed, case_id,
            contest_by_date, contested, released, done, failure_reason) ON transfer_moves TO %I',
        app);

    EXECUTE format(
        'CREATE POLICY challenger_rows ON transfer_dossiers FOR INSERT TO %I WITH CHECK (EXISTS (
            SELECT FROM transfers t WHERE t.transfer_id = transfer_dossiers.transfer_id AND t.partner_id %s))',
        app, mine);
    EXECUTE format('GRANT INSERT ON transfer_dossiers TO %I', app);
END
$$;
-- +goose StatementEnd
