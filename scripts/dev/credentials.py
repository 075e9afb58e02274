"""The secrets of the embedded set-up, and the tokens made with them."""

import os
import secrets
import time
from datetime import timedelta
from pathlib import Path

import jwt
import msgspec

from activities.settings import Settings


class DamagedSecretsError(ValueError):
    """The file with the secrets cannot be read; the message says which and what to do."""


class Secrets(msgspec.Struct, frozen=True):
    """The content of `secrets.json` in the data directory."""

    jwt_secret: str
    """Signs bearer tokens (HS256)."""
    url_secret: str
    """The key that signs download links."""
    webhook_secret: str = ""
    """The key that encrypts the secrets of webhooks; empty in a file of before there were any."""
    signing_key: str = ""
    """The key that signs receipts and manifests; empty in a file of before there were any."""


def load_secrets(data_dir: Path) -> Secrets:
    """Read the secrets of a data directory.

    Raises:
        FileNotFoundError: no stack has run there yet.
        DamagedSecretsError: the file cannot be read.
    """
    path = data_dir / "secrets.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Secrets)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DamagedSecretsError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise DamagedSecretsError(
            f"{path} is damaged. Put back a copy, or remove it: up.py then makes new secrets, and "
            "tokens and links of before end"
        ) from None


def ensure_secrets(data_dir: Path) -> Secrets:
    """Read the secrets of a data directory, generated on first use, for its owner's eyes only.

    Raises:
        DamagedSecretsError: the file cannot be read.
    """
    path = data_dir / "secrets.json"
    if not path.exists():
        _write(path, Secrets(*(secrets.token_hex(32) for _ in Secrets.__struct_fields__)))
    known = load_secrets(data_dir)
    missing = {
        name: secrets.token_hex(32)
        for name, secret in msgspec.structs.asdict(known).items()
        if not secret
    }
    if missing:
        _write(path, msgspec.structs.replace(known, **missing))
    return load_secrets(data_dir)


def _write(path: Path, fresh: Secrets) -> None:
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.encode(fresh))
    draft.replace(path)


def issue_token(
    settings: Settings, owner: str, scope: str, lifetime: timedelta, tenant: str = ""
) -> str:
    """A bearer token for `owner` with the space-separated scopes, signed with `jwt_secret`.

    With `tenant`, if it is not empty, it says whom the owner belongs to.
    """
    now = int(time.time())
    claims = {
        "sub": owner,
        "scope": scope,
        "iss": settings.jwt_issuer,
        "aud": settings.jwt_audience,
        "iat": now,
        "exp": now + int(lifetime.total_seconds()),
    }
    if tenant:
        claims["tenant"] = tenant
    return jwt.encode(claims, settings.jwt_secret, algorithm="HS256")
