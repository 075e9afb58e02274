"""Every error as a problem document (RFC 9457), and what is logged and counted about it."""

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, ValidationException
from litestar.routes import HTTPRoute
from obstore.exceptions import BaseError as StorageError
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from activities.common.metrics import ERRORS, OPERATIONS
from activities.common.tracebacks import trace
from activities.content.source import BrokenContentError, ContentSourceError

AnyRequest = Request[Any, Any, Any]
"""A request, whoever sent it."""

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
# PostgreSQL calls a missing table or right a programming error; SQLite an operational one.
_DATABASE_AWAY = (OperationalError, InterfaceError, ProgrammingError, PoolTimeoutError)
# SQLite's words and the operating system's, which PostgreSQL passes on.
_NO_SPACE_LEFT = re.compile(r"disk is full|no space left", re.IGNORECASE)
_RETRY_SECONDS = 5


class ProblemType(msgspec.Struct, frozen=True):
    """One sort of error: the answer's status, its code for programs and its title for people."""

    status: int
    code: str
    title: str

    @property
    def type(self) -> str:
        """The URI that names this sort of error."""
        return f"urn:export:problem:{self.code}"


INVALID_REQUEST = ProblemType(400, "invalid-request", "The request is not valid")
INVALID_FORMAT = ProblemType(400, "invalid-format", "There is no such export format")
UNAUTHENTICATED = ProblemType(401, "unauthenticated", "A valid bearer token is required")
FORBIDDEN = ProblemType(403, "insufficient-scope", "The token does not allow this")
NOT_FOUND = ProblemType(404, "not-found", "There is nothing here")
CONTENT_NOT_FOUND = ProblemType(404, "content-not-found", "Some of the content was not found")
METHOD_NOT_ALLOWED = ProblemType(405, "method-not-allowed", "This method is not supported here")
NOT_READY = ProblemType(409, "not-ready", "The export has no file")
ALREADY_ENDED = ProblemType(409, "already-ended", "The export has ended")
NOT_RETRYABLE = ProblemType(409, "not-retryable", "The export cannot be retried")
EXPIRED = ProblemType(410, "expired", "The export's file has been removed")
FILE_LOST = ProblemType(410, "file-lost", "The export's file is gone before its time")
TOO_LARGE = ProblemType(413, "body-too-large", "The request body is too large")
NOT_JSON = ProblemType(415, "unsupported-media-type", "The request body must be JSON")
RANGE_NOT_SATISFIABLE = ProblemType(416, "range-not-satisfiable", "The file has no such range")
NO_CONTENT_MATCHED = ProblemType(422, "no-content-matched", "No content matches the filters")
IDEMPOTENCY_MISMATCH = ProblemType(
    422, "idempotency-mismatch", "The Idempotency-Key was used for another request"
)
LIMIT_REACHED = ProblemType(429, "limit-reached", "Too many exports or event streams at once")
INTERNAL = ProblemType(500, "internal-error", "Something went wrong on our side")
CONTENT_SOURCE_BROKEN = ProblemType(
    502, "content-source-broken", "The content source gave an unusable answer"
)
CONTENT_SOURCE_AWAY = ProblemType(
    503, "content-source-unavailable", "The content source does not answer"
)
DATABASE_AWAY = ProblemType(503, "database-unavailable", "The job records cannot be reached")
STORAGE_AWAY = ProblemType(503, "storage-unavailable", "The files cannot be reached")
KEYS_AWAY = ProblemType(503, "keys-unavailable", "The keys that verify tokens cannot be fetched")
BUSY = ProblemType(503, "busy", "Too many event streams are open")
NO_SPACE = ProblemType(507, "insufficient-storage", "There is no room for another export")

_BY_STATUS = {
    kind.status: kind
    for kind in (INVALID_REQUEST, UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, TOO_LARGE, NOT_JSON)
}


