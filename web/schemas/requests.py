"""Request bodies: what they may hold, and how they are read."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from activities.model.catalog import every_option, options_type
from activities.model.options import RenderOptions, converted

if TYPE_CHECKING:
    EveryOption = RenderOptions
else:
    EveryOption = every_option()


class ExportRequestBody(
    EveryOption, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The fields of both ways to create an export: a format and every option of any format.

    Encoding leaves defaults out, so that an option which is added later does not change what
    an older request is encoded to.
    """

    format: str
    reuse: Annotated[
        bool,
        Meta(
            description="Whether a file that an earlier export of yours made of the same content "
            "and options will do: the export is then completed at once, and `reused` is true."
        ),
    ] = False

    @property
    def options(self) -> RenderOptions:
        """The options that the format knows, of the type that it declares."""
        return converted(self, options_type(self.format))


class CreateExportRequest(ExportRequestBody, frozen=True, kw_only=True):
    """An export of chosen content."""

    content_ids: list[str]


class BulkFilters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The conditions that the content of a bulk export meets; an absent field is no condition."""

    date_from: date | None = None
    date_to: date | None = None
    content_types: list[str] | None = None


class BulkExportRequest(ExportRequestBody, frozen=True, kw_only=True):
    """A bulk export: filters instead of ids."""

    filters: BulkFilters | None = None
    max_items: int | None = None
