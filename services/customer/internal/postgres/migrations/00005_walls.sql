-- The partners' wall. A partner sees the subscriptions that it serves today or
-- will serve, their terms and customers, and of the partners of record itself;
-- the partner of the past sees none of it. It changes nothing by itself: the
-- commit points work as the system role, under a lock and after their own check.

-- +goose Up

CALL holdfast_wall('partners_of_record');

-- +goose StatementBegin
DO $$
DECLARE
    app    text := holdfast_role('app');
    system text := holdfast_role('system');
    walled text;
BEGIN
    FOREACH walled IN ARRAY ARRAY['customers', 'customer_domains', 'subscriptions', 'terms'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', walled);
        EXECUTE format('CREATE POLICY system_rows ON %I TO %I USING (true) WITH CHECK (true)', walled, system);
        EXECUTE format('CREATE POLICY owner_rows ON %I TO %I USING (true) WITH CHECK (true)', walled, current_user);
    END LOOP;

    -- Each condition reads the next table through that table's own policy.
    EXECUTE format(
        'CREATE POLICY partner_rows ON subscriptions FOR SELECT TO %I USING (EXISTS (
            SELECT FROM partners_of_record p
            WHERE p.subscription_id = subscriptions.subscription_id
            AND p.ends_at > now()))', app);
    EXECUTE format(
        'CREATE POLICY partner_rows ON terms FOR SELECT TO %I USING (EXISTS (
            SELECT FROM subscriptions s
            WHERE s.subscription_id = terms.subscription_id))', app);
    EXECUTE format(
        'CREATE POLICY partner_rows ON customers FOR SELECT TO %I USING (EXISTS (
            SELECT FROM subscriptions s
            WHERE s.customer_id = customers.customer_id))', app);
    EXECUTE format(
        'CREATE POLICY partner_rows ON customer_domains FOR SELECT TO %I USING (EXISTS (
            SELECT FROM customers c
            WHERE c.customer_id = customer_domains.customer_id))', app);

    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON customers, customer_domains, subscriptions, terms, partners_of_record,
        product_families, products, prices, fx_sets, fx_rates FROM %I', app);
    EXECUTE format('REVOKE ALL ON customer_groups, contacts, bookings, imports, import_errors FROM %I', app);
END
$$;
-- +goose StatementEnd
