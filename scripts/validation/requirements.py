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


def answered(answer: httpx.Response, status: int = 200) -> httpx.Response:
    """The answer, if it has this status.

    Raises:
        CheckFailedError: it has another.
    """
    require(
        answer.status_code == status,
        f"{answer.request.method} {answer.request.url.path} answered {answer.status_code}, "
        f"not {status}: {answer.text[:300]}",
    )
    return answer
