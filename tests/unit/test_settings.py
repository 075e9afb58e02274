"""Settings come from the environment, once, and wrong ones are refused by name."""

from datetime import timedelta
from pathlib import Path

import pytest

from activities.jobs.migrate import migrate
from activities.settings import Settings, SettingsError, from_environment


def test_defaults_are_the_documented_ones() -> None:
    settings = from_environment({})
    assert settings == Settings()
    assert settings.temp_path == "/tmp/exports"
    assert settings.retention == timedelta(days=7)
    assert settings.max_items == 100
    assert settings.link_ttl_seconds == 86_400


def test_every_variable_is_read() -> None:
    settings = from_environment(
        {
            "EXPORT_TEMP_PATH": "/srv/files",
            "EXPORT_RETENTION_DAYS": "0.5",
            "EXPORT_MAX_ITEMS": " 20 ",
            "EXPORT_OWNER_JOBS_IN_FLIGHT": "0",
            "EXPORT_URL_SECRETS": "new , old,,",
            "EXPORT_PORT": "",
            "AWS_ALLOW_HTTP": "true",
        }
    )
    assert settings.temp_path == "/srv/files"
    assert settings.retention == timedelta(hours=12)
    assert settings.max_items == 20
    assert settings.owner_jobs_in_flight == 0
    assert settings.link_keys == (b"new", b"old")
    assert settings.port == 8000
    assert settings.storage_allow_http


def test_database_is_a_file_in_the_data_directory_unless_it_is_given() -> None:
    assert from_environment({"EXPORT_DATA_DIR": "/data"}).database.endswith(":////data/export.db")
    url = "postgresql://db/export"
    assert from_environment({"EXPORT_DATABASE_URL": url}).database == url


@pytest.mark.parametrize("name", ["a#b", "a?b=c", "a%20b", "%", "ä b@:1"])
def test_directory_has_the_database_whatever_its_name(tmp_path: Path, name: str) -> None:
    url = from_environment({"EXPORT_DATA_DIR": str(tmp_path / name)}).database
    migrate(url)
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert (tmp_path / name / "export.db").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EXPORT_DATABASE_URL", "postgresql://"),
        ("EXPORT_DATABASE_URL", "postgresql+asyncpg://u:a/b:c@[::1]:5432/n?ssl=require"),
        ("EXPORT_DATABASE_URL", "postgresql:///n?host=/run/postgresql"),
        ("EXPORT_DATABASE_URL", "sqlite:///:memory:"),
        ("EXPORT_STORAGE_URL", "gs://bucket"),
        ("EXPORT_CONTENT_URL", "http://[::1]:8080"),
        ("EXPORT_CONTENT_URL", "https://xn--bcher-kva.example/api/"),
        ("EXPORT_CONTENT_URL", "https://reader:of@bücher.example/api"),
    ],
)
def test_urls_that_there_are_are_taken(name: str, value: str) -> None:
    from_environment({name: value})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("EXPORT_RETENTION_DAYS", "x", "EXPORT_RETENTION_DAYS: 'x' is not a number"),
        ("EXPORT_MAX_ITEMS", "1.5", "EXPORT_MAX_ITEMS: '1.5' is not a whole number"),
        (
            "EXPORT_AUDIT_RETENTION_DAYS",
            "30",
            "EXPORT_AUDIT_RETENTION_DAYS: '30' is not a number that is at least 31.0",
        ),
        ("EXPORT_MAX_ITEMS", "1e400", "EXPORT_MAX_ITEMS: '1e400' is too far from 0"),
        ("EXPORT_RETENTION_DAYS", "-1e400", "EXPORT_RETENTION_DAYS: '-1e400' is too far from 0"),
        ("EXPORT_EXPRESS", "maybe", "EXPORT_EXPRESS: 'maybe' is not true or false"),
        ("EXPORT_STORAGE_URL", "bucket", "EXPORT_STORAGE_URL: this is no URL of an object store"),
        ("EXPORT_DATABASE_URL", "mysql://u:hush@h/n", "EXPORT_DATABASE_URL: this is no URL of"),
        ("EXPORT_DATABASE_URL", "postgresql://u:hush@h:xx/n", "EXPORT_DATABASE_URL: this is no"),
        ("EXPORT_DATABASE_URL", "postgresql://[::1/n", "EXPORT_DATABASE_URL: this is no URL"),
        ("EXPORT_DATABASE_URL", "sqlite://x", "EXPORT_DATABASE_URL: this is no URL"),
        ("EXPORT_STORAGE_URL", "bucket://x", "EXPORT_STORAGE_URL: this is no URL of an object"),
        ("EXPORT_CONTENT_URL", "platform", "EXPORT_CONTENT_URL: this is no URL such as"),
        ("EXPORT_CONTENT_URL", "https://[::1", "EXPORT_CONTENT_URL: this is no URL such as"),
        ("EXPORT_CONTENT_URL", "https://xn--.example/", "EXPORT_CONTENT_URL: this is no URL"),
        ("EXPORT_CONTENT_URL", "https://a.example:65536", "EXPORT_CONTENT_URL: this is no URL"),
        ("EXPORT_TEMPORAL_UI_URL", "javascript:alert(1)", "EXPORT_TEMPORAL_UI_URL: this is no"),
        ("EXPORT_PORT", "65536", "EXPORT_PORT: '65536' is not a whole number that is at most"),
    ],
)
def test_what_is_wrong_is_told_in_plain_words(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError) as raised:
        from_environment({name: value})
    assert str(raised.value).startswith(said)
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EXPORT_PORT", "eighty"),
        ("EXPORT_MAX_ITEMS", "0"),
        ("EXPORT_MAX_ITEMS", "1.5"),
        ("EXPORT_RETENTION_DAYS", "-1"),
        ("EXPORT_RETENTION_DAYS", "nan"),
        ("EXPORT_RETENTION_DAYS", "inf"),
        ("EXPORT_RETENTION_DAYS", "1e9"),
        ("EXPORT_RECORD_RETENTION_DAYS", "0"),
        ("EXPORT_AUDIT_RETENTION_DAYS", "30"),
        ("EXPORT_LINK_TTL_SECONDS", "0"),
        ("EXPORT_LINK_TTL_SECONDS", "99999999999"),
        ("EXPORT_OWNER_JOBS_IN_FLIGHT", "-1"),
        ("EXPORT_OWNER_JOBS_PER_HOUR", "-1"),
    ],
)
def test_impossible_values_are_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as raised:
        from_environment({name: value})
    assert str(raised.value).startswith(f"{name}: ")
