"""The headers of responses, for the API's description."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


def _header(description: str, **schema: Any) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string", **schema}}


HEADERS: dict[str, Any] = {
    "Accept-Encoding": _header("The one encoding of bodies that is taken: `identity`."),
    "Accept-Ranges": _header("Ranges are counted in bytes.", enum=["bytes"]),
    "Content-Disposition": _header("The name of the file, in ASCII and as it is (RFC 6266)."),
    "Content-Range": _header("The bytes that this is of how many (RFC 9110, 14.4)."),
    "ETag": _header("The SHA-256 of the file, in quotes."),
    "Link": _header(
        "The first, previous, next and last page (RFC 8288). To walk a list, follow `next`."
    ),
    "Location": _header("The URL of what was made.", format="uri"),
    "RateLimit": _header("What is left of each limit, and for how many seconds."),
    "RateLimit-Policy": _header("The limits of the caller, by name."),
    "Repr-Digest": _header("The SHA-256 of the whole file (RFC 9530)."),
    "Retry-After": _header("Seconds after which to ask again.", type="integer", minimum=1),
    "WWW-Authenticate": _header("The token that is needed (RFC 6750)."),
    "X-Request-ID": _header("The caller's id of the request, or one that was made for it."),
}
"""Every header that is described, by its name."""

_OF_EACH = ("X-Request-ID",)
_OF_STATUS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "401": ("WWW-Authenticate",),
        "403": ("WWW-Authenticate",),
        "415": ("Accept-Encoding",),
        "429": ("Retry-After", "RateLimit", "RateLimit-Policy"),
        "503": ("Retry-After",),
    }
)
_CREATED = ("Location", "Retry-After", "RateLimit", "RateLimit-Policy")
_FILE = ("Accept-Ranges", "Content-Disposition", "ETag", "Repr-Digest")
_OF_RESPONSE: Mapping[tuple[str, str], tuple[str, ...]] = MappingProxyType(
    {
        ("createExport", "202"): _CREATED,
        ("createBulkExport", "202"): _CREATED,
        ("getJob", "200"): ("Retry-After",),
        ("cancelJob", "202"): ("Retry-After",),
        ("retryJob", "202"): ("Location",),
        ("eraseEverything", "202"): ("Location", "Retry-After"),
        ("getErasure", "200"): ("Retry-After",),
        ("eraseOwner", "202"): ("Location", "Retry-After"),
        ("getAnyErasure", "200"): ("Retry-After",),
        ("listJobs", "200"): ("Link",),
        ("listAllJobs", "200"): ("Link",),
        ("readAuditLog", "200"): ("Link",),
        ("createWebhook", "201"): ("Location",),
        ("listWebhookDeliveries", "200"): ("Link",),
        ("readReceipt", "200"): ("Content-Disposition",),
        ("readReceipt", "409"): ("Retry-After",),
        ("download", "200"): _FILE,
        ("download", "206"): (*_FILE, "Content-Range"),
        ("download", "304"): ("ETag",),
        ("download", "409"): ("Retry-After",),
        ("download", "416"): ("Accept-Ranges", "Content-Range"),
    }
)


def headers_of_response(operation: str, status: str) -> dict[str, Any]:
    """The headers that a response may have, as references to `HEADERS`.

    Args:
        operation: the id of the call.
        status: of the response, such as `"200"`.
    """
    names = (*_OF_EACH, *_OF_STATUS.get(status, ()), *_OF_RESPONSE.get((operation, status), ()))
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
