"""The catalog of formats: the project's own and those that installed packages add.

Each is an entry point in the group `export_service.formats` that names a `Format`. Reading them
imports no renderer, so the API can list and check formats cheaply.
"""

from collections.abc import Iterable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import cast

import msgspec

from activities.model.declarations import DeclarationError, check
from activities.model.formats import Format
from activities.model.options import RenderOptions

ENTRY_POINT_GROUP = "export_service.formats"
BUILT_IN = (
    *("json", "csv", "pdf", "docx", "xlsx", "txt", "html", "epub", "anki", "tsv", "moodle"),
    *("qti", "jsonl", "imscc", "markdown", "scorm"),
)
"""The project's own entry points, in the order in which they are listed."""
_PROJECT = "export-service"


class NotInstalledError(Exception):
    """The project's own formats are not among the entry points; the message says what to do."""


class Catalog(msgspec.Struct, frozen=True):
    """The formats that are installed."""

    formats: MappingProxyType[str, Format]
    """The formats by their ids."""
    packages: MappingProxyType[str, str]
    """The names of the distributions that the formats come from, by the formats' ids."""
    left_out: tuple[str, ...]
    """One sentence for each format of an installed package that cannot be used, and why."""


def read_catalog(found: Iterable[EntryPoint]) -> Catalog:
    """The formats of these entry points, the project's own first.

    A wrong format of another package is left out.

    Raises:
        NotInstalledError: one of the project's own formats is missing.
        DeclarationError: one of the project's own formats is wrong.
        Exception: one of the project's own formats cannot be imported.
    """
    entries = sorted(((_package(entry), entry) for entry in found), key=_place)
    _check_installed(entries)
    formats: dict[str, Format] = {}
    packages: dict[str, str] = {}
    left_out: list[str] = []
    for package, entry in entries:
        try:
            added = check(entry.load(), formats.values())
        except Exception as error:
            if package == _PROJECT:
                raise
            reason = str(error) if isinstance(error, DeclarationError) else _unimportable(error)
            left_out.append(
                f"The format {entry.name!r} of the package {package} is left out: {reason}."
            )
        else:
            formats[added.id] = added
            packages[added.id] = package
    return Catalog(MappingProxyType(formats), MappingProxyType(packages), tuple(left_out))


@cache
def catalog() -> Catalog:
    """The catalog of the formats that are installed in this process; see `read_catalog`."""
    return read_catalog(entry_points(group=ENTRY_POINT_GROUP))


def formats() -> MappingProxyType[str, Format]:
    """All formats by id, the project's own first; see `read_catalog`."""
    return catalog().formats


@cache
def every_option() -> type[RenderOptions]:
    """The options of all formats in one type, for what is said before a format is chosen."""
    own = {field.name for field in msgspec.structs.fields(RenderOptions)}
    added = {
        field.name: (field.name, field.type, field.default)
        for entry in formats().values()
        for field in msgspec.structs.fields(entry.options)
        if field.name not in own
    }
    made = msgspec.defstruct(
        "EveryOption", list(added.values()), bases=(RenderOptions,), module=__name__, frozen=True
    )
    return cast("type[RenderOptions]", made)


def _unimportable(error: Exception) -> str:
    return f"it cannot be imported ({type(error).__name__}: {error})"


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else "of an unknown name"


def _place(found: tuple[str, EntryPoint]) -> tuple[int, str, str]:
    package, entry = found
    last = len(BUILT_IN)
    if package != _PROJECT:
        return last + 1, package, entry.name
    return BUILT_IN.index(entry.name) if entry.name in BUILT_IN else last, package, entry.name


def _check_installed(entries: Iterable[tuple[str, EntryPoint]]) -> None:
    own = {entry.name for package, entry in entries if package == _PROJECT}
    if missing := [name for name in BUILT_IN if name not in own]:
        raise NotInstalledError(
            f"{_PROJECT} is not installed, or as it was before it had the formats "
            f"{', '.join(missing)}: run `python3 scripts/test.py --checks`, which renews `.venv`, "
            "or, in another environment, `pip install --no-deps --editable .`."
        )
