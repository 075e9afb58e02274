"""Job records, progress and content."""

import sqlalchemy as sa
from alembic import op

from activities.common.column_types import UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "content_item",
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("has_outline", sa.Boolean(), nullable=False),
        sa.Column("has_study_guide", sa.Boolean(), nullable=False),
        sa.Column("has_faqs", sa.Boolean(), nullable=False),
        sa.Column("has_flashcards", sa.Boolean(), nullable=False),
        sa.Column("has_reading_guide_questions", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "id"),
    )
    with op.batch_alter_table("content_item", schema=None) as batch_op:
        batch_op.create_index(
            "ix_content_item_created", ["owner_id", "created_at", "id"], unique=False
        )

    op.create_table(
        "export_job",
        sa.Column("job_id", sa.String(length=36), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("format", sa.String(length=64), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content_ids", sa.Text(), nullable=False),
        sa.Column("items_total", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("completed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("cancel_requested_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("dispatched_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("run_id", sa.String(length=64), nullable=True),
        sa.Column("idempotency_key", sa.String(length=255), nullable=True),
        sa.Column("request_hash", sa.String(length=64), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("file_size", sa.BigInteger(), nullable=True),
        sa.Column("media_type", sa.String(length=255), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("warnings", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("job_id"),
    )
    with op.batch_alter_table("export_job", schema=None) as batch_op:
        batch_op.create_index("ix_export_job_expiry", ["status", "expires_at"], unique=False)
        batch_op.create_index(
            "ix_export_job_owner", ["owner_id", "created_at", "job_id"], unique=False
        )
        batch_op.create_index(
            "ix_export_job_owner_status",
            ["owner_id", "status", "created_at", "job_id"],
            unique=False,
        )
        batch_op.create_index("ix_export_job_status", ["status", "created_at"], unique=False)
        batch_op.create_index(
            "uq_export_job_idempotency", ["owner_id", "idempotency_key"], unique=True
        )

    op.create_table(
        "export_chunk",
        sa.Column("job_id", sa.String(length=36), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("chunk", sa.Integer(), nullable=False),
        sa.Column("items_done", sa.Integer(), nullable=False),
        sa.Column("warnings", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["export_job.job_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "phase", "chunk"),
    )
