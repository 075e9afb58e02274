"""Which mails the caller gets of exports."""

from typing import Annotated

from litestar import Router, get, put
from litestar.openapi.spec import Example
from litestar.params import Body

from activities.model.problems import (
    CONTENT_ENCODED,
    ERASURE_IN_PROGRESS,
    MAIL_OFF,
    NOT_JSON,
    TOO_LARGE,
)
from web.auth.guards import ApiRequest, requires
from web.auth.tokens import READ, WRITE
from web.http.json_body import JsonBody
from web.routes.openapi_examples import example
from web.routes.responses import ANY_CALL, problems, responses
from web.schemas.notifications import NotificationRequest, NotificationResponse
from web.services.injection import Service
from web.services.notification_choice import NotificationChoice

_SETTING = [
    example(
        "notifications",
        "An owner who wants all of them",
        NotificationResponse(
            "teacher@school.example", ["completed", "failed", "expiring"], 60, "en"
        ),
    )
]


@get(
    "/",
    guards=[requires(READ)],
    summary="Read which mails the caller gets",
    responses=responses(200, NotificationResponse, "What the caller is told of.", _SETTING)
    | problems(*ANY_CALL),
)
async def get_notifications(
    request: ApiRequest, notification_choice: Service[NotificationChoice]
) -> NotificationResponse:
    """Read which mails the caller gets; none before they were asked for."""
    return await notification_choice.get(request.user)


@put(
    "/",
    guards=[requires(WRITE)],
    dto=JsonBody[NotificationRequest],
    return_dto=None,
    summary="Choose which mails the caller gets",
    responses=responses(200, NotificationResponse, "What the caller is told of.", _SETTING)
    | problems(*ANY_CALL, TOO_LARGE, NOT_JSON, CONTENT_ENCODED, MAIL_OFF, ERASURE_IN_PROGRESS),
)
async def put_notifications(
    request: ApiRequest,
    notification_choice: Service[NotificationChoice],
    data: Annotated[
        NotificationRequest,
        Body(examples=[Example(value={"on": ["completed", "failed"], "after_seconds": 60})]),
    ],
) -> NotificationResponse:
    """Choose which mails the caller gets: of what took long, and of files that go in a day.

    Mails go to the address that the token says was verified, and hold a link to the export's page.
    """
    return await notification_choice.put(request.user, data)


ROUTES = Router(
    "/api/export/notifications",
    route_handlers=[get_notifications, put_notifications],
    tags=["people"],
    security=[{"bearer": []}],
)
