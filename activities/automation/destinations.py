"""The places that files can be delivered to, as an operator's file names them.

A TOML file, `EXPORT_DESTINATIONS`, with a table for each:

    [[destination]]
    name = "archive"
    kind = "s3"
    ...
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from activities.automation.delivery_paths import check_template

_NAME = r"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$"
_Text = Annotated[str, Meta(min_length=1, max_length=2_000)]
_Port = Annotated[int, Meta(gt=0, lt=65_536)]


class UnusableDestinationsError(ValueError):
    """The file cannot be read, or what it says makes no sense; never holds a secret."""


class Secret(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a secret is, which the file need not hold itself."""

    env: str | None = None
    """The name of an environment variable of the io workers."""
    file: str | None = None
    """The path of a file that the io workers can read."""

    def __post_init__(self) -> None:
        """Refuse both and neither."""
        if (self.env is None) == (self.file is None):
            raise ValueError("give either env or file")


SecretText = str | Secret


class _Common(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(pattern=_NAME)]
    owners: list[str] | None = None
    """Who may use it; without this and `tenants` everybody may."""
    tenants: list[str] | None = None
    """Whose people may use it, by the claim `tenant` of their tokens."""

    def admits(self, owner_id: str, tenant: str | None) -> bool:
        """Whether an owner may have files delivered there."""
        if self.owners is None and self.tenants is None:
            return True
        return owner_id in (self.owners or ()) or tenant in (self.tenants or ())


class _Placed(_Common, frozen=True, kw_only=True, forbid_unknown_fields=True):
    path: Annotated[str, Meta(max_length=400)] = "{owner}/{job_id}/{name}"
    """Where a file goes, below what the rest says: see `delivery_paths`."""


class ObjectDestination(_Placed, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bucket or container, through obstore."""

    kind: Literal["s3", "gcs", "azure"]
    url: _Text
    """Such as `s3://bucket/prefix`, `gs://bucket` or `az://container`."""
    config: dict[str, SecretText] = {}
    """Keys of obstore for the store, such as `access_key_id`; what is not given comes from the
    environment of the io workers."""
    allow_http: bool = False
    """Whether the store may be called without TLS."""


class SftpDestination(_Placed, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A server of SFTP, known by its key."""

    kind: Literal["sftp"]
    host: _Text
    username: _Text
    host_keys: Annotated[list[_Text], Meta(min_length=1)]
    """The keys that the server may have, each as `ssh-ed25519 AAAA..`."""
    port: _Port = 22
    directory: str = ""
    """Where paths begin; empty: where the server puts whoever signs in."""
    password: SecretText | None = None
    private_key: SecretText | None = None
    """In the form of OpenSSH or PEM."""


class WebdavDestination(_Placed, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A collection of a WebDAV server."""

    kind: Literal["webdav"]
    url: _Text
    """Of the collection where paths begin; https, unless `network` is given."""
    network: str | None = None
    """The network of a server that is not public, such as `10.1.0.0/16`."""
    username: str | None = None
    password: SecretText | None = None


class MailDestination(_Common, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """People who are told by mail, with a link to the export's page."""

    kind: Literal["mail"]
    to: Annotated[
        list[Annotated[str, Meta(pattern=r"^[^\s@<>,;\x00-\x1f]+@[^\s@<>,;\x00-\x1f]+$")]],
        Meta(min_length=1, max_length=20),
    ]


Destination = ObjectDestination | SftpDestination | WebdavDestination | MailDestination

_KINDS: dict[str, type[Destination]] = {
    "s3": ObjectDestination,
    "gcs": ObjectDestination,
    "azure": ObjectDestination,
    "sftp": SftpDestination,
    "webdav": WebdavDestination,
    "mail": MailDestination,
}


class Destinations:
    """The destinations of a service, by their names."""

    def __init__(self, every: Sequence[Destination] = ()) -> None:
        self._every = {each.name: each for each in every}

    def get(self, name: str) -> Destination | None:
        """The destination of this name."""
        return self._every.get(name)

    def admitted(self, owner_id: str, tenant: str | None) -> list[str]:
        """The names that an owner may use, in the order of the file."""
        return [name for name, each in self._every.items() if each.admits(owner_id, tenant)]

    def __iter__(self) -> Iterator[Destination]:
        return iter(self._every.values())

    @property
    def need_mail(self) -> bool:
        """Whether one of them is told by mail."""
        return any(isinstance(each, MailDestination) for each in self._every.values())


def read_destinations(path: str) -> Destinations:
    """The destinations of a file; none if there is no path.

    Raises:
        UnusableDestinationsError: it says what is wrong.
    """
    if not path:
        return Destinations()
    try:
        with Path(path).open("rb") as file:
            members = tomllib.load(file)
    except (OSError, ValueError) as error:
        raise UnusableDestinationsError(f"{path} cannot be read: {type(error).__name__}") from None
    tables = members.pop("destination", [])
    if members or not isinstance(tables, list):
        raise UnusableDestinationsError(f"{path} holds [[destination]] and nothing else")
    found = [_destination(number, table) for number, table in enumerate(tables, 1)]
    names = [each.name for each in found]
    for name in names:
        if names.count(name) > 1:
            raise UnusableDestinationsError(f"there are several destinations {name!r}")
    return Destinations(found)


def _destination(number: int, table: Any) -> Destination:
    kind = table.get("kind") if isinstance(table, dict) else None
    if kind not in _KINDS:
        raise UnusableDestinationsError(f"destination {number}: kind is one of {', '.join(_KINDS)}")
    try:
        found = msgspec.convert(table, _KINDS[kind])
        if not isinstance(found, MailDestination):
            check_template(found.path)
    except ValueError as error:
        # msgspec tells types, members and patterns, and no value.
        raise UnusableDestinationsError(f"destination {number}: {error}") from None
    return found


def secret_of(text: SecretText, environment: Mapping[str, str] = os.environ) -> str:
    """The secret itself.

    Raises:
        UnusableDestinationsError: there is none where the file says.
    """
    if isinstance(text, str):
        return text
    if text.env is not None:
        if not (found := environment.get(text.env)):
            raise UnusableDestinationsError(f"the variable {text.env} is not set")
        return found
    assert text.file is not None
    try:
        return re.sub(r"\r?\n\Z", "", Path(text.file).read_text())
    except (OSError, UnicodeError) as error:
        raise UnusableDestinationsError(
            f"{text.file} cannot be read: {type(error).__name__}"
        ) from None
