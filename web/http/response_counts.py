"""Counts responses by class of status, whoever gave them."""

from http import HTTPStatus

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from activities.common.metrics import HTTP_RESPONSES


def with_response_counts(app: ASGIApp) -> ASGIApp:
    """Wrap an application so that each of its responses is counted."""

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                HTTP_RESPONSES.labels(_class_of(message["status"])).inc()
            await send(message)

        await app(scope, receive, send_counted)

    return counted


def _class_of(status: int) -> str:
    # A disk without room is nothing that the API does wrong, and has an alert of its own.
    if status == HTTPStatus.INSUFFICIENT_STORAGE:
        return f"{status:d}"
    return f"{status // 100}xx"
