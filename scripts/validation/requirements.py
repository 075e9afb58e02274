"""Functions in which a check states what it requires of the service."""

import httpx


class CheckFailedError(Exception):
    """The service did not do what it should; the message says what."""


def require(condition: object, complaint: str) -> None:
    """Go on only if the condition holds.

    Raises:
        CheckFailedError: it does not.
    """
    if not condition:
        raise CheckFailedError(complaint)


def answered(response: httpx.Response, status: int = 200) -> httpx.Response:
    """The answer, if it has this status.

    Raises:
        CheckFailedError: it has another.
    """
    require(
        response.status_code == status,
        f"{response.request.method} {response.request.url.path} answered {response.status_code}, "
        f"not {status}: {response.text[:300]}",
    )
    return response
