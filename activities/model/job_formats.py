"""The format of a job: one of the catalog, or a bundle of several, which is a zip of files.

A bundle is no entry of the catalog: no request names it, it has no renderer, and its options are
those of every format.
"""

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, Final, Literal, NamedTuple, cast

import msgspec

from activities.model.book_options import takes_theme
from activities.model.catalog import every_option, formats
from activities.model.content import PART_NAMES, PartName
from activities.model.declarations import BUNDLE
from activities.model.formats import Carries, Format
from activities.model.options import RenderOptions, converted, described

OnFormatError = Annotated[
    Literal["fail", "skip"],
    described(
        "When a format cannot be made",
        "What becomes of an export of several formats when one of them cannot be made: it fails, "
        "or goes on without that file and says so in `warnings` and in its manifest.",
        choices={"fail": "Stop and say so", "skip": "Go on without it"},
    ),
]


_THEME: Final = "theme"


class ThemeWish(NamedTuple):
    """The theme that was asked for."""

    name: str | None
    """None: the caller's own."""


@cache
def bundle() -> Format:
    """The declaration of exports of several formats."""
    members: list[tuple[str, Any, Any]] = [
        ("formats", tuple[str, ...], ()),
        ("on_format_error", OnFormatError, "fail"),
    ]
    options = msgspec.defstruct(
        "BundleOptions", members, bases=(every_option(),), module=__name__, frozen=True
    )
    return Format(
        id=BUNDLE,
        name="Several formats",
        description="One file of each format, together in a zip.",
        media_type="application/zip",
        extension="zip",
        carries=Carries(formatting=True, tables=True, math="source", images=True),
        limits="Each file has the limits of its format.",
        renderer="",
        chunked=False,
        seconds_per_item=0,
        options=cast("type[RenderOptions]", options),
    )


def bundle_options(
    options: RenderOptions, format_ids: Sequence[str], on_format_error: OnFormatError
) -> RenderOptions:
    """The options of a bundle: those of every format, and which formats it has."""
    values = msgspec.structs.asdict(options)
    names = {name: values[name] for name in every_option().__struct_fields__}
    chosen: Any = bundle().options
    made: RenderOptions = chosen(
        **names, formats=tuple(format_ids), on_format_error=on_format_error
    )
    return made


def job_format(format_id: str) -> Format | None:
    """What a job's format says of itself; None when it is not installed any more."""
    return bundle() if format_id == BUNDLE else formats().get(format_id)


def members_of(format_id: str, options: RenderOptions) -> tuple[str, ...]:
    """The formats of the files that a job makes, by their ids, in the order of the request."""
    if format_id != BUNDLE:
        return (format_id,)
    members: tuple[str, ...] = options.formats  # type: ignore[attr-defined]
    return members


def theme_of(format_id: str, options: RenderOptions) -> ThemeWish | None:
    """What a job's options say of its theme; None if none of its formats has a look."""
    entries = (formats().get(name) for name in members_of(format_id, options))
    if not any(entry is not None and takes_theme(entry.options) for entry in entries):
        return None
    return ThemeWish(getattr(options, _THEME))


def with_theme(options: RenderOptions, theme: str | None) -> RenderOptions:
    """The options with another theme, if there is one among them."""
    if not hasattr(options, _THEME):
        return options
    return msgspec.structs.replace(options, **{_THEME: theme})


def on_format_error(options: RenderOptions) -> str:
    """What becomes of an export with these options when a format cannot be made."""
    return getattr(options, "on_format_error", "fail")


def missing_formats(format_id: str, options: RenderOptions) -> list[str]:
    """Those of a job's formats that are not installed any more."""
    return [name for name in members_of(format_id, options) if name not in formats()]


def seconds_per_item(format_id: str, options: RenderOptions) -> float:
    """Rough cost of an average item in those of a job's formats that are installed, in seconds."""
    installed = (formats().get(name) for name in members_of(format_id, options))
    return sum(entry.seconds_per_item for entry in installed if entry is not None)


def parts_left_out(format_id: str, options: RenderOptions) -> list[PartName]:
    """The parts of content that a job is to hold and one of its formats has no place for."""
    entry = formats().get(format_id)
    if entry is None:
        return []
    wanted = PART_NAMES if options.parts is None else options.parts
    return [name for name in wanted if name not in entry.parts]


def options_for(format_id: str, options: RenderOptions) -> RenderOptions:
    """A job's options as the renderer of one of its formats has them."""
    entry = formats().get(format_id)
    if entry is None:
        return options
    own = options if isinstance(options, entry.options) else converted(options, entry.options)
    return entry.narrowed(own)


def options_type(format_id: str) -> type[RenderOptions]:
    """The type of a format's options; the shared ones when the format is no longer there."""
    entry = job_format(format_id)
    return RenderOptions if entry is None else entry.options


def decode_options(format_id: str, encoded: str | bytes) -> RenderOptions:
    """A job's options, as they were written by whatever version of the service.

    Options that no longer exist are passed over. One whose value is no longer possible gets its
    default, because a job that could not be read would take the list of all jobs with it.

    Args:
        format_id: the format of the job.
        encoded: a JSON object.

    Raises:
        msgspec.DecodeError: it is not.
    """
    wanted = options_type(format_id)
    try:
        return _decoder(wanted).decode(encoded)
    except msgspec.ValidationError:
        values = msgspec.json.decode(encoded, type=dict[str, Any])
    possible = {name: value for name, value in values.items() if _is_possible(wanted, name, value)}
    return msgspec.convert(possible, wanted)


@cache
def _decoder(wanted: type[RenderOptions]) -> msgspec.json.Decoder[RenderOptions]:
    return msgspec.json.Decoder(wanted)


def _is_possible(wanted: type[RenderOptions], name: str, value: Any) -> bool:
    try:
        msgspec.convert({name: value}, wanted)
    except msgspec.ValidationError:
        return False
    return True
