"""The files of a bundle: one render of all content for each format, side by side."""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from temporalio.exceptions import ActivityError, ApplicationError

from workflows.contracts import BundledFile, ErrorType, ExportRequest, LeftOut, StagedFile

_OF_THE_FORMAT = (
    ErrorType.RENDER_FAILED,
    ErrorType.RENDER_TOO_COSTLY,
    ErrorType.TOO_LARGE,
    ErrorType.MEDIA_UNAVAILABLE,
)
"""What may be wrong with one format while others can be made."""


class Bundled(NamedTuple):
    """The files of a bundle, and what it does without."""

    files: list[BundledFile]
    left_out: list[LeftOut]


async def bundled_file(
    request: ExportRequest, number: int, render: Callable[[], Awaitable[StagedFile]]
) -> BundledFile | LeftOut:
    """Make one file of a bundle, or say why it is left out.

    Args:
        request: the export.
        number: the place of the file's format among those of the request.
        render: makes the file.

    Raises:
        temporalio.exceptions.ActivityError: it cannot be made, and the export insists on it.
    """
    name = request.members[number]
    try:
        return BundledFile(name, number, await render())
    except ActivityError as error:
        cause = error.cause
        if (
            request.skips_formats
            and isinstance(cause, ApplicationError)
            and cause.type in _OF_THE_FORMAT
        ):
            return LeftOut(name, cause.type, cause.message)
        raise


def bundled(made: Sequence[BundledFile | LeftOut]) -> Bundled:
    """What the files of a bundle came to.

    Raises:
        ApplicationError: none of them could be made; the type is the first one's error code.
    """
    files = [each for each in made if isinstance(each, BundledFile)]
    left_out = [each for each in made if isinstance(each, LeftOut)]
    if not files:
        first = left_out[0]
        raise ApplicationError(first.detail, type=first.code, non_retryable=True)
    return Bundled(files, left_out)
