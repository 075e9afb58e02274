"""Maps what can go wrong in an activity to errors that hold no content.

An exception's own message may quote content (a database driver prints parameters, a parser the
text), and Temporal keeps what it is told. So only these fixed sentences leave a worker.
"""

from datetime import timedelta
from typing import Any

from obstore.exceptions import BaseError as StorageError
from sqlalchemy.exc import SQLAlchemyError
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

from activities.common.clock import utc_now
from activities.common.disk import is_disk_full
from activities.common.logs import get_logger
from activities.common.tracebacks import format_traceback
from activities.content.source import (
    BrokenContentError,
    BrokenResponseError,
    ContentSourceError,
)
from activities.jobs.held_files import NoRoomLeftError
from activities.model.limits import ExportTooLargeError
from activities.model.problems import problem_type
from activities.steps.errors import (
    BrokenItemsError,
    ContentNotFoundError,
    ItemsTooLargeError,
    JobTakenError,
    MediaUnavailableError,
    NotExpressError,
    NothingChangedError,
    NothingFetchedError,
    NothingGoodEnoughError,
    NothingLeftError,
    QualityTooLowError,
    RenderFailedError,
    RenderTooCostlyError,
    WorkersLostError,
)
from workflows.contracts import (
    ASSEMBLE,
    COMPARE,
    FETCH,
    FREEZE_PICTURES,
    LOOK_AT_RUN,
    MAKE,
    NOT_EXPRESS,
    NOTHING_FETCHED,
    NOTHING_GOOD_ENOUGH,
    RENDER,
    ErrorType,
)

logger = get_logger(__name__)

_RENDER_FAILURES = 3
# In some forty seconds a full disk may get room. A render waits longer only for storage and
# database.
_ATTEMPTS = 8
# A slow source takes long to fail, too, so that attempts alone would be hours of waiting.
_PATIENCE = timedelta(hours=1)
_RENDERS = {RENDER.name, ASSEMBLE.name, MAKE.name}
_FETCHES = {COMPARE.name, LOOK_AT_RUN.name, FETCH.name, FREEZE_PICTURES.name}
_LISTED = 10
_FINAL = {
    ErrorType.CONTENT_NOT_FOUND,
    ErrorType.NOTHING_CHANGED,
    ErrorType.NO_CONTENT_MATCHED,
    ErrorType.QUALITY_TOO_LOW,
    ErrorType.SOURCE_BROKEN,
    ErrorType.RENDER_TOO_COSTLY,
    ErrorType.MEDIA_UNAVAILABLE,
    ErrorType.TOO_LARGE,
    ErrorType.BYTES_LIMIT,
    ErrorType.JOB_TAKEN,
    ErrorType.TIMED_OUT,
}


_CODES: dict[type[BaseException], str] = {
    JobTakenError: ErrorType.JOB_TAKEN,
    ExportTooLargeError: ErrorType.TOO_LARGE,
    ItemsTooLargeError: ErrorType.TOO_LARGE,
    NoRoomLeftError: ErrorType.BYTES_LIMIT,
    ContentNotFoundError: ErrorType.CONTENT_NOT_FOUND,
    NothingChangedError: ErrorType.NOTHING_CHANGED,
    NothingGoodEnoughError: ErrorType.NO_CONTENT_MATCHED,
    QualityTooLowError: ErrorType.QUALITY_TOO_LOW,
    NothingFetchedError: ErrorType.CONTENT_NOT_FOUND,
    MediaUnavailableError: ErrorType.MEDIA_UNAVAILABLE,
    RenderTooCostlyError: ErrorType.RENDER_TOO_COSTLY,
    WorkersLostError: ErrorType.TIMED_OUT,
}


_SENTENCES: dict[type[BaseException], str] = {
    NothingFetchedError: NOTHING_FETCHED,
    NothingGoodEnoughError: NOTHING_GOOD_ENOUGH,
    NothingLeftError: "No item of the export could be rendered.",
}


def _code(error: BaseException) -> str:
    if type(error) in _CODES:
        return _CODES[type(error)]
    match error:
        case BrokenContentError():
            return ErrorType.SOURCE_BROKEN
        case ContentSourceError():
            return ErrorType.SOURCE_UNAVAILABLE
        case _ if is_disk_full(error):
            return ErrorType.NO_SPACE
        case RenderFailedError() | NothingLeftError():
            return ErrorType.RENDER_FAILED
        case SQLAlchemyError():
            return ErrorType.DATABASE
        case StorageError() | OSError():
            return ErrorType.STORAGE
        case _:
            return ErrorType.INTERNAL


