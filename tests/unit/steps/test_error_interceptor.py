"""What leaves a worker when something goes wrong: a code, a fixed sentence, no content."""

import errno
import logging
from datetime import timedelta

import pytest
from obstore.exceptions import GenericError
from sqlalchemy.exc import OperationalError
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.common.disk import is_disk_full
from activities.common.tracebacks import format_traceback
from activities.content.source import BrokenContentError, ContentSourceError, RefusedError
from activities.steps.error_interceptor import ErrorMappingInterceptor, to_application_error
from activities.steps.errors import (
    BrokenItemsError,
    ContentNotFoundError,
    JobTakenError,
    RenderCrashedError,
    RenderFailedError,
    RenderTooCostlyError,
    WorkersLostError,
)
from workflows.contracts import FETCH, MAKE, RENDER, ErrorType

SECRET = "the pupil's diary"

DATABASE_ERROR = OperationalError("UPDATE t SET x = ?", {"x": SECRET}, Exception(SECRET))
FULL_DATABASE = OperationalError("INSERT", {}, Exception("database or disk is full"))
FULL_STORE = GenericError("Generic LocalFileSystem error: No space left on device (os error 28)")


def caused_by(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


def in_context_of(error: Exception, context: BaseException) -> Exception:
    error.__context__ = context
    return error


NO_SPACE = OSError(errno.ENOSPC, SECRET)

CASES: list[tuple[Exception, str, bool]] = [
    (JobTakenError(SECRET), ErrorType.JOB_TAKEN, True),
    (BrokenContentError(SECRET), ErrorType.SOURCE_BROKEN, True),
    (ContentSourceError(SECRET), ErrorType.SOURCE_UNAVAILABLE, False),
    (caused_by(RenderFailedError(), ValueError(SECRET)), ErrorType.RENDER_FAILED, False),
    (WorkersLostError(), ErrorType.TIMED_OUT, True),
    (RenderTooCostlyError(), ErrorType.RENDER_TOO_COSTLY, True),
    (RenderCrashedError(), ErrorType.RENDER_FAILED, False),
    (DATABASE_ERROR, ErrorType.DATABASE, False),
    (GenericError(SECRET), ErrorType.STORAGE, False),
    (FileNotFoundError(SECRET), ErrorType.STORAGE, False),
    (ValueError(SECRET), ErrorType.INTERNAL, False),
    (KeyError(SECRET), ErrorType.INTERNAL, False),
    (NO_SPACE, ErrorType.NO_SPACE, False),
    (OSError(errno.EDQUOT, SECRET), ErrorType.NO_SPACE, False),
    (FULL_DATABASE, ErrorType.NO_SPACE, False),
    (FULL_STORE, ErrorType.NO_SPACE, False),
    (caused_by(RenderFailedError(), caused_by(ValueError(), NO_SPACE)), ErrorType.NO_SPACE, False),
    (in_context_of(RuntimeError(), FULL_STORE), ErrorType.NO_SPACE, False),
]


@pytest.mark.parametrize(("error", "code", "final"), CASES, ids=lambda case: repr(case)[:40])
def test_error_becomes_its_code_and_none_of_its_words(
    error: Exception, code: str, final: bool
) -> None:
    told = to_application_error(error, 1, RENDER.name)
    assert told.type == code
    assert told.non_retryable is final
    assert told.message
    assert SECRET not in str(told)
    assert told.details == ()
    assert SECRET not in format_traceback(error)


def test_missing_content_is_listed_by_id_and_not_at_length() -> None:
    told = to_application_error(
        ContentNotFoundError([f"content-{n}" for n in range(30)]), 1, RENDER.name
    )
    assert (told.type, told.non_retryable) == (ErrorType.CONTENT_NOT_FOUND, True)
    assert "content-0, content-1" in told.message
    assert "content-10" not in told.message
    assert told.message.endswith(", … (+20).")


def test_items_at_fault_are_named() -> None:
    for error in (
        ContentNotFoundError(["content-7"]),
        RenderFailedError("content-7"),
        WorkersLostError("content-7"),
        RenderTooCostlyError("content-7"),
    ):
        assert to_application_error(error, 1, RENDER.name).message.endswith("content-7.")


def test_what_is_wrong_with_an_item_is_told() -> None:
    error = BrokenItemsError({"content-7": "faqs[3].answer: expected str, got null"})
    told = to_application_error(error, 1, FETCH.name).message
    assert told.endswith("content-7 (faqs[3].answer: expected str, got null).")


def test_what_is_wrong_with_a_whole_response_is_told() -> None:
    told = to_application_error(RefusedError("it answered 404"), 1, FETCH.name)
    assert (told.type, told.non_retryable) == (ErrorType.SOURCE_BROKEN, True)
    assert told.message.endswith("something that is not content: it answered 404.")


def test_source_is_not_asked_before_it_wants_to_be() -> None:
    for step in (FETCH.name, MAKE.name):
        told = to_application_error(ContentSourceError("429", 30.0), 1, step)
        assert (told.non_retryable, told.next_retry_delay) == (False, timedelta(seconds=30))
    assert to_application_error(ContentSourceError("503"), 1, FETCH.name).next_retry_delay is None


def test_source_that_stays_slow_and_what_nobody_expects_come_to_an_end() -> None:
    slow = ContentSourceError("ReadTimeout")
    hour = timedelta(hours=1, seconds=1)
    assert not to_application_error(slow, 100, FETCH.name, timedelta(minutes=59)).non_retryable
    assert not to_application_error(slow, 1, FETCH.name, hour).non_retryable
    assert to_application_error(slow, 8, FETCH.name, hour).non_retryable
    assert not to_application_error(KeyError(SECRET), 7, FETCH.name).non_retryable
    assert to_application_error(KeyError(SECRET), 8, FETCH.name).non_retryable


def _is_final(error: Exception, attempt: int, activity_type: str = RENDER.name) -> bool:
    return to_application_error(error, attempt, activity_type).non_retryable


def test_errors_that_cause_each_other_come_to_an_end() -> None:
    first, second = ValueError(SECRET), TypeError(SECRET)
    first.__cause__, second.__cause__ = second, first
    assert not is_disk_full(first)
    assert format_traceback(first).count("caused by") == 1


def test_render_that_fails_again_and_again_is_given_up_and_a_full_disk_is_not() -> None:
    failed, full = RenderFailedError(), caused_by(RenderFailedError(), NO_SPACE)
    assert [_is_final(failed, attempt) for attempt in (1, 2, 3)] == [False, False, True]
    assert not _is_final(full, 5)


@pytest.mark.parametrize("error", [NO_SPACE, FileNotFoundError("a part"), ValueError("a mistake")])
def test_render_that_waits_for_nobody_ends_within_a_minute(error: Exception) -> None:
    for step in (RENDER.name, MAKE.name):
        assert [_is_final(error, attempt, step) for attempt in (7, 8)] == [False, True]
    assert _is_final(error, 100, FETCH.name) is isinstance(error, ValueError)


@pytest.mark.parametrize("step", [RENDER.name, MAKE.name])
@pytest.mark.parametrize("error", [DATABASE_ERROR, GenericError("the bucket is away")])
def test_render_waits_for_what_is_away(error: Exception, step: str) -> None:
    assert not _is_final(error, 100, step)


def test_render_worker_does_not_wait_for_a_source() -> None:
    away = ContentSourceError(SECRET)
    assert _is_final(away, 1, MAKE.name)
    assert not _is_final(away, 100, FETCH.name)


def test_traceback_names_types_and_places() -> None:
    try:
        int("x")
    except ValueError as error:
        cause = error
    told = format_traceback(caused_by(RenderFailedError(), cause))
    assert "RenderFailedError at" in told
    assert "caused by ValueError at test_error_interceptor.py:" in told


class _Activity(ActivityInboundInterceptor):
    def __init__(self, error: Exception) -> None:
        self._error = error

    async def execute_activity(self, input: ExecuteActivityInput) -> None:  # noqa: A002
        raise self._error


async def _execute(error: Exception) -> None:
    chain = ErrorMappingInterceptor().intercept_activity(_Activity(error))
    call = ExecuteActivityInput(fn=_execute, args=[], executor=None, headers={})
    await ActivityEnvironment().run(chain.execute_activity, call)


@pytest.mark.anyio
async def test_interceptor_tells_and_logs_no_content(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(ApplicationError) as raised:
        await _execute(caused_by(RenderFailedError(), ValueError(SECRET)))
    assert raised.value.type == ErrorType.RENDER_FAILED
    # What Temporal serialises of it: the message and the chain of causes.
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    assert SECRET not in caplog.text
    assert "ValueError at" in caplog.text


@pytest.mark.anyio
async def test_a_users_cancel_is_no_trouble(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(ApplicationError) as raised:
        await _execute(JobTakenError())
    # Of a benign error the SDK logs no traceback either.
    assert raised.value.category is ApplicationErrorCategory.BENIGN
    (record,) = caplog.records
    assert record.levelno == logging.INFO
    assert "JobTakenError" not in caplog.text
    assert "test_error_interceptor.py" not in caplog.text


@pytest.mark.anyio
async def test_interceptor_lets_an_application_error_through() -> None:
    error = ApplicationError("known", type="known")
    with pytest.raises(ApplicationError) as raised:
        await _execute(error)
    assert raised.value is error
