"""Counts responses by class of status, whoever gave them."""

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from activities.common.metrics import HTTP_RESPONSES


def with_response_counts(app: ASGIApp) -> ASGIApp:
    """Wrap an application so that each of its responses is counted."""

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                HTTP_RESPONSES.labels(f"{message['status'] // 100}xx").inc()
            await send(message)

        await app(scope, receive, send_counted)

    return counted
