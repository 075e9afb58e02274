"""Indexes that give jobs in a state, and what was done to a job, in the order of the lists."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply."""
    op.drop_index("ix_export_job_status", "export_job")
    op.create_index("ix_export_job_status", "export_job", ["status", "created_at", "job_id"])
    op.drop_index("ix_audit_log_job", "audit_log")
    op.create_index("ix_audit_log_job", "audit_log", ["job_id", "at"])
