"""Addresses of links, as they may stand in a file that others open."""

import re
from urllib.parse import quote, unquote, urlsplit

_SCHEME = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_END_OF_AUTHORITY = re.compile(r"[/?#\\]")
# "IRIs MUST NOT contain bidirectional formatting characters" (RFC 3987, 4.1): what shows an address
# decodes it, and lets them turn it around.
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_BIDI_CONTROL = re.compile(f"[{_BIDI}]|%D8%9C|%E2%80%(?:8[EF]|A[A-E])|%E2%81%A[6-9]", re.IGNORECASE)
_REPLACEMENT = "%EF%BF%BD"
_ATOM = rf"[^\s\x00-\x1f\x7f{_BIDI}@<>()\[\]\\,;:\"]+"
_MAILBOX = re.compile(f"{_ATOM}@{_ATOM}")
_MAILBOX_SAFE = "@!$'*+/=?^`{|}~"
_URI_SAFE = "!#$%&'()*+,-./:;=?@_~"
_LONE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_SERVER = re.compile(r"[A-Za-z0-9_~-]+(?:\.[A-Za-z0-9_~-]+)*\.?|\[[0-9A-Fa-f:.]+\]")
_UNSEEN = re.compile(rf"[\x00-\x1f\x7f{_BIDI}]")


def safe_address(address: str) -> str | None:
    """The address without what can deceive a reader or do more than open it.

    Returns:
        An http or https address without user and password (RFC 3986, 7.5 and 7.6) and with U+FFFD
        in place of marks of direction; of a mailto address (RFC 6068, 7) its mailboxes and subject.
        None when it is another address, or one without a server or a mailbox.
    """
    scheme = _SCHEME.match(address)
    if scheme is None:
        return None
    rest = address[scheme.end() :]
    return _mail(rest) if scheme[0].lower() == "mailto:" else _web(scheme[0], rest)


def web_address(address: str) -> str | None:
    """A safe address as a URI (RFC 3986), of ASCII characters alone; None for one that is none."""
    if address.startswith("mailto:"):
        return address
    try:
        parts = urlsplit(address)
        server, port = parts.hostname or "", parts.port
        server = server if server.isascii() else server.encode("idna").decode()
    except ValueError:
        return None
    server = f"[{server}]" if ":" in server else server
    if not _SERVER.fullmatch(server):
        return None
    place = server if port is None else f"{server}:{port}"
    rest = parts._replace(scheme="", netloc="").geturl()
    before, sharp, fragment = _LONE_PERCENT.sub("%25", rest).partition("#")
    fragment = fragment.replace("#", "%23")
    return f"{parts.scheme}://{place}{quote(before + sharp + fragment, safe=_URI_SAFE)}"


def _web(scheme: str, rest: str) -> str | None:
    end = _END_OF_AUTHORITY.search(rest)
    authority = rest[: end.start()] if end else rest
    server = authority.rpartition("@")[2]
    if not server:
        return None
    return scheme + _BIDI_CONTROL.sub(_REPLACEMENT, server + rest[len(authority) :])


def _mail(rest: str) -> str | None:
    mailboxes, _, query = rest.partition("#")[0].partition("?")
    found = [unquote(mailbox) for mailbox in mailboxes.split(",")]
    if not all(map(_MAILBOX.fullmatch, found)):
        return None
    kept = "mailto:" + ",".join(quote(mailbox, safe=_MAILBOX_SAFE) for mailbox in found)
    for field in query.split("&"):
        name, _, value = field.partition("=")
        if unquote(name).lower() == "subject":
            return f"{kept}?subject={quote(_UNSEEN.sub('', unquote(value)), safe='')}"
    return kept
