"""Signing people in and out of the pages, whichever way they come."""

from datetime import timedelta

from litestar.datastructures import Cookie

from activities.common.clock import utc_now
from activities.common.metrics import SIGN_INS
from activities.jobs.audit import Origin
from activities.people.sessions import Person, Sessions, Via
from web.http.app_state import AnyConnection
from web.http.request_ids import request_id
from web.http.session_cookies import (
    is_framed,
    no_cookies,
    replaced_session,
    session_cookie,
    session_ids,
)


class SignIns:
    """Begins and ends sessions, and counts who came by which way."""

    def __init__(self, sessions: Sessions, session_seconds: int) -> None:
        """Sign people in for at most so many seconds."""
        self._sessions = sessions
        self._longest = timedelta(seconds=session_seconds)

    async def begin(self, request: AnyConnection, person: Person) -> Cookie:
        """Sign a person in; what the browser had before opens nothing any more.

        Args:
            request: the one that showed who it is.
            person: who has shown it.

        Returns:
            The cookie for the response, without which nobody is signed in.
        """
        now = utc_now()
        session = await self._sessions.begin(
            person,
            now,
            longest=self._longest,
            framed=is_framed(request),
            replaced=replaced_session(request),
            origin=Origin(person.owner_id, request_id(request.scope)),
        )
        SIGN_INS.labels(person.via, "accepted").inc()
        return session_cookie(request, session.id, session.expires_at - now)

    async def end(self, request: AnyConnection) -> list[Cookie]:
        """Sign out whoever the request is of; returns what makes the browser forget it."""
        for session_id in session_ids(request):
            await self._sessions.end(session_id, utc_now(), request_id(request.scope))
        return no_cookies(request)


def refused(via: Via) -> None:
    """Count somebody whom nobody was signed in for: what they showed is not valid."""
    SIGN_INS.labels(via, "refused").inc()


def failed(via: Via) -> None:
    """Count somebody who could not sign in because the identity provider did not respond."""
    SIGN_INS.labels(via, "failed").inc()
