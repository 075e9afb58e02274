"""The page on which people choose what they are told by mail, or have all of theirs erased."""

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from web.auth.guards import ApiRequest, origin_of
from web.auth.tokens import ADMIN, READ, WRITE
from web.http.problems import AnyRequest, ProblemError
from web.pages.fields import Fields
from web.pages.mail_settings import keep_mail_settings, mail_settings
from web.pages.page import page
from web.pages.session import read_form, signed_in
from web.pages.words import N_, _
from web.services.injection import Service
from web.services.notification_choice import NotificationChoice
from web.services.owner_erasures import OwnerErasures
from web.services.sign_ins import SignIns

_WORD = N_("delete")
"""What somebody types who means it."""
_OPERATORS_SEE = 20


@get("/settings", guards=[signed_in(READ)])
async def settings_page(
    request: ApiRequest, notification_choice: Service[NotificationChoice]
) -> Template:
    """Show what can be settled once for all exports."""
    has_saved = bool(Fields(request.scope["query_string"]).one("saved"))
    return await _settings(request, notification_choice, has_saved=has_saved)


@post("/settings/mails", guards=[signed_in(WRITE)])
async def choose_mails(
    request: ApiRequest, notification_choice: Service[NotificationChoice]
) -> Redirect | Template:
    """Keep of what the person is told by mail."""
    fields = await read_form(request)
    try:
        await keep_mail_settings(request.user, notification_choice, fields)
    except ProblemError as error:
        return await _settings(request, notification_choice, mail_trouble=error)
    return Redirect("/settings?saved=1", status_code=303)


@post("/settings/erase", guards=[signed_in(WRITE)])
async def erase_everything(
    request: ApiRequest,
    owner_erasures: Service[OwnerErasures],
    sign_ins: Service[SignIns],
    notification_choice: Service[NotificationChoice],
) -> Redirect | Template:
    """Have everything of the person erased who typed the word, and show how far that is."""
    fields = await read_form(request)
    typed = fields.one("word").strip().casefold()
    if typed not in {_(_WORD).casefold(), _WORD}:
        told = _("Type the word as it stands there.")
        return await _settings(request, notification_choice, trouble=told)
    asked = await owner_erasures.ask_for(request.user.owner_id, origin_of(request))
    cookies = await sign_ins.end(request)
    return Redirect(f"/erased/{asked.erasure_id}", status_code=303, cookies=cookies)


@get("/erased/{erasure_id:str}")
async def erasure_page(
    request: AnyRequest, erasure_id: FromPath[str], owner_erasures: Service[OwnerErasures]
) -> Template:
    """Show whoever has the link how far an erasure is; nobody is signed in any more."""
    found = await owner_erasures.by_id(erasure_id)
    return page(request, "erased.html", is_over=found.completed_at is not None)


@get("/admin/owners", guards=[signed_in(ADMIN)])
async def owners_page(request: ApiRequest, owner_erasures: Service[OwnerErasures]) -> Template:
    """Show operators the form that erases an owner, and what was erased before."""
    return await _owners(request, owner_erasures)


@post("/admin/owners/erase", guards=[signed_in(ADMIN)])
async def erase_owner(
    request: ApiRequest, owner_erasures: Service[OwnerErasures]
) -> Redirect | Template:
    """Have everything of the owner erased whose name was given twice."""
    fields = await read_form(request)
    owner, again = fields.one("owner"), fields.one("again")
    if not owner.strip() or owner != again:
        trouble = "Type the same owner twice: nothing undoes it."
        return await _owners(request, owner_erasures, trouble=trouble, status_code=400)
    await owner_erasures.ask_for(owner, origin_of(request))
    return Redirect("/admin/owners", status_code=303)


async def _settings(
    request: ApiRequest,
    choice: NotificationChoice,
    *,
    trouble: str = "",
    mail_trouble: ProblemError | None = None,
    has_saved: bool = False,
) -> Template:
    refused = 400 if trouble else 200
    return page(
        request,
        "settings.html",
        status_code=mail_trouble.kind.status if mail_trouble else refused,
        here="settings",
        mails=await mail_settings(request.user, choice),
        mail_trouble=mail_trouble.detail if mail_trouble else "",
        has_saved=has_saved,
        may_write=WRITE in request.user.scopes,
        trouble=trouble,
        word=_(_WORD),
    )


async def _owners(
    request: ApiRequest,
    owner_erasures: OwnerErasures,
    *,
    trouble: str = "",
    status_code: int = 200,
) -> Template:
    return page(
        request,
        "admin_owners.html",
        status_code=status_code,
        here="admin",
        section="owners",
        trouble=trouble,
        erasures=await owner_erasures.newest(_OPERATORS_SEE),
    )


HANDLERS = [settings_page, choose_mails, erase_everything, erasure_page, owners_page, erase_owner]
"""What the site has of settings and erasures."""
