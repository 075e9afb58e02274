"""Every error as a problem document (RFC 9457), and what is logged and counted about it."""

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from math import ceil
from typing import Any
from uuid import uuid4

import msgspec
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    InternalServerException,
    MethodNotAllowedException,
    ValidationException,
)
from litestar.routes import HTTPRoute
from obstore.exceptions import BaseError as StorageError
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from activities.common.database_faults import SENTENCES, database_fault, is_of_erased_owner
from activities.common.disk import is_disk_full
from activities.common.lanes import TooBusyError
from activities.common.log_floods import FloodGate
from activities.common.logs import get_logger
from activities.common.metrics import ERRORS, OPERATIONS
from activities.common.tracebacks import format_traceback
from activities.content.source import (
    BrokenContentError,
    BrokenResponseError,
    ContentSourceError,
    UnsupportedFilterError,
)
from activities.jobs.pages import FARTHEST, BadCursorError, TooFarError
from activities.model.problems import (
    BUSY,
    CONTENT_SOURCE_BROKEN,
    CONTENT_SOURCE_UNAVAILABLE,
    DATABASE_UNAVAILABLE,
    ERASURE_IN_PROGRESS,
    FORBIDDEN,
    INTERNAL,
    INVALID_REQUEST,
    METHOD_NOT_ALLOWED,
    NO_SPACE,
    NOT_FOUND,
    NOT_JSON,
    REQUEST_TIMEOUT,
    STORAGE_UNAVAILABLE,
    TOO_LARGE,
    UNAUTHENTICATED,
    HttpProblemType,
)
from activities.storage.protocol import StorageUnavailableError
from web.http.urls import asked_path, is_job_id
from web.http.value_errors import choices_of, sentence

AnyRequest = Request[Any, Any, Any]
"""A request, authenticated or not."""

logger = get_logger(__name__)
# Anybody can cause these, with no token and as fast as a connection takes them. Failures are apart:
# a flood of refusals hides none of them.
_refusals = FloodGate(logger, "refusals not logged")
_failures = FloodGate(logger, "failures not logged")

MEDIA_TYPE = "application/problem+json"
# PostgreSQL calls a missing table or right a programming error; SQLite an operational one.
_DATABASE_UNAVAILABLE = (OperationalError, InterfaceError, ProgrammingError, PoolTimeoutError)
_RETRY_SECONDS = 5
_TOO_BUSY = "Reading this takes too long now, or waits for too much that is read already."
_SECRET_PATH = re.compile(r"(/(?:enter|s)/)[^/]+")
"""Paths with a code that opens something."""
LONGEST_PATH = 200
"""Characters of a request's path that are shown and logged; a caller may send 32,000."""
# What the framework says of it; it has no class of its own.
_DISCONNECTED = "client disconnected prematurely"

_BY_STATUS = {
    kind.status: kind
    for kind in (INVALID_REQUEST, UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, TOO_LARGE, NOT_JSON)
}