def to_application_error(
    error: BaseException, attempt: int, activity_type: str, waited: timedelta = timedelta()
) -> ApplicationError:
    """Return the error as Temporal may see it.

    Args:
        error: what was raised.
        attempt: the attempts so far, this one included.
        activity_type: the name of the activity.
        waited: the time since it was scheduled.
    """
    code = _code(error)
    pause = error.retry_after if isinstance(error, ContentSourceError) else None
    hopeless = (
        code in _FINAL
        or isinstance(error, NothingLeftError)
        # The same renderer on the same snapshot fails the same way, unless short of something.
        or (code == ErrorType.RENDER_FAILED and attempt >= _RENDER_FAILURES)
        or (activity_type in _RENDERS and attempt >= _ATTEMPTS and not _is_unavailable(error, code))
        # The workflow goes on with a fetch, which waits for the source elsewhere.
        or (activity_type == MAKE.name and code == ErrorType.SOURCE_UNAVAILABLE and not pause)
        or (activity_type in _FETCHES and code == ErrorType.INTERNAL and attempt >= _ATTEMPTS)
        or (code == ErrorType.SOURCE_UNAVAILABLE and attempt >= _ATTEMPTS and waited > _PATIENCE)
    )
    # A cancellation is an ordinary event, of which the SDK is not to log a traceback either.
    category = (
        ApplicationErrorCategory.BENIGN
        if code == ErrorType.JOB_TAKEN
        else ApplicationErrorCategory.UNSPECIFIED
    )
    return ApplicationError(
        _detail(code, error),
        type=code,
        non_retryable=hopeless,
        category=category,
        # Not before the source wants to be asked again.
        next_retry_delay=timedelta(seconds=pause) if pause else None,
    )


def _is_unavailable(error: BaseException, code: str) -> bool:
    """Return whether the database or the storage may be there again later."""
    return code in {ErrorType.DATABASE, ErrorType.STORAGE} and not isinstance(
        error, FileNotFoundError
    )


def _detail(code: str, error: BaseException) -> str:
    match error:
        case ContentNotFoundError():
            return f"Content that is no longer there: {_listed(error.ids)}."
        case QualityTooLowError():
            return f"{_stem(code)}: {_listed([item.id for item in error.items])}."
        case ItemsTooLargeError():
            return f"Content that is larger than an item may be: {_listed(error.ids)}."
        case BrokenItemsError():
            told = [f"{item_id} ({reason})" for item_id, reason in error.reasons.items()]
            return f"{_stem(code)}: {_listed(told)}."
        case BrokenResponseError():
            return f"{_stem(code)}: {error.reason}."
        case RenderFailedError(item_id=item_id) if code == ErrorType.RENDER_FAILED and item_id:
            return f"{_stem(code)}; it failed at item {item_id}."
        case RenderTooCostlyError(item_id=item_id) | MediaUnavailableError(item_id=item_id) if (
            item_id
        ):
            return f"{_stem(code)}; it was at item {item_id}."
        case WorkersLostError(item_id=item_id):
            return _workers_lost_detail(item_id)
        case _:
            return _SENTENCES.get(type(error), problem_type(code).detail)


def _workers_lost_detail(item_id: str) -> str:
    if not item_id:
        return "Each worker that rendered the export ended before it was done."
    return (
        "Each worker that rendered the export ended before it was done; the last at item "
        f"{item_id}."
    )


def _stem(code: str) -> str:
    return problem_type(code).detail.removesuffix(".")


def _listed(ids: list[str]) -> str:
    # In no language: what stands before it is translated where it is shown.
    more = f", … (+{len(ids) - _LISTED})" if len(ids) > _LISTED else ""
    return ", ".join(ids[:_LISTED]) + more


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
        except NotExpressError as error:
            failure = error.__cause__
            broken = {"cause": type(failure).__name__} if failure else {}
            logger.info("export takes the queues", **broken)
            raise ApplicationError(
                "It takes the queues.",
                type=NOT_EXPRESS,
                non_retryable=True,
                category=ApplicationErrorCategory.BENIGN,
            ) from None
        except Exception as error:  # noqa: BLE001 - this is the place where all of them end
            info = activity.info()
            waited = utc_now() - info.scheduled_time
            told = to_application_error(error, info.attempt, info.activity_type, waited)
            if told.category is ApplicationErrorCategory.BENIGN:
                logger.info("attempt ended, the job has ended or is to end", code=told.type)
            else:
                logger.warning(
                    "attempt failed",
                    code=told.type,
                    detail=told.message,
                    final=told.non_retryable,
                    cause=format_traceback(error),
                )
            raise told from None
