"""Erasures of owners: what nobody may begin meanwhile, and the one change of the audit log.

Triggers refuse new rows of an owner who is being erased, whichever process and version writes them.
A row of the audit log may from now on have the owner's name replaced by the pseudonym of an erasure
that is under way, and still nothing else.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

_TIME = sa.DateTime(timezone=True)
_REFUSAL = "the audit log is append-only"

# What an owner, or somebody for them, begins. Messages of what has begun end with it.
_FENCED = (
    "export_job",
    "export_share",
    "export_webhook",
    "export_schedule",
    "web_session",
    "sign_in_code",
    "owner_preference",
    "notification_setting",
)
_BEING_ERASED = "the owner is being erased"

_KEPT = (
    *("id", "at", "action", "job_id", "related_job_id", "format", "items", "request_id", "link"),
    *("via", "subject", "share_id"),
)
_SAME = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in _KEPT)


def _replaced(column: str, equal: str) -> str:
    return (
        f"NEW.{column} {equal} CASE WHEN OLD.{column} = erasure.owner_id "
        f"THEN erasure.pseudonym ELSE OLD.{column} END"
    )


_SQLITE = (
    "DROP TRIGGER audit_log_update",
    f"""
    CREATE TRIGGER audit_log_update BEFORE UPDATE ON audit_log
    WHEN NOT EXISTS (
        SELECT 1 FROM owner_erasure AS erasure
        WHERE erasure.owner_id IN (OLD.owner_id, OLD.actor)
        AND {_replaced("owner_id", "IS")} AND {_replaced("actor", "IS")} AND {_SAME}
    )
    BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END
    """,  # noqa: S608 - of constants
    *(
        f"""
        CREATE TRIGGER {table}_of_erased_owner BEFORE INSERT ON {table}
        WHEN EXISTS (SELECT 1 FROM owner_erasure WHERE owner_id = NEW.owner_id)
        BEGIN SELECT RAISE(ABORT, '{_BEING_ERASED}'); END
        """  # noqa: S608 - of constants
        for table in _FENCED
    ),
)
_SAME_AS = "IS NOT DISTINCT FROM"
_POSTGRESQL = (
    f"""
    CREATE OR REPLACE FUNCTION {{schema}}.refuse_change_of_audit_log() RETURNS trigger
    LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            IF OLD.at <= now() - interval '30 days' THEN RETURN OLD; END IF;
        ELSIF TG_OP = 'UPDATE' THEN
            IF to_jsonb(NEW) - 'owner_id' - 'actor' = to_jsonb(OLD) - 'owner_id' - 'actor'
            AND EXISTS (
                SELECT FROM {{schema}}.owner_erasure AS erasure
                WHERE erasure.owner_id IN (OLD.owner_id, OLD.actor)
                AND {_replaced("owner_id", _SAME_AS)} AND {_replaced("actor", _SAME_AS)}
            ) THEN RETURN NEW; END IF;
        END IF;
        RAISE EXCEPTION '{_REFUSAL}';
    END $$
    """,
    # As the owner of the log, since other roles may not change it.
    """
    CREATE FUNCTION {schema}.pseudonymise_audit_entries(entries bigint[], erasing text)
    RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        WITH changed AS (
            UPDATE {schema}.audit_log AS entry SET
                owner_id = CASE WHEN entry.owner_id = erasure.owner_id
                    THEN erasure.pseudonym ELSE entry.owner_id END,
                actor = CASE WHEN entry.actor = erasure.owner_id
                    THEN erasure.pseudonym ELSE entry.actor END
            FROM {schema}.owner_erasure AS erasure
            WHERE erasure.erasure_id = erasing AND entry.id = ANY (entries)
            AND erasure.owner_id IN (entry.owner_id, entry.actor)
            RETURNING 1
        )
        SELECT count(*) FROM changed
    $$
    """,
    "REVOKE EXECUTE ON FUNCTION {schema}.pseudonymise_audit_entries FROM PUBLIC",
    """
    DO $$
    DECLARE other name;
    BEGIN
        FOR other IN
            SELECT DISTINCT role.rolname FROM pg_class AS relation
            CROSS JOIN aclexplode(relation.relacl) AS given
            JOIN pg_roles AS role ON role.oid = given.grantee
            WHERE relation.oid = 'audit_log'::regclass AND given.grantee <> relation.relowner
        LOOP
            EXECUTE format('GRANT EXECUTE ON FUNCTION pseudonymise_audit_entries TO %I', other);
        END LOOP;
    END $$
    """,
    f"""
    CREATE FUNCTION {{schema}}.refuse_of_erased_owner() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM {{schema}}.owner_erasure WHERE owner_id = NEW.owner_id) THEN
            RAISE EXCEPTION '{_BEING_ERASED}' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    *(
        f"""
        CREATE TRIGGER {table}_of_erased_owner BEFORE INSERT ON {table}
        FOR EACH ROW EXECUTE FUNCTION {{schema}}.refuse_of_erased_owner()
        """
        for table in _FENCED
    ),
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "owner_erasure",
        sa.Column("erasure_id", sa.String(length=36), primary_key=True),
        sa.Column("owner_id", sa.Text()),
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("requested_at", _TIME, nullable=False),
        sa.Column("completed_at", _TIME),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("exports", sa.Integer(), nullable=False, server_default=sa.text("0")),
        # No entry of the log may get the name of another owner.
        sa.CheckConstraint("pseudonym LIKE 'erased-%'", name="ck_owner_erasure_pseudonym"),
    )
    op.create_index("uq_owner_erasure_owner", "owner_erasure", ["owner_id"], unique=True)
    op.create_index("ix_owner_erasure_pseudonym", "owner_erasure", ["pseudonym"])
    op.create_index(
        "ix_owner_erasure_due",
        "owner_erasure",
        ["due_at"],
        sqlite_where=sa.text("completed_at IS NULL"),
        postgresql_where=sa.text("completed_at IS NULL"),
    )
    op.create_table(
        "erased_job",
        sa.Column("job_id", sa.String(length=36), primary_key=True),
        sa.Column("erased_at", _TIME, nullable=False),
    )
    op.create_index("ix_erased_job_erased_at", "erased_job", ["erased_at"])
    for table in ("web_session", "sign_in_code", "export_sending"):
        op.create_index(f"ix_{table}_owner", table, ["owner_id"])
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for statement in _SQLITE:
            op.execute(statement)
        return
    schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    for statement in _POSTGRESQL:
        op.execute(statement.replace("{schema}", schema))
