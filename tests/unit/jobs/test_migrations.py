"""Migrations: from nothing, again, side by side, and to the schema that the code expects."""

import asyncio
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from activities.common.database import connect, metadata, parse_url
from activities.content.source import Filters
from activities.content.sql import SqlContent
from activities.jobs.migrate import UnusableDatabaseError, migrate
from activities.jobs.records import JobRecords
from activities.model.jobs import Job
from tests.engines.choice import Engines

ROOT = Path(__file__).parents[3]
# Each of these declares tables on the metadata.
for _path in (*ROOT.glob("activities/*/schema.py"), *ROOT.glob("activities/*/*_tables.py")):
    import_module(f"activities.{_path.parent.name}.{_path.stem}")
TABLES = {
    *("export_changes", "export_schedule", "export_schedule_run"),
    *("export_job", "export_chunk", "export_item_versions", "write_check"),
    *("content_title", "content_facet", "content_collection"),
    *("content_item", "content_media", "export_theme", "audit_log", "alembic_version"),
    *("export_archive", "export_archive_part", "export_archive_manifest", "content_owner"),
    "web_session",
    *("export_sending", "notification_setting"),
    "sign_in_code",
    "lti_nonce",
    "owner_preference",
    "export_receipt",
    "export_preview",
    "export_share",
    "owner_erasure",
    "erased_job",
    *("export_webhook", "export_webhook_delivery", "export_webhook_attempt"),
}


@pytest.fixture
def url(tmp_path: Path, engines: Engines) -> str:
    """A database without a schema."""
    return engines.empty_database(tmp_path)


def synchronous(url: str) -> Engine:
    parsed = parse_url(url)
    return create_engine(parsed.set(drivername=parsed.drivername))


def tables(url: str) -> set[str]:
    engine = synchronous(url)
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names


def test_migrating_twice_is_migrating_once(url: str) -> None:
    migrate(url)
    migrate(parse_url(url).render_as_string(hide_password=False))
    assert tables(url) == TABLES


def test_directory_of_a_database_file_is_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new directory 100%' / 'export.db'}"
    migrate(url)
    assert tables(url) == TABLES


def is_comparable(_object: object, name: str | None, *_: object) -> bool:
    return name != "ix_export_job_reason"  # of an expression


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_migrated_schema_is_what_the_code_expects(url: str) -> None:
    migrate(url)
    engine = synchronous(url)
    with engine.connect() as connection:
        options = {"compare_type": True, "include_object": is_comparable}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_jobs_of_the_version_before_stay_and_have_no_request_id(url: str) -> None:
    upgrade_to("0004", url)
    engine = synchronous(url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO export_job (job_id, owner_id, status, phase, format, options, title,"
                " content_ids, items_total, created_at) VALUES ('old', 'teacher-1', 'pending',"
                " 'queued', 'json', '{}', 'A course', '[]', 1, '2026-03-01 12:00:00.000000')"
            )
        )
    engine.dispose()
    migrate(url)

    async def read() -> Job | None:
        database = connect(url)
        job = await JobRecords(database).get("old")
        await database.close()
        return job

    job = asyncio.run(read())
    assert job is not None
    assert (job.title, job.request_id) == ("A course", None)


def test_audit_log_of_the_version_before_stays_and_stays_closed(url: str) -> None:
    upgrade_to("0005", url)
    engine = synchronous(url)
    add = text("INSERT INTO audit_log (at, action) VALUES (CURRENT_TIMESTAMP, 'created')")
    with engine.begin() as connection:
        connection.execute(add)
    migrate(url)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT action, link FROM audit_log")).all() == [
            ("created", None)
        ]
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text("UPDATE audit_log SET link = 'x'"))
    engine.dispose()


def test_content_of_the_version_before_is_found_by_facets_and_words(url: str) -> None:
    upgrade_to("0017", url)
    documents = {
        "whole": '{"id":"whole","updated_at":"2024-05-01T09:00:00Z","language":"de",'
        '"metadata":{"subject":"Biology"}}',
        "broken": '{"metadata": ["subject"], "language": 7',
    }
    engine = synchronous(url)
    parts = ("outline", "study_guide", "faqs", "flashcards", "reading_guide_questions")
    with engine.begin() as connection:
        for item_id, document in documents.items():
            connection.execute(
                text(
                    "INSERT INTO content_item (owner_id, id, title, created_at, document, "
                    f"{', '.join(f'has_{name}' for name in parts)}) VALUES ('teacher-1', :id, "
                    "'Old lesson', '2024-03-01 12:00:00.000000', :document, "
                    f"{', '.join(['false'] * len(parts))})"
                ),
                {"id": item_id, "document": document},
            )
    engine.dispose()
    migrate(url)

    async def found(filters: Filters) -> list[str]:
        database = connect(url)
        excerpt = await SqlContent(database).search("teacher-1", filters, 9, sort="-updated_at")
        await database.close()
        return [head.id for head in excerpt.heads]

    assert asyncio.run(found(Filters(text="LESSON"))) == ["whole", "broken"]
    for facet in (("subject", ("biology",)), ("language", ("de",))):
        assert asyncio.run(found(Filters(facets=(facet,)))) == ["whole"]


def upgrade_to(revision: str, url: str) -> None:
    engine = synchronous(url)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "activities/jobs/migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def test_two_processes_may_migrate_at_once(url: str) -> None:
    script = "import sys; from activities.jobs.migrate import migrate; migrate(sys.argv[1])"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, url], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    assert [process.communicate(timeout=60)[1] for process in processes] == [""] * 2
    assert tables(url) == TABLES


def test_migration_that_fails_leaves_nothing_behind(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.batch_alter_table", _fail)
        with pytest.raises(ConnectionAbortedError):
            migrate(url)
    assert tables(url) == set()
    migrate(url)
    assert tables(url) == TABLES


def test_database_of_a_newer_version_is_refused_and_left_alone(url: str) -> None:
    migrate(url)
    engine = synchronous(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UnusableDatabaseError, match="a newer version of this service"):
        migrate(url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).all() == [
            ("9999",)
        ]
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////proc/nowhere/export.db", "/proc/nowhere: No such file"),
        (f"sqlite:///{__file__}", "file is not a database"),
        (f"sqlite:///{ROOT}", "unable to open database file"),
        ("postgresql://nobody@127.0.0.1:9/export", "connection failed"),
        ("postgresql://nobody@127.0.0.1:port/export", "EXPORT_DATABASE_URL"),
    ],
)
def test_database_that_cannot_be_used_is_told_in_a_sentence(url: str, said: str) -> None:
    with pytest.raises(UnusableDatabaseError, match=said) as raised:
        migrate(url)
    assert "\n" not in str(raised.value)


def _fail(*_: object, **__: object) -> None:
    raise ConnectionAbortedError
