"""The operator's file of destinations, and where files go in them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from activities.automation.delivery_paths import DeliveredFile, check_template, path_of
from activities.automation.destinations import (
    Secret,
    UnusableDestinationsError,
    read_destinations,
    secret_of,
)

TWO = """
[[destination]]
name = "archive"
kind = "s3"
url = "s3://bucket/exports"
config = {secret_access_key = {env = "ARCHIVE_KEY"}}

[[destination]]
name = "school"
kind = "webdav"
url = "https://dav.example/in"
tenants = ["school-1"]
owners = ["teacher-9"]
"""


def file_of(owner: str, name: str) -> DeliveredFile:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return DeliveredFile("job-1", owner, "pdf", name, at, 1, "00", "application/pdf")


def written(directory: Path, text: str) -> str:
    path = directory / "destinations.toml"
    path.write_text(text)
    return str(path)


def test_owners_and_tenants_have_what_is_theirs(tmp_path: Path) -> None:
    found = read_destinations(written(tmp_path, TWO))
    assert found.admitted("teacher-1", None) == ["archive"]
    assert found.admitted("teacher-1", "school-1") == ["archive", "school"]
    assert found.admitted("teacher-9", None) == ["archive", "school"]
    assert read_destinations("").admitted("teacher-1", None) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[[destination]]\nname = 'a'\nkind = 'ftp'", "kind is one of s3"),
        ("[[destination]]\nname = 'A b'\nkind = 's3'\nurl = 's3://b'", "name"),
        ("[[destination]]\nname = 'a'\nkind = 's3'\nurl = 's3://b'\npasword = 'p'", "pasword"),
        ("[[destination]]\nname='a'\nkind='s3'\nurl='s3://b'\npath='{owner}/x'", "job_id"),
        ("[[destination]]\nname='a'\nkind='s3'\nurl='s3://b'\npath='../{job_id}'", "parts"),
        (
            "[[destination]]\nname='a'\nkind='sftp'\nhost='h'\nusername='u'\nhost_keys=[]",
            "host_keys",
        ),
        ("[[destination]]\nname='a'\nkind='mail'\nto=['a@b.example\\nBcc: x']", "destination 1"),
        (TWO.replace('school"\nkind', 'archive"\nkind'), "several destinations 'archive'"),
        ("name = 'a", "cannot be read"),
        ("[other]", "nothing else"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(UnusableDestinationsError, match=reason):
        read_destinations(written(tmp_path, text))


def test_no_owner_and_no_title_leaves_its_part_of_the_path() -> None:
    template = "{owner}/{date}-{job_id}/{name}"
    check_template(template)
    assert path_of(template, file_of("teacher-1", "A.pdf")) == "teacher-1/2026-03-01-job-1/A.pdf"
    for owner in ("..", ".", "a/b", "a\\b", "%2e%2e", "ü" * 200, "a\x00b"):
        for name in ("../../x", "..", "a/b", "\x00", "x" * 400 + ".pdf", ""):
            parts = path_of(template, file_of(owner, name)).split("/")
            assert len(parts) == 3
            assert all(0 < len(each.encode()) < 256 and each not in {".", ".."} for each in parts)
            assert all("\\" not in each and each.isprintable() for each in parts)
    ways = {path_of(template, file_of(owner, "x")) for owner in ("a/b", "a_b", "a%2Fb", "A/b")}
    assert len(ways) == 4


def test_secrets_stand_elsewhere(tmp_path: Path) -> None:
    assert secret_of(Secret(env="KEY"), {"KEY": "k"}) == "k"
    (tmp_path / "key").write_text("two\nlines\n")
    assert secret_of(Secret(file=str(tmp_path / "key"))) == "two\nlines"
    with pytest.raises(UnusableDestinationsError, match="KEY is not set"):
        secret_of(Secret(env="KEY"), {})
    with pytest.raises(ValueError, match="either"):
        Secret()
