"""The platforms whose people may come by LTI 1.3: who they are, as `EXPORT_LTI_PLATFORMS` says."""

import re
import tomllib
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import msgspec

from activities.common.outbound_http import RefusedAddressError, origin
from activities.settings import SettingsError

ANY_DEPLOYMENT = "*"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_OWNER_CLAIM = re.compile(r"(?:(?:custom|lis|ext)\.)?[A-Za-z0-9_-]+", re.ASCII)
_VARIABLE = "EXPORT_LTI_PLATFORMS"


class Platform(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A registration at a platform (LTI 1.3 core, 3.1.2): issuer and client together name it."""

    name: str
    """For people and logs."""
    issuer: str
    client_id: str
    auth_url: str
    """Where browsers are sent to be signed in (OpenID Connect's authorization endpoint)."""
    jwks_url: str
    """The public keys of the platform."""
    deployments: list[str]
    """The ids of deployments; `*` is every one."""
    owner_claim: str = "sub"
    """The claim that names the owner; `custom.`, `lis.` and `ext.` lead into the LTI claims."""
    owner_prefix: str | None = None
    """What owners of this platform begin with; None: its name and a colon."""

    @property
    def prefix(self) -> str:
        """What keeps the owners of platforms apart that call their people the same."""
        return f"{self.name}:" if self.owner_prefix is None else self.owner_prefix

    def deploys(self, deployment_id: str) -> bool:
        """True if launches of this deployment are taken."""
        return ANY_DEPLOYMENT in self.deployments or deployment_id in self.deployments


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    platform: list[Platform] = []


def read_platforms(path: str) -> Sequence[Platform]:
    """The platforms of a TOML file; none when the path is empty.

    Raises:
        SettingsError: the file cannot be read, or names a platform that cannot be used.
    """
    if not path:
        return ()
    try:
        found = msgspec.convert(tomllib.loads(Path(path).read_text(encoding="utf-8")), _File)
    except OSError as error:
        raise SettingsError(f"{_VARIABLE}: {path}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"{_VARIABLE}: {path}: {error}") from None
    for platform in found.platform:
        if wrong := _fault(platform):
            raise SettingsError(f"{_VARIABLE}: {path}: platform {platform.name!r}: {wrong}")
    _refuse_twins(found.platform, path)
    return tuple(found.platform)


def _fault(platform: Platform) -> str:
    """What is wrong with a platform; empty: nothing."""
    if not _NAME.fullmatch(platform.name):
        return "the name has letters, digits, dots, dashes and underscores alone, 64 at most"
    if not (platform.issuer and platform.client_id):
        return "issuer and client_id are not empty"
    if not platform.deployments or not all(platform.deployments):
        return 'deployments names ids, or "*" for every one'
    if not _OWNER_CLAIM.fullmatch(platform.owner_claim):
        return "owner_claim is the name of a claim, such as sub or custom.owner"
    prefix = platform.prefix
    if (
        not prefix.isprintable()
        or prefix != prefix.lstrip()
        or len(prefix) > len(platform.name) + 64
    ):
        return "owner_prefix is a short text without blanks before it"
    for name in ("auth_url", "jwks_url"):
        if not _is_safe(getattr(platform, name)):
            return f"{name} is no https URL"
    return ""


def _is_safe(url: str) -> bool:
    """True for the URL of a web server over TLS, or on this machine."""
    try:
        scheme, host, _ = origin(url)
    except RefusedAddressError:
        return False
    return scheme == "https" or _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _refuse_twins(platforms: Sequence[Platform], path: str) -> None:
    for what, keys in (
        ("name", [each.name for each in platforms]),
        ("issuer and client_id", [(each.issuer, each.client_id) for each in platforms]),
    ):
        if len(set(keys)) < len(keys):
            raise SettingsError(f"{_VARIABLE}: {path}: two platforms have the same {what}")
