"""Settings come from the environment, once, and wrong ones are refused by name."""

from datetime import timedelta

import pytest

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
