"""What people can do about each sort of error, by its code."""

from types import MappingProxyType

from workflows.contracts import ErrorType

_AGAIN = "Try again in a few minutes. If it stays like this, tell whoever runs this service."
_AGAIN_LATER = "Wait a moment and try again; nothing is lost."
_NEW_TOKEN = "Ask your platform for a new token and sign in with it."  # noqa: S105 - a sentence
_CHECK = "Go back, correct it, and try again."

_ADVICE = MappingProxyType(
    {
        "invalid-request": _CHECK,
        "invalid-format": "Choose one of the formats on the page.",
        "unauthenticated": _NEW_TOKEN,
        "insufficient-scope": (
            "Reload the page and try again. If it stays like this, your token does not allow this: "
            "ask your platform for one that does."
        ),
        "not-found": "It may have been removed, or belong to somebody else. Look at your exports.",
        "content-not-found": "Choose again from the content that there is now.",
        "method-not-allowed": "Go back to the page you came from.",
        "not-ready": "Look at the export: it says how far it is, or why there is no file.",
        "already-ended": "Look at the export: it had ended before you cancelled it.",
        "not-retryable": "Look at the export: it says how it ended.",
        "expired": "Export again; it takes one click and your choices are kept.",
        "file-lost": "Export again; it takes one click and your choices are kept.",
        "body-too-large": "Choose fewer items.",
        "unsupported-media-type": _CHECK,
        "range-not-satisfiable": "Start the download anew.",
        "no-content-matched": "Choose fewer filters or wider dates.",
        "idempotency-mismatch": "Reload the page and start again.",
        "limit-reached": "Wait until some of your exports have ended, then try again.",
        "internal-error": _AGAIN,
        "content-source-broken": _AGAIN,
        "content-source-unavailable": _AGAIN_LATER,
        "database-unavailable": _AGAIN_LATER,
        "storage-unavailable": _AGAIN_LATER,
        "keys-unavailable": _AGAIN_LATER,
        "busy": _AGAIN_LATER,
        "insufficient-storage": "Try again later, when files of others have been removed.",
        ErrorType.RENDER_FAILED: (
            "Export again with “Go on without it” for items that cannot be exported, or choose "
            "another format."
        ),
        ErrorType.TOO_LARGE: "Choose fewer items, or fewer parts of them.",
        ErrorType.JOB_TAKEN: "Export again.",
        ErrorType.TIMED_OUT: "Export again; with fewer items it takes less time.",
        ErrorType.TERMINATED: "Somebody who runs this service stopped it. "
        "Ask them, or export again.",
    }
)


def advice_on(code: str) -> str:
    """What to do about an error of this code, in a sentence or two."""
    return _ADVICE.get(code, _AGAIN)
