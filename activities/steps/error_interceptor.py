"""What can go wrong in an activity, told to Temporal and to people without any content.

An exception's own message may quote content (a database driver prints parameters, a parser the
text), and Temporal keeps what it is told. So only these fixed sentences leave a worker.
"""

import errno
import logging
import traceback
from collections.abc import Iterator
from typing import Any

from obstore.exceptions import BaseError as StorageError
from sqlalchemy.exc import SQLAlchemyError
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

from activities.content.source import BrokenContentError, ContentSourceError
from activities.steps.errors import (
    BrokenItemsError,
    ContentNotFoundError,
    ExportTooLargeError,
    JobTakenError,
    NothingLeftError,
    RenderFailedError,
    WorkersLostError,
)
from workflows.contracts import ASSEMBLE, RENDER, ErrorType

_logger = logging.getLogger(__name__)

_DETAILS = {
    ErrorType.CONTENT_NOT_FOUND: "Some of the content is no longer there.",
    ErrorType.CONTENT_SOURCE: "The content source gave something that is not content.",
    ErrorType.SOURCE_AWAY: "The content source could not be reached.",
    ErrorType.RENDER_FAILED: "The file could not be made from this content.",
    ErrorType.TOO_LARGE: "The export is larger than exports may be.",
    ErrorType.JOB_TAKEN: "The job was cancelled or taken over by another run.",
    ErrorType.NO_SPACE: "There was no room to store the file.",
    ErrorType.STORAGE: "Storage could not be reached.",
    ErrorType.DATABASE: "The database could not be reached.",
    ErrorType.TIMED_OUT: "Each worker that rendered the export ended before it was done.",
    ErrorType.INTERNAL: "The export failed for a reason that is not the content's.",
}
_RENDER_FAILURES = 3
# In some forty seconds a full disk may get room. Only for what is away a render waits longer.
_RENDER_ATTEMPTS = 8
_LISTED = 10
_FINAL = {
    ErrorType.CONTENT_NOT_FOUND,
    ErrorType.CONTENT_SOURCE,
    ErrorType.TOO_LARGE,
    ErrorType.JOB_TAKEN,
    ErrorType.TIMED_OUT,
}


_CODES: dict[type[BaseException], str] = {
    JobTakenError: ErrorType.JOB_TAKEN,
    ExportTooLargeError: ErrorType.TOO_LARGE,
    ContentNotFoundError: ErrorType.CONTENT_NOT_FOUND,
    WorkersLostError: ErrorType.TIMED_OUT,
}


def _code(error: BaseException) -> str:
    if type(error) in _CODES:
        return _CODES[type(error)]
    match error:
        case BrokenContentError():
            return ErrorType.CONTENT_SOURCE
        case ContentSourceError():
            return ErrorType.SOURCE_AWAY
        case _ if is_no_space(error):
            return ErrorType.NO_SPACE
        case RenderFailedError() | NothingLeftError():
            return ErrorType.RENDER_FAILED
        case SQLAlchemyError():
            return ErrorType.DATABASE
        case StorageError() | OSError():
            return ErrorType.STORAGE
        case _:
            return ErrorType.INTERNAL


def is_no_space(error: BaseException | None) -> bool:
    """Whether a full disk is behind an error, however deep."""
    for each in _with_causes(error):
        if isinstance(each, OSError) and each.errno in {errno.ENOSPC, errno.EDQUOT}:
            return True
        if isinstance(each, StorageError | SQLAlchemyError):
            text = str(each)
            if "No space left" in text or "disk is full" in text or "os error 28" in text:
                return True
    return False


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    seen = set[int]()
    # Whoever sets causes by hand can make them a circle.
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def to_application_error(
    error: BaseException, attempt: int, activity_type: str
) -> ApplicationError:
    """The error as Temporal may see it, after so many attempts of an activity."""
    code = _code(error)
    hopeless = (
        code in _FINAL
        or isinstance(error, NothingLeftError)
        # The same renderer on the same snapshot fails the same way, unless short of something.
        or (code == ErrorType.RENDER_FAILED and attempt >= _RENDER_FAILURES)
        or (
            activity_type in {RENDER.name, ASSEMBLE.name}
            and attempt >= _RENDER_ATTEMPTS
            and not _is_away(error, code)
        )
    )
    return ApplicationError(_detail(code, error), type=code, non_retryable=hopeless)


def _is_away(error: BaseException, code: str) -> bool:
    """Whether the database or the storage may be there again later."""
    return code in {ErrorType.DATABASE, ErrorType.STORAGE} and not isinstance(
        error, FileNotFoundError
    )


def _detail(code: str, error: BaseException) -> str:
    match error:
        case ContentNotFoundError():
            return f"Content that is no longer there: {_listed(error.ids)}."
        case BrokenItemsError():
            return f"The content source gave something that is not content: {_listed(error.ids)}."
        case NothingLeftError():
            return "No item of the export could be rendered."
        case RenderFailedError(item_id=item_id) if code == ErrorType.RENDER_FAILED and item_id:
            return f"The file could not be made from this content; it failed at item {item_id}."
        case WorkersLostError(item_id=item_id) if item_id:
            return f"{_DETAILS[code].removesuffix('.')}; the last at item {item_id}."
        case _:
            return _DETAILS[code]


def _listed(ids: list[str]) -> str:
    more = f" and {len(ids) - _LISTED} more" if len(ids) > _LISTED else ""
    return ", ".join(ids[:_LISTED]) + more


def where(error: BaseException) -> str:
    """Types and places of an error and its causes, without their messages."""
    lines = []
    for each in _with_causes(error):
        frames = traceback.extract_tb(each.__traceback__)[-6:]
        places = " < ".join(f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno}" for f in frames[::-1])
        lines.append(f"{type(each).__name__} at {places}")
    return "; caused by ".join(lines)


class ErrorMappingInterceptor(Interceptor):
    """Maps every exception of every activity, once, where it leaves the worker."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        """Wrap the activities of a worker."""
        return _Mapping(next)


class _Mapping(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        try:
            return await super().execute_activity(input)
        except ApplicationError:
            raise
        except Exception as error:  # noqa: BLE001 - this is the place where all of them end
            info = activity.info()
            told = to_application_error(error, info.attempt, info.activity_type)
            _logger.warning(
                "%s attempt %d of %s: %s (%s)",
                info.activity_type,
                info.attempt,
                info.workflow_id,
                told.type,
                where(error),
            )
            raise told from None
