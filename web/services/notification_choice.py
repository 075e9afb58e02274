"""Which mails an owner wants: only to an address that was verified by whoever signed them in."""

from activities.common.clock import utc_now
from activities.common.mail import is_address
from activities.model.problems import MAIL_OFF
from activities.people.mail_texts import MAIL_EVENTS
from activities.people.notifications import USUAL_SECONDS, Notifications, NotificationSetting
from web.auth.tokens import Caller
from web.http.json_body import pointer
from web.http.problems import FieldError, ProblemError, invalid
from web.schemas.notifications import NotificationRequest, NotificationResponse


class NotificationChoice:
    """Reads and keeps what owners want."""

    def __init__(self, notifications: Notifications, *, available: bool) -> None:
        """Serve a service that can send mail, or cannot."""
        self._notifications = notifications
        self.available = available

    async def get(self, caller: Caller) -> NotificationResponse:
        """What the caller wants."""
        kept = await self._notifications.get(caller.owner_id)
        if kept is None:
            return NotificationResponse(caller.email, [], USUAL_SECONDS, caller.locale)
        return NotificationResponse(kept.email, kept.on, kept.after_seconds, kept.language)

    async def put(self, caller: Caller, body: NotificationRequest) -> NotificationResponse:
        """Keep what the caller wants from now on.

        Raises:
            ProblemError: the address was not verified, or the service sends no mail.
        """
        wanted = [event for event in MAIL_EVENTS if event in body.on]
        if not wanted:
            await self._notifications.remove(caller.owner_id)
            return await self.get(caller)
        if not self.available:
            raise ProblemError(MAIL_OFF)
        email = body.email or caller.email
        if email is None or email != caller.email or not is_address(email):
            detail = "Your token must say that this address was verified (email, email_verified)."
            raise invalid([FieldError(detail, pointer=pointer("email"))])
        setting = NotificationSetting(
            email, wanted, body.after_seconds, body.language or caller.locale
        )
        await self._notifications.put(caller.owner_id, setting, utc_now())
        return await self.get(caller)
