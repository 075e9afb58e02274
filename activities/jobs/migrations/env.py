"""Alembic's entry: runs the migrations on the connection that `migrate` opened."""

from alembic import context

import activities.content.schema
import activities.jobs.schema  # noqa: F401 - each declares its tables on the metadata
from activities.database import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
