"""The audit log is the owner's: other roles of PostgreSQL read it, add to it, and trim it.

Triggers refuse every other change by those who may not switch them off: only the owner of a table
and superusers may. Roles with rights on the tables are made by `deploy/postgresql/set-up-roles.sh`.
"""

from alembic import op

revision = "0010"
down_revision = "0009"

# The trigger of 0002 refuses rows that are too young, whoever asks.
_TRIM = """
    CREATE FUNCTION {schema}.remove_audit_entries(entries bigint[]) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        WITH removed AS (
            DELETE FROM {schema}.audit_log WHERE id = ANY (entries) RETURNING 1
        )
        SELECT count(*) FROM removed
    $$
"""
_TAKE_BACK = """
    DO $$
    DECLARE other name;
    BEGIN
        FOR other IN
            SELECT DISTINCT role.rolname FROM pg_class AS relation
            CROSS JOIN aclexplode(relation.relacl) AS given
            JOIN pg_roles AS role ON role.oid = given.grantee
            WHERE relation.oid IN ('audit_log'::regclass, 'alembic_version'::regclass)
            AND given.grantee <> relation.relowner
        LOOP
            EXECUTE format(
                'REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON audit_log FROM %I', other
            );
            EXECUTE format('REVOKE ALL ON alembic_version FROM %I', other);
            EXECUTE format('GRANT SELECT ON alembic_version TO %I', other);
            EXECUTE format('GRANT EXECUTE ON FUNCTION remove_audit_entries TO %I', other);
        END LOOP;
    END $$
"""


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return  # a SQLite file has no roles
    schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    op.execute(_TRIM.format(schema=schema))
    op.execute("REVOKE EXECUTE ON FUNCTION remove_audit_entries FROM PUBLIC")
    op.execute(_TAKE_BACK)
