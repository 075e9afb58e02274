"""Indexes for the filters of operators' lists and of content, each in the order of its list."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_PARTS = ("outline", "study_guide", "faqs", "flashcards", "reading_guide_questions")
_REASON = {
    "sqlite": "CASE WHEN json_valid(error) THEN json_extract(error, '$.code') END",
    "postgresql": """substring(error, '"code":"([^"]*)"')""",
}


def upgrade() -> None:
    """Apply."""
    op.drop_index("ix_audit_log_at", "audit_log")
    op.create_index("ix_audit_log_at", "audit_log", ["at", "id"])
    op.drop_index("ix_audit_log_owner", "audit_log")
    op.create_index("ix_audit_log_owner", "audit_log", ["owner_id", "at", "id"])
    op.create_index("ix_audit_log_actor", "audit_log", ["actor", "at", "id"])
    op.create_index("ix_audit_log_action", "audit_log", ["action", "at", "id"])
    op.create_index("ix_export_job_format", "export_job", ["format", "created_at", "job_id"])
    failed = sa.text("error IS NOT NULL")
    op.create_index(
        "ix_export_job_reason",
        "export_job",
        [sa.text(f"({_REASON[op.get_bind().dialect.name]})"), "created_at", "job_id"],
        sqlite_where=failed,
        postgresql_where=failed,
    )
    for name in _PARTS:
        op.create_index(
            f"ix_content_item_{name}",
            "content_item",
            ["owner_id", "created_at", "id"],
            sqlite_where=sa.text(f"has_{name} = 1"),
            postgresql_where=sa.text(f"has_{name}"),
        )
