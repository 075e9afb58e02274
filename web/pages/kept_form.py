"""What was filled in on the form for a new export, where another page comes in between.

Pages that do not show the form carry its fields along. Where somebody has to sign in first, they
are in the address of the page that follows, compressed, so that proxies and cookies have room for
it.
"""

import base64
import binascii
import zlib
from collections.abc import Sequence
from urllib.parse import urlencode

from litestar import Request
from litestar.handlers import BaseRouteHandler

from activities.model.options import RenderOptions
from web.http.app_state import AnyConnection
from web.http.problems import AnyRequest, ProblemError
from web.http.session_cookies import session_ids
from web.pages.fields import Fields
from web.pages.option_controls import SENT, controls, value_of
from web.pages.session import require_own_page, who_is_signed_in

KEPT = "kept"
"""The field that holds a whole form."""

_GOES_ON_AT = "goes_on_at"
_NEW_EXPORT = f"/exports/new?{KEPT}="
_ITEMS = ("item", "order")
_BROWSING = ("text", "type", "since", "until", "facet", "sort", "page", "collection")
DELIVER_TO = "deliver_to"
"""The field of the destinations that files are delivered to."""
_CHOSEN = (SENT, "format", "together", DELIVER_TO)
# Of a header of 4 KiB, which is the least that proxies take, half is enough for everything else.
_LONGEST = 3_000
_MOST_READ = 128 * 1024

Pairs = list[tuple[str, str]]


def options_in(fields: Fields) -> Pairs:
    """The formats and options that the fields hold; empty if no form with options was sent."""
    if not fields.one(SENT):
        return []
    return fields.pairs(*_CHOSEN, *(name for control in controls() for name in control.fields))


def as_fields(
    formats: Sequence[str],
    options: RenderOptions,
    *,
    together: bool,
    deliver_to: Sequence[str] = (),
) -> Pairs:
    """Formats, options and destinations as the form would send them."""
    fields = [(SENT, "1"), *(("format", name) for name in formats)]
    fields += [(DELIVER_TO, name) for name in deliver_to]
    fields += [("together", "1")] if together else []
    for control in controls():
        value = value_of(options, control)
        if control.kind == "gate":
            told = (value.action, value.metric, value.at_least)
            fields += list(zip(control.fields, told, strict=True))
            continue
        values = value if isinstance(value, (list, tuple)) else [value]
        if control.kind == "checkbox":
            values = ["1"] if value else []
        fields += [(control.name, str(each)) for each in values]
    return fields


def browsing_in(fields: Fields) -> Pairs:
    """How content was being looked through; the course is a field of the form itself."""
    return fields.pairs(*(name for name in _BROWSING if name != "collection"))


def packed(fields: Fields) -> str:
    """The form as one field; without its items if all together are too long for an address."""
    options, browsing = options_in(fields), fields.pairs(*_BROWSING)
    whole = _pack(fields.pairs(*_ITEMS) + options + browsing)
    return whole if len(whole) <= _LONGEST else _pack(options)


def unpacked(text: str) -> Fields:
    """The fields of a form that was packed; none if it is not one."""
    try:
        compressed = base64.urlsafe_b64decode(text.encode() + b"==")
        return Fields(zlib.decompressobj().decompress(compressed, _MOST_READ))
    except (zlib.error, binascii.Error):
        return Fields(b"")


async def kept_through_sign_in(connection: AnyConnection, _handler: BaseRouteHandler) -> None:
    """A guard that lets somebody whose session has ended go on with the form after signing in."""
    if not isinstance(connection, Request) or not session_ids(connection):
        return
    if await who_is_signed_in(connection) is not None:
        return
    length = connection.headers.get("content-length", "")
    # Nobody is signed in: no more is read than a form has.
    if not (length.isascii() and length.isdecimal() and len(length) < 7):
        return
    if int(length) > _MOST_READ:
        return
    try:
        require_own_page(connection)
        fields = Fields(await connection.body())
    except ProblemError:
        return
    connection.scope["state"][_GOES_ON_AT] = f"{_NEW_EXPORT}{packed(fields)}"


def goes_on_at(request: AnyRequest) -> str:
    """The page where a form that was sent goes on; empty: it was not kept."""
    found: str = request.scope["state"].get(_GOES_ON_AT, "")
    return found


def is_kept(path: str) -> bool:
    """True if the page at this path has a form that was kept."""
    return path.startswith(_NEW_EXPORT)


def _pack(pairs: Pairs) -> str:
    compressed = zlib.compress(urlencode(pairs).encode(), level=9)
    return base64.urlsafe_b64encode(compressed).decode().rstrip("=")
