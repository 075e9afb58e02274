"""Which mails an owner wants, as JSON."""

from typing import Annotated

import msgspec
from msgspec import Meta

from activities.people.mail_texts import MAIL_EVENTS, MailEvent
from activities.people.notifications import USUAL_SECONDS

On = Annotated[
    list[MailEvent],
    Meta(
        max_length=len(MAIL_EVENTS),
        description="What you are told of; empty: nothing. `expiring` is a day before a file goes.",
    ),
]
AfterSeconds = Annotated[
    int,
    Meta(
        ge=0,
        le=86_400,
        description="An export that took fewer seconds is not told of when it ends.",
    ),
]
Language = Annotated[
    Annotated[str, Meta(max_length=35, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")] | None,
    Meta(description="Of the mails, as BCP 47 has it; null: that of the service."),
]


class NotificationRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which mails you want."""

    on: On
    email: Annotated[
        Annotated[str, Meta(max_length=254)] | None,
        Meta(
            description="The address that your token says was verified (`email`, "
            "`email_verified`), which is also taken when this is absent; any other is refused.",
        ),
    ] = None
    after_seconds: AfterSeconds = USUAL_SECONDS
    language: Language = None


class NotificationResponse(msgspec.Struct, frozen=True):
    """Which mails you get."""

    email: str | None
    """Where they go; before you have asked for any, the verified address of your token, if it has
    one."""
    on: list[MailEvent]
    after_seconds: int
    language: str | None
