"""Checks that a declared format is one that the service can run."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from activities.model.content import PART_TITLES
from activities.model.formats import Carries, Format, PageModel, SizeModel
from activities.model.option_kinds import Option, options_of
from activities.model.options import RESERVED_NAMES, RenderOptions

BUNDLE = "bundle"
"""The id that is shown as the format of a job with several; no format may have it."""

_ID = re.compile(r"[a-z][a-z0-9]{0,31}")
_EXTENSION = re.compile(r"[a-z0-9]{1,16}")
_REFERENCE = re.compile(r"\w+(\.\w+)*:\w+")
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "name": str,
    "description": str,
    "media_type": str,
    "carries": Carries,
    "limits": str,
    "opening": str,
    "chunked": bool,
    "parts": tuple,
    "variants": tuple,
    "size": (SizeModel, type(None)),
    "pages": (PageModel, type(None)),
}


class DeclarationError(Exception):
    """A package's format cannot be run; the message says why, to follow `... is left out: `."""


def check(declared: object, others: Iterable[Format]) -> Format:
    """The declared format, if it can be run beside the others.

    Raises:
        DeclarationError: it cannot.
    """
    if not isinstance(declared, Format):
        raise DeclarationError(f"it is no Format but of type {type(declared).__name__}")
    for complaint in _complaints(declared, tuple(others)):
        raise DeclarationError(complaint)
    return declared


def _complaints(entry: Format, others: tuple[Format, ...]) -> Iterator[str]:
    if not _matches(_ID, entry.id) or entry.id == BUNDLE:
        yield f"its id {entry.id!r} is not a letter a-z followed by letters and digits"
    if any(entry.id == other.id for other in others):
        yield f"there is a format {entry.id!r} already"
    for name, expected in _TYPES.items():
        if not isinstance(getattr(entry, name), expected):
            yield f"its {name} is of type {type(getattr(entry, name)).__name__}"
    if not _matches(_REFERENCE, entry.renderer):
        yield f"its renderer {entry.renderer!r} is not of the form module:name"
    if not _is_positive(entry.seconds_per_item):
        yield "its seconds_per_item is not a number greater than 0"
    if unknown := [part for part in entry.parts if part not in PART_TITLES]:
        yield f"there is no part {unknown[0]!r}"
    yield from _complaints_of_options(entry, others)
    for extension in (entry.extension, *(variant.extension for variant in entry.variants)):
        if not _matches(_EXTENSION, extension):
            yield f"its extension {extension!r} is not of letters a-z and digits alone"


def _complaints_of_options(entry: Format, others: tuple[Format, ...]) -> Iterator[str]:
    if not (isinstance(entry.options, type) and issubclass(entry.options, RenderOptions)):
        yield "its options are no subclass of RenderOptions"
        return
    try:
        options = options_of(entry.options)
        msgspec.json.Decoder(entry.options)
    except (ValueError, TypeError) as error:
        yield f"its {error}" if isinstance(error, ValueError) else "its options are no JSON"
        return
    known = {option.name: option for other in others for option in options_of(other.options)}
    known |= {option.name: option for option in options_of(RenderOptions)}
    for option in options:
        if option.name in RESERVED_NAMES:
            yield f"an option cannot be called {option.name!r}"
        if not _agree(option, known.get(option.name, option)):
            yield f"another format has an option {option.name!r} of another type or meaning"
    names = {option.name for option in options}
    if unknown := [variant.option for variant in entry.variants if variant.option not in names]:
        yield f"it has a variant by the option {unknown[0]!r}, which it does not have"


def _agree(one: Option, other: Option) -> bool:
    # `type` holds the words, too.
    return one.type == other.type and one.default == other.default


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_positive(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and value > 0
