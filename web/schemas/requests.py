"""Request bodies: what they may hold, and how they are read."""

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from activities.model.catalog import every_option
from activities.model.content import ID_CHARACTERS_MAX, PartName
from activities.model.declarations import BUNDLE
from activities.model.job_formats import OnFormatError, bundle_options, options_type
from activities.model.options import RenderOptions, converted
from activities.model.presets import PRESETS, Preset, PresetName

if TYPE_CHECKING:
    EveryOption = RenderOptions
else:
    EveryOption = every_option()


def _told(preset: Preset) -> str:
    return ", ".join(
        f"`{name}: {msgspec.json.encode(value).decode()}`" for name, value in preset.options.items()
    )


class ExportRequestBody(
    EveryOption, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The fields of both ways to create an export: its formats and every option of any format.

    Encoding leaves defaults out, so that an option which is added later does not change what
    an older request is encoded to.
    """

    format: Annotated[
        str | None, Meta(description="The format of the file; give either this or `formats`.")
    ] = None
    formats: Annotated[
        list[str] | None,
        Meta(
            description="The formats of the files, each once: the export is a zip of them with "
            "`manifest.json` and `manifest-sha256.txt`, made of the same snapshot, and its format "
            "is `bundle`, also if it is one."
        ),
    ] = None
    on_format_error: OnFormatError = "fail"
    preset: Annotated[
        PresetName | None,
        Meta(
            description="A bundle of options, in place of those that the body does not give: "
            + "; ".join(
                f"`{name}` ({each.description.rstrip('.')}: {_told(each)})"
                for name, each in PRESETS.items()
            )
            + ". A job keeps the options and not the preset. Null is none."
        ),
    ] = None
    reuse: Annotated[
        bool,
        Meta(
            description="Whether a file that an earlier export of yours made of the same content "
            "and options will do: the export is then completed at once, and `reused` is true."
        ),
    ] = False

    deliver_to: Annotated[
        Annotated[list[Annotated[str, Meta(max_length=32)]], Meta(max_length=10)] | None,
        Meta(
            description="The names of destinations of the service that the file is delivered to "
            "once it is complete; see `deliveries` of the job."
        ),
    ] = None

    @property
    def options(self) -> RenderOptions:
        """The options that the format knows, of the type that it declares; of several, all."""
        if self.formats is not None:
            return bundle_options(self, self.formats, self.on_format_error)
        return converted(self, options_type(self.job_format))

    @property
    def job_format(self) -> str:
        """The format that the job has, when the body is known to be right."""
        return BUNDLE if self.formats is not None else self.format or ""


class CreateExportRequest(ExportRequestBody, frozen=True, kw_only=True):
    """An export of chosen content."""

    content_ids: list[str]


def _date(which: str) -> Meta:
    return Meta(
        description=f"The {which} `created_at` that matches: a day as YYYY-MM-DD, which is that "
        "whole day in UTC, or a moment with its zone, to the microsecond.",
        examples=["2024-03-01", "2024-03-01T09:30:00+01:00"],
        extra_json_schema={"anyOf": [{"format": "date"}, {"format": "date-time"}]},
    )


_Values = Annotated[list[Annotated[str, Meta(min_length=1, max_length=400)]], Meta(max_length=100)]


def _facet(where: str) -> Meta:
    return Meta(
        description=f"Items match that have one of these values as {where}; case does not matter. "
        "Empty or absent: all do."
    )


class BulkFilters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The conditions that the content of a bulk export meets; an absent field is no condition."""

    date_from: Annotated[str | None, _date("first")] = None
    date_to: Annotated[str | None, _date("last")] = None
    content_types: Annotated[
        list[PartName] | None,
        Meta(description="Items match that have one of these parts. Empty or absent: all do."),
    ] = None
    subjects: Annotated[_Values | None, _facet("`subject` of their metadata")] = None
    languages: Annotated[_Values | None, _facet("language")] = None
    tags: Annotated[_Values | None, _facet("`tags` of their metadata")] = None
    collection_id: Annotated[
        Annotated[str, Meta(min_length=1, max_length=ID_CHARACTERS_MAX)] | None,
        Meta(
            description="The collection, such as a course, that items are in. They come by their "
            "positions in it then, instead of the newest first, and its title is the file's."
        ),
    ] = None


class BulkExportRequest(ExportRequestBody, frozen=True, kw_only=True):
    """A bulk export: filters instead of ids."""

    filters: Annotated[
        BulkFilters | None,
        Meta(description="The conditions that items meet, each of them; absent: all items match."),
    ] = None
    max_items: Annotated[
        int | None,
        Meta(
            description="The most items of the export: the newest that match, by `created_at`, or "
            "the first of a collection. "
            "Absent: as many as an export may have. `matched` of the job says how many match, and "
            "the warning `more-matched` that some were left out."
        ),
    ] = None
    skip: Annotated[
        int,
        Meta(
            description="The number of first items that match and are passed over: with a moment "
            "as `date_to`, the next export goes on where one ended."
        ),
    ] = 0
    since_job_id: Annotated[
        str | None,
        Meta(
            description="An earlier export of yours, whose file need not be there any more: what "
            "is exported is what is new or changed since it was made, and the file begins with a "
            "page that says what that is, and which of its items are gone. Pictures that were "
            "fetched for it count. Such an export can be named in turn: it stands for all that "
            "whoever got it and those before it has. Give either this or `since`."
        ),
    ] = None
    since: Annotated[
        str | None,
        Meta(
            description="A day as YYYY-MM-DD, in UTC from its beginning, or a moment with its "
            "zone: what is exported is what was made or changed after it. What is gone and whether "
            "pictures changed is known by `since_job_id` alone.",
            examples=["2024-03-01", "2024-03-01T09:30:00+01:00"],
            extra_json_schema={"anyOf": [{"format": "date"}, {"format": "date-time"}]},
        ),
    ] = None
