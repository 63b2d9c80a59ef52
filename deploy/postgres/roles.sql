-- Databases and roles of Holdfast. Run once by an administrator, with psql:
--
--   psql -v password=… -f deploy/postgres/roles.sql postgres
--
-- Each service has a database of its own and three roles: <service>_owner runs
-- the migrations, <service>_app serves partners under row-level security,
-- <service>_system serves jobs, feeds and the vendor's staff. None is a
-- superuser, none bypasses row-level security. Give each role a password of its
-- own where more than a trial is at stake.

\set ON_ERROR_STOP on

SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', service || '_' || kind, :password)
FROM unnest(ARRAY['customer', 'partner', 'commission']) AS service,
     unnest(ARRAY['owner', 'app', 'system']) AS kind
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service || '_' || kind)
\gexec

SELECT format('CREATE DATABASE %I OWNER %I', service, service || '_owner')
FROM unnest(ARRAY['customer', 'partner', 'commission']) AS service
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = service)
\gexec

SELECT format('REVOKE ALL ON DATABASE %1$I FROM PUBLIC; GRANT CONNECT ON DATABASE %1$I TO %2$I; GRANT CONNECT, TEMPORARY ON DATABASE %1$I TO %3$I',
              service, service || '_app', service || '_system')
FROM unnest(ARRAY['customer', 'partner', 'commission']) AS service
\gexec
