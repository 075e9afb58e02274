"""${message}."""

import sqlalchemy as sa
from alembic import op

from activities.common.column_types import UtcDateTime

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Apply."""
    ${upgrades if upgrades else "pass"}
