"""A run that is to use an engine that is not there fails; it never passes over its tests."""

from pathlib import Path

import pytest

from tests.engines import postgresql, s3
from tests.engines.server import EngineError, Server


def test_missing_s3_server_is_an_error(tmp_path: Path) -> None:
    nothing = {"PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    with pytest.raises(EngineError, match="no S3 server"):
        s3.find_or_build(nothing)


def test_missing_postgresql_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgresql, "_DEBIAN", tmp_path / "nothing")
    with pytest.raises(EngineError, match="not installed"):
        postgresql.find_binaries()


def test_server_that_ends_at_once_tells_its_last_words(tmp_path: Path) -> None:
    server = Server("broken", ["/bin/sh", "-c", "echo not today; exit 1"], 1, tmp_path)
    with pytest.raises(EngineError, match="not today"):
        server.start()