class FieldError(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong with a request."""

    detail: str
    pointer: str | None = None
    """Where in the body, as a JSON Pointer (RFC 6901)."""
    parameter: str | None = None
    """Which query parameter or header."""


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


class ProblemError(Exception):
    """A request that is answered with a problem."""

    def __init__(
        self,
        kind: ProblemType,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        formats: Sequence[str] = (),
        content_ids: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.formats = formats
        self.content_ids = content_ids
        self.headers = dict(headers or {})


def invalid(errors: Sequence[FieldError]) -> ProblemError:
    """A request whose body, query or headers are not valid."""
    return ProblemError(INVALID_REQUEST, errors[0].detail, errors=errors)


def not_found() -> ProblemError:
    """The one answer for what does not exist and for what is somebody else's."""
    return ProblemError(NOT_FOUND, "No such resource.")


def retry_after(kind: ProblemType, detail: str, seconds: int = _RETRY_SECONDS) -> ProblemError:
    """A request that may succeed later."""
    return ProblemError(kind, detail, headers={"Retry-After": str(seconds)})


def answer(request: AnyRequest, error: Exception) -> Response[ProblemDocument]:
    """Answer an error with its problem document, log it in one line and count it."""
    document, headers = explain(request, error)
    return Response(document, status_code=document.status, media_type=MEDIA_TYPE, headers=headers)


def explain(request: AnyRequest, error: Exception) -> tuple[ProblemDocument, dict[str, str]]:
    """The problem that an error is and the headers to send with it; it is logged and counted."""
    correlation_id = None
    problem = _problem_of(error, request)
    if problem is None:
        correlation_id = uuid4().hex
        problem = ProblemError(INTERNAL, f"Please quote {correlation_id} when asking about this.")
    kind = problem.kind
    _record(request, problem, error, correlation_id)
    document = ProblemDocument(
        type=kind.type,
        title=kind.title,
        status=kind.status,
        detail=problem.detail,
        instance=request.scope["path"],
        code=kind.code,
        errors=problem.errors,
        formats=problem.formats,
        content_ids=problem.content_ids,
        correlation_id=correlation_id,
    )
    return document, {"Cache-Control": "no-store", **problem.headers}


def _problem_of(error: Exception, request: AnyRequest) -> ProblemError | None:
    """The problem that an exception stands for, None when nobody expected it."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, HTTPException):
        return _of_framework(error, request)
    if isinstance(error, ContentSourceError):
        return retry_after(CONTENT_SOURCE_AWAY, "The content source does not answer; try again.")
    if isinstance(error, BrokenContentError):
        return ProblemError(CONTENT_SOURCE_BROKEN, "The content source gave an unusable answer.")
    if isinstance(error, StorageError):
        return retry_after(STORAGE_AWAY, "The files cannot be reached; try again.")
    if isinstance(error, _DATABASE_AWAY):
        if _NO_SPACE_LEFT.search(str(getattr(error, "orig", ""))):
            return ProblemError(NO_SPACE, "There is no room for another export.")
        return retry_after(DATABASE_AWAY, "The job records cannot be reached; try again.")
    return None


def _of_framework(error: HTTPException, request: AnyRequest) -> ProblemError | None:
    if isinstance(error, ValidationException):
        return invalid(_parameter_errors(error))
    if isinstance(error, MethodNotAllowedException):
        methods = ", ".join(_methods(request))
        detail = f"{request.scope['method']} is not supported here; {methods} is."
        return ProblemError(METHOD_NOT_ALLOWED, detail, headers={"Allow": methods})
    kind = _BY_STATUS.get(error.status_code)
    if kind is None:
        return None
    return ProblemError(kind, f"{kind.title}.")


def _parameter_errors(error: ValidationException) -> list[FieldError]:
    extra = error.extra if isinstance(error.extra, list) else []
    found = []
    for entry in extra:
        if isinstance(entry, dict) and "message" in entry:
            # What Python keeps for itself, such as `from`, has an underscore behind it here.
            name = str(entry.get("key", "request")).rstrip("_")
            found.append(FieldError(f"{name}: {entry['message']}", parameter=name))
    return found or [FieldError("The request is not valid.")]


def _methods(request: AnyRequest) -> list[str]:
    path = request.scope["path"].rstrip("/") or "/"
    for route in request.app.routes:
        if isinstance(route, HTTPRoute):
            pattern = re.sub(r"\{[^}]*\}", "[^/]+", route.path_format)
            if re.fullmatch(pattern, path):
                return sorted(str(method) for method in route.methods)
    return []


def _record(
    request: AnyRequest, problem: ProblemError, error: Exception, correlation_id: str | None
) -> None:
    kind = problem.kind
    ERRORS.labels(kind.code).inc()
    handler = request.scope.get("route_handler")
    operation = handler.opt.get("operation") if handler is not None else None
    if operation is not None:
        outcome = "failed" if kind.status >= INTERNAL.status else "refused"
        OPERATIONS.labels(operation, "unknown", outcome).inc()
    fields = {
        "method": request.scope["method"],
        "path": request.scope["path"],
        "status": kind.status,
        "code": kind.code,
        "job_id": request.scope.get("path_params", {}).get("job_id"),
        "request_id": request.scope["state"].get("request_id"),
        "owner": getattr(request.scope.get("user"), "owner_id", None),
    }
    if kind.status >= INTERNAL.status or kind is FILE_LOST:
        fields |= {"correlation_id": correlation_id, "cause": trace(error)}
        logger.error("request failed", extra={"fields": fields})
    else:
        logger.info("request refused", extra={"fields": fields})
