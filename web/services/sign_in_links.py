"""Links that sign somebody in once, made for a platform's backend and spent by a browser."""

from datetime import UTC, datetime

from activities.common.clock import utc_now
from activities.jobs.audit import Origin
from activities.people.sessions import Person, Via
from activities.people.sign_in_codes import Entry, SignInCodes
from web.auth.tokens import READ, WRITE, Caller
from web.schemas.sign_in_links import SignInLink

_CARRIED = frozenset({READ, WRITE})
"""The scopes that a link hands on: whoever catches one operates nothing."""


class SignInLinks:
    """Makes links, and signs in by them."""

    def __init__(self, codes: SignInCodes) -> None:
        self._codes = codes

    async def make(self, caller: Caller, target: str, base: str, origin: Origin) -> SignInLink:
        """A link for the owner of a token.

        Args:
            caller: who asks for it, and whom it signs in.
            target: the path that it leads to.
            base: the URL of the service.
            origin: the caller and the request, for the audit log.
        """
        person = Person(
            owner_id=caller.owner_id,
            scopes=caller.scopes & _CARRIED,
            via=Via.LINK,
            name=caller.name,
            email=caller.email,
            locale=caller.locale,
            tenant=caller.tenant,
        )
        until = datetime.fromtimestamp(caller.expires, UTC)
        made = await self._codes.make(person, until, target, utc_now(), origin)
        return SignInLink(f"{base}/enter/{made.code}", made.expires_at)

    async def look(self, code: str) -> Entry | None:
        """Whom a link would sign in; None: nobody any more."""
        return await self._codes.look(code, utc_now())

    async def spend(self, code: str) -> Entry | None:
        """Whom a link signs in, the only time that it does; None: nobody any more."""
        return await self._codes.spend(code, utc_now())
