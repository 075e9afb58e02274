"""Every type of problem that the service tells of (RFC 9457): one code, one title, one sentence.

The API, the workers and the pages take their words from here.
"""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from activities.model.jobs import Problem
from workflows.contracts import UNEXPECTED_FAILURE, ErrorType


class ProblemType(msgspec.Struct, frozen=True):
    """One type of problem."""

    code: str
    """For programs; never changed."""
    title: str
    """The type in a few words, for people; the same in each occurrence (RFC 9457, 3.1.3)."""
    detail: str
    """A sentence about an occurrence of which nothing more is known."""
    advice: str
    """What a person can do about it on the web pages, in a sentence or two."""

    @property
    def type(self) -> str:
        """The URI of this type of problem."""
        return f"urn:export:problem:{self.code}"


class HttpProblemType(ProblemType, frozen=True):
    """A type of problem that is also the response to a request."""

    status: int
    """The HTTP status code."""


_CORRECT_IT = "Go back, correct it, and try again."
_WAIT = "Wait a moment and try again; nothing is lost."
_TRY_LATER = "Try again in a few minutes. If it stays like this, tell whoever runs this service."
_EXPORT_AGAIN = "Export again; it takes one click and your choices are kept."

# What only the API tells of.

INVALID_REQUEST = HttpProblemType(
    code="invalid-request",
    status=400,
    title="The request is not valid",
    detail="The request is not valid.",
    advice=_CORRECT_IT,
)
INVALID_FORMAT = HttpProblemType(
    code="invalid-format",
    status=400,
    title="There is no such export format",
    detail="There is no such export format.",
    advice="Choose one of the formats on the page.",
)
THEME_CONTRAST = HttpProblemType(
    code="theme-contrast",
    status=422,
    title="A colour of the theme is too light to be read",
    detail="A colour of the theme is too light to be read.",
    advice="Tell whoever looks after your theme, or choose another one.",
)
THEME_UNUSABLE = HttpProblemType(
    code="theme-unusable",
    status=422,
    title="The theme cannot be used",
    detail="The theme cannot be used.",
    advice="Tell whoever looks after your theme, or choose another one.",
)
TOO_MANY_WEBHOOKS = HttpProblemType(
    code="too-many-webhooks",
    status=409,
    title="There are as many webhooks as may be",
    detail="There are as many webhooks as may be.",
    advice="Remove one that you do not need, and try again.",
)
WEBHOOKS_OFF = HttpProblemType(
    code="webhooks-off",
    status=503,
    title="Webhooks are not set up here",
    detail="Webhooks are not set up here: whoever runs this service sets EXPORT_WEBHOOK_SECRETS.",
    advice="Ask whoever runs this service for webhooks.",
)
MAIL_OFF = HttpProblemType(
    code="mail-off",
    status=403,
    title="No mail is sent here",
    detail="No mail is sent here: whoever runs this service sets EXPORT_SMTP_URL and "
    "EXPORT_MAIL_FROM.",
    advice="Ask whoever runs this service for mail.",
)
UNAUTHENTICATED = HttpProblemType(
    code="unauthenticated",
    status=401,
    title="A valid bearer token is required",
    detail="A valid bearer token is required.",
    advice="Ask your platform for a new token and sign in with it.",
)
FORBIDDEN = HttpProblemType(
    code="insufficient-scope",
    status=403,
    title="The token does not allow this",
    detail="The token does not allow this.",
    advice=(
        "Reload the page and try again. If it stays like this, your token does not allow this: "
        "ask your platform for one that does."
    ),
)
LINK_ENDED = HttpProblemType(
    code="link-ended",
    status=410,
    title="The sign-in link has ended",
    detail="A sign-in link can be used once, within a minute. This one was used, or is too old.",
    advice="Go back to your platform and choose its export button again.",
)
SIGN_IN_FAILED = HttpProblemType(
    code="sign-in-failed",
    status=400,
    title="The sign-in did not succeed",
    detail="The sign-in did not succeed.",
    advice="Try to sign in once more. If it stays like this, tell whoever runs this service.",
)
PROVIDER_UNAVAILABLE = HttpProblemType(
    code="provider-unavailable",
    status=503,
    title="The sign-in service does not respond",
    detail="The service that signs people in does not respond, or not as it should.",
    advice=_TRY_LATER,
)
NOT_FOUND = HttpProblemType(
    code="not-found",
    status=404,
    title="There is nothing here",
    detail="No such resource.",
    advice="It may have been removed, or belong to somebody else. Look at your exports.",
)
METHOD_NOT_ALLOWED = HttpProblemType(
    code="method-not-allowed",
    status=405,
    title="This method is not supported here",
    detail="This method is not supported here.",
    advice="Go back to the page you came from.",
)
NOT_READY = HttpProblemType(
    code="not-ready",
    status=409,
    title="The export has no file",
    detail="The export has no file.",
    advice="Look at the export: it says how far it is, or why there is no file.",
)
ALREADY_ENDED = HttpProblemType(
    code="already-ended",
    status=409,
    title="The export has ended",
    detail="The export has ended; there is nothing to cancel.",
    advice="Look at the export: it had ended before you cancelled it.",
)
NOT_RETRYABLE = HttpProblemType(
    code="not-retryable",
    status=409,
    title="The export cannot be retried",
    detail="The export cannot be retried.",
    advice="Look at the export: it says how it ended.",
)
EXPIRED = HttpProblemType(
    code="expired",
    status=410,
    title="The export's file has been removed",
    detail="The file was kept for its time and has been removed.",
    advice=_EXPORT_AGAIN,
)
SHARE_ENDED = HttpProblemType(
    code="share-ended",
    status=410,
    title="This link has ended",
    detail="This link gives the file to nobody any more.",
    advice="Ask whoever gave you the link for a new one.",
)
SHARING_OFF = HttpProblemType(
    code="sharing-off",
    status=403,
    title="Files are not shared here",
    detail="This service does not share files: whoever runs it has turned that off.",
    advice="Download the file and hand it on in your own way.",
)
SHARE_LIMIT = HttpProblemType(
    code="share-limit",
    status=409,
    title="The file has as many links as it may have",
    detail="The file has as many links as it may have.",
    advice="End a link that you need no longer, and try again.",
)
PIN_LIMIT = HttpProblemType(
    code="pin-limit",
    status=409,
    title="You keep as many files as you may",
    detail="You keep as many files as you may.",
    advice="Keep one of the others no longer, and try again.",
)
ERASURE_IN_PROGRESS = HttpProblemType(
    code="erasure-in-progress",
    status=409,
    title="Everything of yours is being erased",
    detail="Everything of yours is being erased; until that is done nothing new begins.",
    advice="Wait a moment, and begin anew.",
)
FILE_LOST = HttpProblemType(
    code="file-lost",
    status=410,
    title="The export's file is gone before its time",
    detail="The file is missing or damaged. Export the same content again to get it anew.",
    advice=_EXPORT_AGAIN,
)
RECORD_DAMAGED = HttpProblemType(
    code="record-damaged",
    status=410,
    title="The record of the export is damaged",
    detail="What the service keeps of this export cannot be read. Export the same content again.",
    advice=_EXPORT_AGAIN,
)
REQUEST_TIMEOUT = HttpProblemType(
    code="request-timeout",
    status=408,
    title="The request did not arrive in time",
    detail="The request did not arrive in time; send it again.",
    advice="Try again. On a slow or broken line it may take more than one try.",
)
TOO_LARGE = HttpProblemType(
    code="body-too-large",
    status=413,
    title="The request body is too large",
    detail="The request body is too large.",
    advice="Choose fewer items.",
)
NOT_JSON = HttpProblemType(
    code="unsupported-media-type",
    status=415,
    title="The request body must be JSON",
    detail="Send the body as application/json.",
    advice=_CORRECT_IT,
)
CONTENT_ENCODED = HttpProblemType(
    code="unsupported-content-encoding",
    status=415,
    title="The request body must not be compressed",
    detail="Send the body as it is, without a Content-Encoding.",
    advice=_CORRECT_IT,
)
PRECONDITION_FAILED = HttpProblemType(
    code="precondition-failed",
    status=412,
    title="The file is not the one that If-Match names",
    detail="The file has another entity tag.",
    advice="Start the download anew.",
)
RANGE_NOT_SATISFIABLE = HttpProblemType(
    code="range-not-satisfiable",
    status=416,
    title="The file has no such range",
    detail="The file has no such range.",
    advice="Start the download anew.",
)
NO_CONTENT_MATCHED = HttpProblemType(
    code="no-content-matched",
    status=422,
    title="No content matches the filters",
    detail="None of your content matches the filters.",
    advice="Choose fewer filters or wider dates, or ask for less quality.",
)
RECEIPTS_OFF = HttpProblemType(
    code="receipts-off",
    status=503,
    title="Receipts are not set up here",
    detail="Receipts are not set up here: whoever runs this service sets EXPORT_SIGNING_KEYS.",
    advice="Export without a receipt, or ask whoever runs this service for receipts.",
)
NO_RECEIPT = HttpProblemType(
    code="no-receipt",
    status=404,
    title="This export has no receipt",
    detail="This export has no receipt: it was made without one.",
    advice="Export again, and ask for a receipt.",
)
ITEMS_NOT_KNOWN = HttpProblemType(
    code="items-not-known",
    status=409,
    title="It is not known what the earlier export held",
    detail="It is not known what the earlier export held.",
    advice="Name an export that has completed, or a moment.",
)
TOO_MANY_SCHEDULES = HttpProblemType(
    code="too-many-schedules",
    status=409,
    title="You have as many schedules as you may have",
    detail="An owner has at most 20 schedules.",
    advice="Remove a schedule that you need no longer.",
)
ARCHIVE_UNDER_WAY = HttpProblemType(
    code="archive-under-way",
    status=409,
    title="An archive of yours is being made",
    detail="An owner has one archive made at a time.",
    advice="Wait until it is complete, or cancel it.",
)
IDEMPOTENCY_MISMATCH = HttpProblemType(
    code="idempotency-mismatch",
    status=422,
    title="The Idempotency-Key was used for another request",
    detail="This Idempotency-Key was used with another request.",
    advice="Reload the page and start again.",
)
LIMIT_REACHED = HttpProblemType(
    code="limit-reached",
    status=429,
    title="Too many exports or event streams at once",
    detail="You have as many exports or event streams as you may have.",
    advice="Wait until some of your exports have ended, then try again.",
)
HEADERS_TOO_LARGE = HttpProblemType(
    code="headers-too-large",
    status=431,
    title="The request line and headers are too large",
    detail="The request line and headers are too large.",
    advice="Remove the cookies of this site from your browser, and sign in again.",
)
KEYS_UNAVAILABLE = HttpProblemType(
    code="keys-unavailable",
    status=503,
    title="The keys that verify tokens cannot be fetched",
    detail="The keys that verify tokens cannot be fetched now.",
    advice=_WAIT,
)
BUSY = HttpProblemType(
    code="busy",
    status=503,
    title="Too many connections or event streams are open",
    detail="The service has as many connections as it can; come back in a moment.",
    advice=_WAIT,
)

