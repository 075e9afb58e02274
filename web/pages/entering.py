"""Signing in by a link that a platform's backend made.

Opening the link changes nothing, since programs open links before people do. A form of the page
uses it, which the page's script sends by itself. So the session's cookie is there for the page that
follows: as to the browser, a page of ours asks for it.
"""

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from activities.model.problems import LINK_ENDED
from activities.people.sessions import Via
from activities.people.sign_in_codes import Entry
from web.auth.tokens import Caller
from web.http.prefetches import is_prefetch
from web.http.problems import AnyRequest, ProblemError
from web.pages.fields import Fields
from web.pages.page import page
from web.pages.session import FORM_KEY, is_form_key, require_own_page, who_is_signed_in
from web.services.injection import Service
from web.services.sign_in_links import SignInLinks
from web.services.sign_ins import SignIns, refused


@get("/enter/{code:str}")
async def enter_page(
    request: AnyRequest, code: FromPath[str], sign_in_links: Service[SignInLinks]
) -> Template:
    """Show the form that uses a link, whatever the link is worth."""
    caller = await who_is_signed_in(request)
    return _page(request, code, caller, await sign_in_links.look(code))


@post("/enter")
async def enter(
    request: AnyRequest, sign_in_links: Service[SignInLinks], sign_ins: Service[SignIns]
) -> Redirect | Template:
    """Use a link: sign in whom it is for, and go where it leads."""
    require_own_page(request)
    fields = Fields(await request.body())
    code = fields.one("code")
    caller = await who_is_signed_in(request)
    found = await sign_in_links.look(code)
    if _is_another(caller, found) and not is_form_key(request, fields.one(FORM_KEY)):
        # Another site can lead somebody here by a link of its own (login CSRF).
        return _page(request, code, caller, found)
    entry = await sign_in_links.spend(code)
    if entry is None:
        refused(Via.LINK)
        raise ProblemError(LINK_ENDED)
    cookie = await sign_ins.begin(request, entry.person)
    return Redirect(entry.next, status_code=303, cookies=[cookie])


def _is_another(caller: Caller | None, entry: Entry | None) -> bool:
    return caller is not None and entry is not None and caller.owner_id != entry.person.owner_id


def _page(request: AnyRequest, code: str, caller: Caller | None, entry: Entry | None) -> Template:
    asks = _is_another(caller, entry)
    # A page that is fetched before anybody goes there must do nothing.
    is_looked_at = not is_prefetch(request.headers)
    person = entry.person if entry else None
    return page(
        request,
        "enter.html",
        code=code,
        asks=asks,
        sends_itself=is_looked_at and not asks,
        newcomer=(person.name or person.owner_id) if person else "",
        target=entry.next if entry else "/",
    )
