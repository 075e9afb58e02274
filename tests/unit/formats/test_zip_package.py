"""Zip files that unpack to more than anybody can use are never finished."""

import io
from datetime import UTC, datetime

import pytest

from activities.formats.shared import zip_package
from activities.formats.shared.zip_package import Package
from activities.formats.testing import Recorder
from activities.model.limits import ExportTooLargeError

TIME = datetime(2024, 1, 1, tzinfo=UTC)


def write(pieces: int, piece: bytes) -> None:
    with Package(io.BytesIO(), TIME, Recorder()) as package, package.open("a") as member:
        for _ in range(pieces):
            member.write(piece)


def test_what_is_unpacked_counts_not_what_is_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_package, "UNPACKED_RATIO_FROM", 1_000_000)
    words = " ".join(map(str, range(20_000))).encode()
    write(20, words)
    with pytest.raises(ExportTooLargeError):
        write(1_000, bytes(10_000))


def test_all_members_count_together() -> None:
    with Package(io.BytesIO(), TIME, Recorder(max_file_bytes=30)) as package:
        package.write("a", "x" * 10)
        package.write("b", "x" * 20)
        with pytest.raises(ExportTooLargeError):
            package.write("c", "x")
