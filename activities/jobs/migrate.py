"""Bring the database's schema up to date: `python -m activities.jobs.migrate`."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, event

from activities.database import parse_url, prepare_sqlite
from activities.settings import from_environment


def migrate(url: str) -> None:
    """Run the migrations that the database has not had yet.

    Args:
        url: the database's SQLAlchemy URL.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        parsed = parsed.set(drivername="sqlite")
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed)
    if parsed.get_backend_name() == "sqlite":
        event.listen(engine, "connect", prepare_sqlite)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()


if __name__ == "__main__":
    migrate(from_environment().database)
