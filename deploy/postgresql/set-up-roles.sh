#!/bin/sh
# Makes the roles and databases of the service and of Temporal, and gives each what it needs; safe
# to run again, and on a database whose tables a superuser made.
#
#   export_owner  owns the database `export`: migrations, nothing else.
#   export_app    works in it: reads and writes rows, but of the audit log only adds and reads.
#   temporal      owns the databases `temporal` and `temporal_visibility`.
set -eu

sql() {
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 "$@"
}

# Who may list processes sees their arguments, so that passwords come from the environment.
: "${EXPORT_OWNER_PASSWORD:?}" "${EXPORT_APP_PASSWORD:?}" "${TEMPORAL_PASSWORD:?}"
sql --dbname postgres <<'SQL'
\getenv owner_password EXPORT_OWNER_PASSWORD
\getenv app_password EXPORT_APP_PASSWORD
\getenv temporal_password TEMPORAL_PASSWORD
SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY['export_owner', 'export_app', 'temporal']) AS name
WHERE name NOT IN (SELECT rolname FROM pg_roles) \gexec
ALTER ROLE export_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
  PASSWORD :'owner_password';
ALTER ROLE export_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
  PASSWORD :'app_password';
ALTER ROLE temporal LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
  PASSWORD :'temporal_password';
SELECT format('CREATE DATABASE %I', name)
FROM unnest(ARRAY['export', 'temporal', 'temporal_visibility']) AS name
WHERE name NOT IN (SELECT datname FROM pg_database) \gexec
ALTER DATABASE export OWNER TO export_owner;
ALTER DATABASE temporal OWNER TO temporal;
ALTER DATABASE temporal_visibility OWNER TO temporal;
REVOKE ALL ON DATABASE export, temporal, temporal_visibility, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE export TO export_app;
SQL

# Whatever was made before there were roles gets the owner that it would have now. What an extension
# brought stays its own.
hand_over() {
  sql --dbname "$1" --set owner="$2" <<'SQL'
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO :"owner";
SELECT format('ALTER TABLE %s OWNER TO %I', relation.oid::regclass, :'owner')
FROM pg_class AS relation
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = relation.oid AND deptype = 'e') \gexec
SELECT format('ALTER ROUTINE %s OWNER TO %I', routine.oid::regprocedure, :'owner')
FROM pg_proc AS routine
WHERE pronamespace = 'public'::regnamespace
AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = routine.oid AND deptype = 'e') \gexec
SQL
}
hand_over export export_owner
hand_over temporal temporal
hand_over temporal_visibility temporal

sql --dbname export <<'SQL'
GRANT USAGE ON SCHEMA public TO export_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO export_app;
ALTER DEFAULT PRIVILEGES FOR ROLE export_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO export_app;
-- As migration 0010 has it, once there is one.
SELECT 'REVOKE UPDATE, DELETE ON audit_log FROM export_app'
WHERE to_regclass('audit_log') IS NOT NULL \gexec
SELECT 'REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM export_app'
WHERE to_regclass('alembic_version') IS NOT NULL \gexec
SELECT 'GRANT EXECUTE ON FUNCTION remove_audit_entries TO export_app'
WHERE to_regproc('remove_audit_entries') IS NOT NULL \gexec
-- And migration 0029.
SELECT 'GRANT EXECUTE ON FUNCTION pseudonymise_audit_entries TO export_app'
WHERE to_regproc('pseudonymise_audit_entries') IS NOT NULL \gexec
SQL
