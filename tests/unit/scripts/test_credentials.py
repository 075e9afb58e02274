import stat
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import jwt
import pytest

from activities.settings import Settings
from scripts.dev.credentials import ensure_secrets, issue_token
from scripts.issue_token import main as issue_token_command


def test_only_the_owner_may_read_the_secrets(tmp_path: Path) -> None:
    ensure_secrets(tmp_path)

    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_secrets_stay_the_same_from_start_to_start(tmp_path: Path) -> None:
    first = ensure_secrets(tmp_path)

    assert ensure_secrets(tmp_path) == first
    assert first.jwt_secret != first.url_secret
    assert len(first.jwt_secret.encode()) >= 32


def test_a_file_of_before_gets_the_keys_that_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"jwt_secret": "j", "url_secret": "u"}')

    known = ensure_secrets(tmp_path)

    assert (known.jwt_secret, known.url_secret) == ("j", "u")
    assert known.signing_key
    assert known.signing_key != known.webhook_secret
    assert ensure_secrets(tmp_path) == known


def test_two_directories_do_not_share_secrets(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    assert ensure_secrets(tmp_path / "a") != ensure_secrets(tmp_path / "b")


def test_a_token_says_who_may_do_what_and_until_when() -> None:
    settings = Settings(jwt_secret="k" * 32, jwt_issuer="here", jwt_audience="there")

    token = issue_token(settings, "teacher-9", "export:read", timedelta(hours=2))

    claims = jwt.decode(
        token, settings.jwt_secret, algorithms=["HS256"], issuer="here", audience="there"
    )
    assert claims["sub"] == "teacher-9"
    assert claims["scope"] == "export:read"
    assert abs(claims["exp"] - time.time() - 7200) < 60


@pytest.mark.parametrize("options", [["--owner", "teacher-1 "], ["--hours", "10000"]])
def test_no_token_is_issued_that_the_service_refuses(
    options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPORT_JWT_SECRET", "k" * 32)
    monkeypatch.setattr(sys, "argv", ["issue_token.py", *options])

    with pytest.raises(SystemExit) as refused:
        issue_token_command()

    assert refused.value.code == 2


@pytest.mark.parametrize(
    ("put", "said"),
    [
        (lambda path: None, "start it (python3 scripts/up.py --data-dir"),
        (lambda path: path.write_bytes(b"\xff"), "secrets.json is damaged"),
        (lambda path: path.mkdir(), "secrets.json cannot be read: Is a directory"),
    ],
)
def test_secrets_that_are_not_there_are_told_in_a_sentence(
    put: Callable[[Path], object],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("EXPORT_JWT_SECRET", raising=False)
    put(tmp_path / "secrets.json")
    monkeypatch.setattr(sys, "argv", ["issue_token.py", "--data-dir", str(tmp_path)])

    assert issue_token_command() == 1

    told = capsys.readouterr().err
    assert said in told
    assert str(tmp_path) in told