# What the API and jobs tell of.

CONTENT_NOT_FOUND = HttpProblemType(
    code=ErrorType.CONTENT_NOT_FOUND,
    status=404,
    title="Content not found",
    detail="Some of the content is not there.",
    advice="Choose again from the content that there is now.",
)
NOTHING_CHANGED = HttpProblemType(
    code=ErrorType.NOTHING_CHANGED,
    status=422,
    title="Nothing has changed",
    detail="Nothing is new, changed or gone.",
    advice="What you have is all that there is. Export everything if you need it again.",
)
INTERNAL = HttpProblemType(
    code=ErrorType.INTERNAL,
    status=500,
    title="Something went wrong on our side",
    detail=UNEXPECTED_FAILURE,
    advice=_TRY_LATER,
)
CONTENT_SOURCE_BROKEN = HttpProblemType(
    code=ErrorType.SOURCE_BROKEN,
    status=502,
    title="The content could not be read",
    detail="The content source gave something that is not content.",
    advice=_TRY_LATER,
)
CONTENT_SOURCE_UNAVAILABLE = HttpProblemType(
    code=ErrorType.SOURCE_UNAVAILABLE,
    status=503,
    title="The content source does not answer",
    detail="The content source could not be reached.",
    advice=_WAIT,
)
DATABASE_UNAVAILABLE = HttpProblemType(
    code=ErrorType.DATABASE,
    status=503,
    title="The database could not be reached",
    detail="The job records could not be reached.",
    advice=_WAIT,
)
STORAGE_UNAVAILABLE = HttpProblemType(
    code=ErrorType.STORAGE,
    status=503,
    title="Storage could not be reached",
    detail="The files could not be reached.",
    advice=_WAIT,
)
NO_SPACE = HttpProblemType(
    code=ErrorType.NO_SPACE,
    status=507,
    title="No room for the file",
    detail="There is no room on the disk for another file.",
    advice="Try again later, when files of others have been removed.",
)

