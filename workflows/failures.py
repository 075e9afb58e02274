"""Why a workflow's step failed, as code and for people."""

from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    TimeoutError,  # noqa: A004 - Temporal's name
)

from workflows.contracts import UNEXPECTED_FAILURE, ErrorType


def cause_of(error: BaseException) -> BaseException | None:
    """What a step raised; the SDK wraps it, but for that of a local step which is not retried."""
    return error.cause if isinstance(error, ActivityError) else error


def reason_of(error: BaseException) -> tuple[str, str]:
    """The code and the text for people of a failure."""
    cause = cause_of(error)
    if isinstance(cause, ApplicationError) and cause.type:
        return cause.type, cause.message
    if isinstance(cause, TimeoutError):
        return ErrorType.TIMED_OUT, f"A step of the export did not finish in its time{_at(cause)}."
    return ErrorType.INTERNAL, UNEXPECTED_FAILURE


def _at(timeout: TimeoutError) -> str:
    """At which item a render last gave a sign of life."""
    match timeout.last_heartbeat_details:
        case [_, str(item_id), *_] if item_id:
            return f"; it stopped at item {item_id}"
        case _:
            return ""
