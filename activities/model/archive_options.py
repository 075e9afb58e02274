"""How the parts of an archive are made: of all that there is; no item stops the others."""

from collections.abc import Sequence

from activities.model.catalog import every_option
from activities.model.declarations import BUNDLE
from activities.model.job_formats import bundle_options, options_type
from activities.model.options import RenderOptions, converted


def archive_format(formats: Sequence[str], *, receipt: bool) -> str:
    """The format of the parts: of several formats, or with a receipt, each part is a zip."""
    return formats[0] if len(formats) == 1 and not receipt else BUNDLE


def archive_options(formats: Sequence[str], *, receipt: bool) -> RenderOptions:
    """The options of the parts, of the type that their format has."""
    whole = every_option()(
        include_metadata=True,
        include_quality_metrics=True,
        on_item_error="skip",
        receipt=receipt,
    )
    if archive_format(formats, receipt=receipt) == BUNDLE:
        return bundle_options(whole, formats, "fail")
    return converted(whole, options_type(formats[0]))