# 409: it conflicts with what the owner has, and the owner can mend that (RFC 9110, 15.5.10); 507
# is a disk that operators mend.
BYTES_LIMIT = HttpProblemType(
    code=ErrorType.BYTES_LIMIT,
    status=409,
    title="Your files take as much room as they may",
    detail="Your files take as much room as they may.",
    advice="Remove a file that you need no longer, and try again.",
)

# What only jobs tell of.

EXPORT_TOO_LARGE = ProblemType(
    code=ErrorType.TOO_LARGE,
    title="The export is too large",
    detail="The export is larger than exports may be.",
    advice="Choose fewer items, or fewer parts of them.",
)
RENDER_FAILED = ProblemType(
    code=ErrorType.RENDER_FAILED,
    title="The file could not be made",
    detail="The file could not be made from this content.",
    advice=(
        "Export again with “Go on without it” for items that cannot be exported, or choose "
        "another format."
    ),
)
MEDIA_UNAVAILABLE = ProblemType(
    code=ErrorType.MEDIA_UNAVAILABLE,
    title="A picture cannot be had",
    detail="A picture that the content refers to cannot be had or cannot be read.",
    advice=(
        "Mend or remove the picture, or export again and let what stands for it be shown in its "
        "place."
    ),
)
QUALITY_TOO_LOW = ProblemType(
    code=ErrorType.QUALITY_TOO_LOW,
    title="Items are below the quality that was asked for",
    detail="Items are below the quality that was asked for.",
    advice="Mend the items that are named, leave them out, or ask for less.",
)
RENDER_TOO_COSTLY = ProblemType(
    code=ErrorType.RENDER_TOO_COSTLY,
    title="The export takes more time or memory than one may",
    detail="The file could not be made within the time and the memory that an export may take.",
    advice="Choose fewer items, leave out the one that is named, or choose another format.",
)
JOB_TAKEN = ProblemType(
    code=ErrorType.JOB_TAKEN,
    title="The job is no longer this run's",
    detail="The job was cancelled or taken over by another run.",
    advice="Export again.",
)
TIMED_OUT = ProblemType(
    code=ErrorType.TIMED_OUT,
    title="The export took too long",
    detail="The export did not end in its time.",
    advice="Export again; with fewer items it takes less time.",
)
TERMINATED = ProblemType(
    code=ErrorType.TERMINATED,
    title="An operator ended the export",
    detail="The export was ended before it was done.",
    advice="Somebody who runs this service stopped it. Ask them, or export again.",
)

PROBLEM_TYPES: Mapping[str, ProblemType] = MappingProxyType(
    {each.code: each for each in tuple(globals().values()) if isinstance(each, ProblemType)}
)
"""All of them, by code."""


def problem_type(code: str) -> ProblemType:
    """The type of problem with this code; of a code that a newer release wrote, `INTERNAL`."""
    return PROBLEM_TYPES.get(code, INTERNAL)


def problem(code: str, detail: str = "") -> Problem:
    """A job's error as a problem object (RFC 9457).

    Args:
        code: one of `ErrorType`.
        detail: about this occurrence, without content; empty for the sentence of the type.
    """
    kind = problem_type(code)
    return Problem(type=kind.type, title=kind.title, detail=detail or kind.detail, code=kind.code)