class FieldError(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong with a request."""

    detail: str
    pointer: str | None = None
    """The place in the body, as a JSON Pointer (RFC 6901)."""
    parameter: str | None = None
    """The name of the query parameter or header."""


class ProblemDocument(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A problem as it is sent."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    """The path that was asked for."""
    code: str
    errors: Sequence[FieldError] = ()
    formats: Sequence[str] = ()
    """With `invalid-format`: the formats that there are."""
    content_ids: Sequence[str] = ()
    """With `content-not-found`: the ids that were not found."""
    correlation_id: str | None = None
    """With `internal-error`: what to quote when asking about it; the log has it too."""


_NO_PAGE: dict[type[Exception], FieldError] = {
    TooFarError: FieldError(
        f"page: What has more than {FARTHEST:,} entries before and after it is reached by a filter,"
        " or by the links `next` and `prev`.",
        parameter="page",
    ),
    BadCursorError: FieldError(
        "cursor: Take it from a link of this list, as it is there.", parameter="cursor"
    ),
}


_NO_FILTER = "The content source cannot narrow content down like this"


class ProblemError(Exception):
    """A request whose response is a problem."""

    def __init__(
        self,
        kind: HttpProblemType,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        formats: Sequence[str] = (),
        content_ids: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Describe one occurrence of a problem.

        Args:
            kind: the type of problem.
            detail: about this occurrence; empty for the sentence of the type.
            errors: each thing that is wrong with the request.
            formats: those that there are.
            content_ids: those that were not found.
            headers: to send with the response.
        """
        super().__init__(detail or kind.detail)
        self.kind = kind
        self.detail = detail or kind.detail
        self.errors = errors
        self.formats = formats
        self.content_ids = content_ids
        self.headers = dict(headers or {})

    def below(self, *steps: str) -> "ProblemError":
        """The same of a body that is a part of another one, at this place in it."""
        errors = [
            msgspec.structs.replace(each, pointer=pointer_below(each.pointer, *steps))
            for each in self.errors
        ]
        return ProblemError(
            self.kind,
            self.detail,
            errors=errors,
            formats=self.formats,
            content_ids=self.content_ids,
            headers=self.headers,
        )


def pointer_below(pointer: str | None, *steps: str) -> str | None:
    """A JSON Pointer into a part of a body, as one into all of it; None stays."""
    return None if pointer is None else "".join(f"/{step}" for step in steps) + pointer


def invalid(errors: Sequence[FieldError]) -> ProblemError:
    """A request whose body, query or headers are not valid."""
    return ProblemError(INVALID_REQUEST, errors[0].detail, errors=errors)


def not_found() -> ProblemError:
    """The one response for what does not exist and for what is another owner's."""
    return ProblemError(NOT_FOUND)


def retry_after(
    kind: HttpProblemType, detail: str = "", seconds: int = _RETRY_SECONDS
) -> ProblemError:
    """A request that may succeed later."""
    return ProblemError(kind, detail, headers={"Retry-After": str(seconds)})


def problem_response(request: AnyRequest, error: Exception) -> Response[ProblemDocument]:
    """The problem document of an error, which is also logged in one line and counted."""
    document, headers = explain(request, error)
    return Response(document, status_code=document.status, media_type=MEDIA_TYPE, headers=headers)


def explain(
    request: AnyRequest, error: Exception, operation: str | None = None
) -> tuple[ProblemDocument, dict[str, str]]:
    """Return the problem that an error is, and the headers to send with it; log and count it.

    Args:
        request: the request that met it.
        error: whatever was raised.
        operation: as which it is counted; None: as the handler of the request says, if it does.
    """
    correlation_id = None
    problem = _problem_of(error, request)
    if problem is None:
        correlation_id = uuid4().hex
        problem = ProblemError(INTERNAL, f"Please quote {correlation_id} when asking about this.")
    kind = problem.kind
    if not _is_disconnect(error):
        _record(request, problem, error, correlation_id, operation)
    document = ProblemDocument(
        type=kind.type,
        title=kind.title,
        status=kind.status,
        detail=problem.detail,
        instance=asked_path(request.scope)[:LONGEST_PATH],
        code=kind.code,
        errors=problem.errors,
        formats=problem.formats,
        content_ids=problem.content_ids,
        correlation_id=correlation_id,
    )
    return document, problem.headers


def _problem_of(error: Exception, request: AnyRequest) -> ProblemError | None:
    """The problem that an exception stands for, None when it is unexpected."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, HTTPException):
        return _of_framework(error, request)
    if isinstance(error, UnsupportedFilterError):
        return invalid([FieldError(f"{_NO_FILTER} ({', '.join(error.names)}).")])
    if isinstance(error, ContentSourceError | BrokenContentError):
        return _of_source(error)
    if is_disk_full(error):
        return ProblemError(NO_SPACE)
    if isinstance(error, StorageError | StorageUnavailableError):
        return retry_after(STORAGE_UNAVAILABLE)
    if type(error) in _NO_PAGE:
        return invalid([_NO_PAGE[type(error)]])
    if isinstance(error, TooBusyError):
        return retry_after(BUSY, _TOO_BUSY)
    return _of_database(error)


def _of_database(error: Exception) -> ProblemError | None:
    if is_of_erased_owner(error):
        return retry_after(ERASURE_IN_PROGRESS)
    if isinstance(error, _DATABASE_UNAVAILABLE):
        is_locked = database_fault(error) == "locked"
        return retry_after(DATABASE_UNAVAILABLE, SENTENCES["locked"] if is_locked else "")
    return None


def _of_source(error: ContentSourceError | BrokenContentError) -> ProblemError:
    if isinstance(error, ContentSourceError):
        # Not before the source wants to be asked again.
        pause = max(_RETRY_SECONDS, ceil(error.retry_after or 0))
        return retry_after(CONTENT_SOURCE_UNAVAILABLE, seconds=pause)
    if isinstance(error, BrokenResponseError):
        stem = CONTENT_SOURCE_BROKEN.detail.removesuffix(".")
        return ProblemError(CONTENT_SOURCE_BROKEN, f"{stem}: {error.reason}.")
    return ProblemError(CONTENT_SOURCE_BROKEN)


def _is_disconnect(error: Exception) -> bool:
    """True if a body ended early: the caller is gone, and nothing went wrong here."""
    return isinstance(error, InternalServerException) and error.detail == _DISCONNECTED


def _of_framework(error: HTTPException, request: AnyRequest) -> ProblemError | None:
    if _is_disconnect(error):
        return ProblemError(REQUEST_TIMEOUT)
    if isinstance(error, ValidationException):
        return invalid(_parameter_errors(error, request))
    if isinstance(error, MethodNotAllowedException):
        methods = ", ".join(_methods(request))
        detail = f"{request.scope['method']} is not supported here; {methods} is."
        return ProblemError(METHOD_NOT_ALLOWED, detail, headers={"Allow": methods})
    kind = _BY_STATUS.get(error.status_code)
    if kind is None:
        return None
    return ProblemError(kind)


def _parameter_errors(error: ValidationException, request: AnyRequest) -> list[FieldError]:
    extra = error.extra if isinstance(error.extra, list) else []
    found = []
    for entry in extra:
        if isinstance(entry, dict) and "message" in entry:
            key = str(entry.get("key", "request"))
            # What Python keeps for itself, such as `from`, has an underscore behind it here.
            name = key.rstrip("_")
            detail = sentence(str(entry["message"]), _choices(request, key))
            found.append(FieldError(f"{name}: {detail}", parameter=name))
    return found or [FieldError(INVALID_REQUEST.detail)]


def _choices(request: AnyRequest, parameter: str) -> list[str]:
    """The words that a parameter of the handler may be."""
    parameters = request.scope["route_handler"].parsed_fn_signature.parameters
    return choices_of(parameters[parameter].annotation) if parameter in parameters else []


def _methods(request: AnyRequest) -> list[str]:
    path = request.scope["path"].rstrip("/") or "/"
    for route in request.app.routes:
        if isinstance(route, HTTPRoute):
            pattern = re.sub(r"\{[^}]*\}", "[^/]+", route.path_format)
            if re.fullmatch(pattern, path):
                return sorted(str(method) for method in route.methods)
    return []


def _record(
    request: AnyRequest,
    problem: ProblemError,
    error: Exception,
    correlation_id: str | None,
    operation: str | None,
) -> None:
    kind = problem.kind
    ERRORS.labels(kind.code).inc()
    handler = request.scope.get("route_handler")
    if operation is None and handler is not None:
        operation = handler.opt.get("operation")
    if operation is not None:
        outcome = "failed" if kind.status >= INTERNAL.status else "refused"
        OPERATIONS.labels(operation, "unknown", outcome).inc()
    failed = kind.status >= INTERNAL.status
    if not (_failures if failed else _refusals).admits(network_of(request)):
        return
    log = logger.bind(
        method=request.scope["method"],
        path=_SECRET_PATH.sub(r"\1...", request.scope["path"])[:LONGEST_PATH],
        status=kind.status,
        code=kind.code,
        job_id=_job_id_of(request),
        owner=getattr(request.scope.get("user"), "owner_id", None),
    )
    if failed:
        log.error(
            "request failed",
            detail=problem.detail,
            correlation_id=correlation_id,
            database=database_fault(error),
            cause=format_traceback(error),
        )
    else:
        log.info("request refused")


def _job_id_of(request: AnyRequest) -> str | None:
    """The id of the job that the path names; None for text that is no id."""
    given = request.scope.get("path_params", {}).get("job_id")
    return given if isinstance(given, str) and is_job_id(given) else None


def network_of(request: AnyRequest) -> str:
    """The caller's address, which is counted and never logged; of IPv6 the network of 64 bits, all
    of whose addresses one caller has (RFC 6177).
    """
    client = request.scope.get("client")
    try:
        address = ip_address(client[0] if client else "")
    except ValueError:
        return ""
    if address.version == 6 and address.ipv4_mapped is None:
        return address.packed[:8].hex()
    return str(address)
